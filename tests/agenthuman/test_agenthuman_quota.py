"""Statements 10 to 13 of the AgentHuman page: how many requests, and what the headers say."""

import time
from collections.abc import Iterator

import pytest

from tests.agenthuman.agenthuman_client import AgentHuman, Answer
from tests.running_server import RunningServer

RATE_LIMITED = """
{
  "error": {
    "code": "rate_limit_exceeded",
    "message": "API rate limit exceeded. Please wait 60 seconds before retrying.",
    "details": {
      "limit": 100,
      "window": "1 minute",
      "retry_after": 60
    }
  }
}
"""


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgentHuman]:
    """An AgentHuman that allows five requests in two seconds."""
    settings = ("agenthuman.per_minute=5", "window_seconds=2")
    server = RunningServer(tmp_path_factory.mktemp("strict"), settings=settings)
    yield AgentHuman(server.wait_until_ready())
    server.stop()


@pytest.fixture
def tight(strict: AgentHuman) -> AgentHuman:
    """An account of it that has sent nothing yet."""
    return strict.account()


def _until_refused(agenthuman: AgentHuman, most: int = 200) -> Answer:
    for _ in range(most):
        answer = agenthuman.get("/roles")
        if answer.status != 200:
            return answer
    raise AssertionError(f"{most} requests were allowed")


def _at_the_beginning_of_a_second() -> None:
    time.sleep(1 - time.time() % 1)


def test_agenthuman_s12_the_example_of_the_page(delivered: AgentHuman):
    """As delivered, the 101st request of a burst gives the body and headers of the page."""
    agenthuman = delivered.account()
    _at_the_beginning_of_a_second()
    began = time.time()

    answers = [agenthuman.get("/roles") for _ in range(101)]

    took, answer = time.time() - began, answers.pop()
    assert {each.status for each in answers} == {200}
    wait = answer.details["retry_after"]
    # A burst that takes longer than the second it began in has a second less to wait.
    assert 60 - took - 1 < wait <= 60
    answer.assert_page(429, RATE_LIMITED.replace("60", str(wait)))
    assert answer.headers["X-RateLimit-Limit"] == "100"
    assert answer.headers["X-RateLimit-Remaining"] == "0"
    assert answer.headers["X-RateLimit-Reset"] == answers[0].headers["X-RateLimit-Reset"]
    assert answer.headers["Retry-After"] == str(wait)


def test_agenthuman_s10_every_answer_to_a_key_has_the_headers(agenthuman: AgentHuman):
    """Good answers and bad ones say what is left; Retry-After comes with 429 only."""
    answers = [
        agenthuman.get("/roles"),
        agenthuman.get("/sessions/123"),
        agenthuman.post("/agents", {}),
        agenthuman.post("/agents", raw=b"{"),
        agenthuman.post("/agents", {}, key=agenthuman.known["read_only_api_key"]),
        agenthuman.get("/avatars/avat_01HM56NZ00000000000HARB0RD/preview"),
    ]

    for answer in answers:
        for name in ("Limit", "Remaining", "Reset"):
            assert answer.headers[f"X-RateLimit-{name}"].isdigit()
        assert answer.headers["Retry-After"] is None


def test_agenthuman_s11_headers_and_body_tell_one_story(tight: AgentHuman):
    """Retry-After, details, message and reset agree; nothing is left."""
    answer = _until_refused(tight)

    details, headers = answer.details, answer.headers
    assert answer.status == 429
    assert details["limit"] == int(headers["X-RateLimit-Limit"]) == 5
    assert details["window"] == "2 seconds"
    assert details["retry_after"] == int(headers["Retry-After"])
    assert f"wait {details['retry_after']} seconds" in answer.message
    assert headers["X-RateLimit-Remaining"] == "0"
    left = int(headers["X-RateLimit-Reset"]) - time.time()
    assert details["retry_after"] - 1.5 <= left <= details["retry_after"] + 1


def test_agenthuman_s11_what_is_left_counts_down(tight: AgentHuman):
    """Each answer has one less than the one before, down to nothing."""
    _at_the_beginning_of_a_second()

    left = [int(tight.get("/roles").headers["X-RateLimit-Remaining"]) for _ in range(5)]

    assert left == [4, 3, 2, 1, 0]


def test_agenthuman_s13_after_the_wait_the_call_succeeds(tight: AgentHuman):
    """Waiting as long as Retry-After says is enough."""
    answer = _until_refused(tight)

    time.sleep(int(answer.headers["Retry-After"]))

    assert tight.get("/roles").status == 200


def test_agenthuman_each_key_has_a_window_of_its_own(tight: AgentHuman):
    """One key that is used up holds up no other, of the same account or another."""
    _until_refused(tight)

    assert tight.get("/roles", key=tight.known["read_only_api_key"]).status == 200
    assert tight.account().get("/roles").status == 200


def test_agenthuman_keys_cannot_be_guessed_without_limit(tight: AgentHuman):
    """Refused keys are counted by address, and stop nobody who has a good one."""
    guesses = [tight.get("/roles", key=f"ah_live_{number:032}") for number in range(8)]

    assert {answer.status for answer in guesses} == {401, 429}
    assert tight.get("/roles").status == 200
