"""``failwell.testing``: what users need in tests of their own."""

import httpx2
import pytest

from failwell import Fault, NotFoundError, Situation
from failwell.testing import FakeClock, ScriptedApi, make_fault


def test_the_clock_stands_still_until_it_is_told():
    """Time passes by `advance` alone, on both of its faces."""
    clock = FakeClock(1000.0)

    first = (clock.now(), clock.monotonic())
    clock.advance(2.5)

    assert first == (1000.0, 0.0)
    assert (clock.now(), clock.monotonic()) == (1002.5, 2.5)


def test_the_clock_does_not_run_backwards():
    """A negative step is a mistake in the test."""
    with pytest.raises(ValueError, match="backwards"):
        FakeClock().advance(-1)


def test_a_fault_has_the_status_of_its_situation():
    """Unless the test says another."""
    assert make_fault("not_found").status == 404
    assert make_fault(Situation.NOT_FOUND, status=410, code="gone") == Fault(
        situation=Situation.NOT_FOUND, status=410, code="gone"
    )


def test_an_unknown_situation_is_refused():
    """The list of situations is closed."""
    with pytest.raises(ValueError, match="sold_out"):
        make_fault("sold_out")


def test_a_sleep_moves_the_clock_and_takes_no_time():
    """Who waits by the clock is there at once, and what was waited is kept."""
    clock = FakeClock(1000.0)

    clock.sleep(2.0)

    assert (clock.now(), clock.slept) == (1002.0, [2.0])


async def test_a_coroutine_sleeps_by_the_same_clock():
    """The twin with `await` does the same."""
    clock = FakeClock()

    await clock.asleep(1.5)

    assert (clock.monotonic(), clock.slept) == (1.5, [1.5])


def test_a_scripted_api_answers_what_it_was_told():
    """Codes, faults, statuses, values, functions and broken lines, in turn, the last for ever."""
    api = ScriptedApi(
        "connix",
        "rate_limit_exceeded",
        NotFoundError(resource_type="project", resource_id="proj_1"),
        204,
        lambda request: [request.url.path],
        httpx2.ConnectError("down"),
        {"id": "proj_1"},
    )

    with httpx2.Client(transport=api, base_url="https://api.example.com") as client:
        limited, missing, empty, told = (client.post("/v1", json={"n": n}) for n in range(4))
        with pytest.raises(httpx2.ConnectError):
            client.get("/v1")
        last = [client.get("/v1").json() for _ in range(2)]

    assert (limited.status_code, empty.status_code) == (429, 204)
    assert missing.json()["error"]["details"]["resource_id"] == "proj_1"
    assert told.json() == ["/v1"]
    assert last == [{"id": "proj_1"}] * 2
    assert [each.content for each in api.requests[:2]] == [b'{"n":0}', b'{"n":1}']


async def test_a_scripted_api_answers_coroutines_too():
    """The same transport fits an async client."""
    api = ScriptedApi("connix", "internal_error")

    async with httpx2.AsyncClient(transport=api) as client:
        answer = await client.get("https://api.example.com/v1")

    assert answer.json()["error"]["code"] == "internal_error"
