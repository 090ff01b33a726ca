"""How many requests one address may make, and for how long it is refused after that."""

import pytest

from tests.conftest import StartServer
from tests.ixon.ixon_client import Answer, Ixon
from tests.ixon.ixon_here import Here, ixon_here


@pytest.fixture
def tight(tmp_path):
    """An IXON that allows two requests a second, for an address, on a clock that stands still."""
    with ixon_here(tmp_path, per_second=2, block=600.0) as found:
        # Making its own token was one of them.
        found.clock.advance(200)
        yield found


def answers(here: Here, count: int, **how: object) -> list[Answer]:
    """Ask so many times."""
    return [here.ixon.get("/users/me", **how) for _ in range(count)]


def test_ixon_a_burst(tight: Here):
    """Ten in five seconds, the eleventh is too many."""
    assert {answer.status for answer in answers(tight, 10)} == {200}

    refused = tight.ixon.get("/users/me")

    refused.assert_refused(429, "Too Many Requests")
    assert refused.headers["Retry-After"] == "600"
    assert [name for name in refused.headers if name.lower().startswith("x-ratelimit")] == []


def test_ixon_a_block(tight: Here):
    """Who asked for too much is refused for ten minutes, whatever it asks; then all is well."""
    answers(tight, 11)

    tight.clock.advance(300)
    again = tight.ixon.get("/users/me")
    again.assert_refused(429, "Too Many Requests")
    assert again.headers["Retry-After"] == "300"
    tight.ixon.get("/", token=None).assert_refused(429, "Too Many Requests")
    tight.clock.advance(300)

    assert tight.ixon.get("/users/me").status == 200


def test_ixon_asking_on_does_not_prolong_the_block(tight: Here):
    """The ten minutes begin once."""
    answers(tight, 11)
    for _ in range(9):
        tight.clock.advance(60)
        tight.ixon.get("/users/me").assert_refused(429, "Too Many Requests")

    tight.clock.advance(60)

    assert tight.ixon.get("/users/me").status == 200


def test_ixon_what_can_be_kept_up(tight: Here):
    """192 in two minutes, never too many at once; the next one is too many."""
    done = 0
    while done < 192:
        found = answers(tight, min(10, 192 - done))
        assert {answer.status for answer in found} == {200}, done
        done += len(found)
        tight.clock.advance(5)

    tight.ixon.get("/users/me").assert_refused(429, "Too Many Requests")


def test_ixon_the_limit_comes_before_the_credentials(tight: Here):
    """Wrong tokens, wrong headers and no headers count; a blocked address learns nothing."""
    answers(tight, 5, token="0" * 32)
    answers(tight, 5, token=None, company=None, headers={"Api-Version": None})

    tight.ixon.get("/users/me", token="short").assert_refused(429, "Too Many Requests")
    tight.ixon.enter(password="wrong").assert_refused(429, "Too Many Requests")
    tight.ixon.get("/agents", company=None).assert_refused(429, "Too Many Requests")


def test_ixon_a_new_window(tight: Here):
    """After five seconds the burst begins again, if it was not too large."""
    for _ in range(3):
        assert {answer.status for answer in answers(tight, 10)} == {200}
        tight.clock.advance(5)


def test_ixon_the_limit_for_real(start_server: StartServer):
    """On a running server: 429, then the block, and an end of it."""
    running = start_server("ixon.per_second=1", "ixon.block=6")
    ixon = Ixon(running.credentials["ixon"], server=running, token="0" * 32)
    statuses = [ixon.get("/users/me").status for _ in range(6)]

    assert statuses == [401] * 5 + [429]
    answer = ixon.get("/")
    answer.assert_refused(429, "Too Many Requests")
    assert 1 <= int(answer.headers["Retry-After"]) <= 6
