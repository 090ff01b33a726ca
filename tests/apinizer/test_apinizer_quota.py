"""Statement 10 of the Apinizer page: how many requests, and when to come back."""

import time

import pytest

from tests.apinizer.apinizer_client import Answer, Apinizer
from tests.conftest import StartServer

RATE_LIMIT_EXCEEDED = """
{
"error": "rate_limit_exceeded",
"error_description": "Rate limit exceeded. Please try again later.",
"retry_after": %d
}
"""


@pytest.fixture
def tight(start_server: StartServer) -> Apinizer:
    """An Apinizer that allows five requests in two seconds."""
    return Apinizer(start_server("apinizer.per_minute=5", "window_seconds=2"))


def _until_refused(apinizer: Apinizer, **how: str) -> tuple[int, Answer]:
    for count in range(200):
        answer = apinizer.get("/projects/", **how)
        if answer.status != 200:
            return count, answer
    raise AssertionError("200 requests were allowed")


def test_apinizer_s10_the_example_of_the_page(start_server: StartServer):
    """As delivered, the 101st request in a minute gives the body of the page."""
    apinizer = Apinizer(start_server())

    allowed, answer = _until_refused(apinizer)

    wait = answer.json["retry_after"]
    assert allowed == 100
    answer.assert_page(429, RATE_LIMIT_EXCEEDED % wait)
    assert type(wait) is int
    assert 0 < wait <= 60
    assert answer.headers["Retry-After"] == str(wait)
    assert [name for name in answer.headers if name.lower().startswith("x-ratelimit")] == []


def test_apinizer_s10_after_the_wait_the_call_succeeds(tight: Apinizer):
    """Waiting as long as retry_after says is enough."""
    _, answer = _until_refused(tight)

    time.sleep(answer.json["retry_after"])

    assert tight.get("/projects/").status == 200


def test_apinizer_s10_tokens_have_windows_of_their_own(tight: Apinizer):
    """One token's burst does not slow another one down, also of the same user."""
    other = tight.issue()["secret"]
    _until_refused(tight)

    assert tight.get("/projects/", token=other).status == 200


def test_apinizer_s10_log_ins_are_limited_by_address(start_server: StartServer):
    """Guessing passwords ends in 429, without harm to those who have a token."""
    apinizer = Apinizer(start_server("apinizer.per_minute=5"))

    # The fifth was the log-in of the client itself.
    answers = [apinizer.enter(client_secret="guess") for _ in range(6)]

    assert [answer.status for answer in answers] == [401] * 4 + [429] * 2
    assert answers[-1].code == "rate_limit_exceeded"
    assert apinizer.get("/projects/").status == 200
    assert apinizer.get("/test/healthcheck", token=None).status == 200


def test_apinizer_s10_guessed_tokens_are_limited_by_address(tight: Apinizer):
    """Guessing tokens ends in 429 too."""
    codes = [tight.get("/projects/", token=f"a.b.{number}").code for number in range(7)]

    assert codes == ["invalid_token"] * 5 + ["rate_limit_exceeded"] * 2
