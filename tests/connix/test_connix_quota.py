"""Statements 27 to 30 of the Connix page: how many requests, and what the headers say."""

import time

import pytest

from tests.conftest import StartServer
from tests.connix.connix_client import Answer, Connix

RATE_LIMIT_EXCEEDED = """
{
"error": {
"code": "rate_limit_exceeded",
"message": "Rate limit exceeded for this endpoint",
"details": {
"limit": 100,
"window": "1 minute",
"retry_after": %d
},
"request_id": "req_1234567890abcdef",
"timestamp": "2024-01-15T16:20:00Z"
}
}
"""


@pytest.fixture
def tight(start_server: StartServer) -> Connix:
    """A Connix that allows five requests in two seconds."""
    return Connix(start_server("connix.per_minute=5", "window_seconds=2"))


def _until_refused(connix: Connix, most: int = 200, **how: str) -> Answer:
    for _ in range(most):
        answer = connix.get("/hello", **how)
        if answer.status != 200:
            return answer
    raise AssertionError(f"{most} requests were allowed")


def test_connix_s27_the_example_of_the_page(start_server: StartServer):
    """As delivered, the 101st request in a minute gives the body and headers of the page."""
    connix = Connix(start_server())
    began = time.time()

    answer = _until_refused(connix)

    wait = answer.details["retry_after"]
    answer.assert_page(429, RATE_LIMIT_EXCEEDED % wait)
    assert answer.headers["X-RateLimit-Limit"] == "100"
    assert answer.headers["X-RateLimit-Remaining"] == "0"
    assert answer.headers["Retry-After"] == str(wait)
    assert began + 59 <= int(answer.headers["X-RateLimit-Reset"]) <= time.time() + 60
    assert 0 < wait <= 60


def test_connix_s27_headers_and_body_agree(tight: Connix):
    """Retry-After, reset and details tell one story."""
    answer = _until_refused(tight)

    details, headers = answer.details, answer.headers
    assert details["limit"] == int(headers["X-RateLimit-Limit"]) == 5
    assert details["window"] == "2 seconds"
    assert details["retry_after"] == int(headers["Retry-After"])
    left = int(headers["X-RateLimit-Reset"]) - time.time()
    assert details["retry_after"] - 1.5 <= left <= details["retry_after"] + 1


def test_connix_s28_after_the_wait_the_call_succeeds(tight: Connix):
    """Retry-After is a whole number, and waiting that long is enough."""
    answer = _until_refused(tight)

    time.sleep(int(answer.headers["Retry-After"]))

    assert tight.get("/hello").status == 200


def test_connix_s28_the_hour_counts_too(start_server: StartServer):
    """When the hour is used up, its numbers are told."""
    connix = Connix(start_server("connix.per_hour=3"))

    answer = _until_refused(connix)

    assert answer.details["limit"] == int(answer.headers["X-RateLimit-Limit"]) == 3
    assert answer.details["window"] == "1 hour"
    assert 3500 < answer.details["retry_after"] <= 3600


def test_connix_s29_higher_plans_have_higher_limits(tight: Connix):
    """Pro allows ten times, enterprise fifty times the requests of the free plan."""
    limits = {
        plan: tight.get("/hello", key=tight.issue("--tenant", plan, "--plan", plan)["secret"])
        for plan in ("free", "pro", "enterprise")
    }

    assert {plan: answer.headers["X-RateLimit-Limit"] for plan, answer in limits.items()} == {
        "free": "5",
        "pro": "50",
        "enterprise": "250",
    }


def test_connix_s29_keys_have_windows_of_their_own(tight: Connix):
    """One key's burst does not slow another one down."""
    _until_refused(tight)

    other = tight.get("/hello", key=tight.known["read_only_api_key"])

    assert (other.status, other.headers["X-RateLimit-Remaining"]) == (200, "4")


def test_connix_s29_refused_keys_are_limited_by_address(tight: Connix):
    """Guessing keys ends in 429, without harm to those who have one."""
    guesses = [tight.get("/hello", key="cx_" + "0" * 32).status for _ in range(7)]

    assert guesses[:5] == [401] * 5
    assert guesses[5:] == [429, 429]
    assert tight.get("/hello").status == 200


def test_connix_s30_head_tells_the_limits(start_server: StartServer):
    """curl -I /projects gives the three headers, and each request takes one away."""
    connix = Connix(start_server())

    answers = [connix.call("HEAD", "/projects") for _ in range(3)]

    assert [answer.status for answer in answers] == [200] * 3
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["99", "98", "97"]
    assert {answer.headers["X-RateLimit-Limit"] for answer in answers} == {"100"}
    assert len({answer.headers["X-RateLimit-Reset"] for answer in answers}) == 1
    assert {answer.body for answer in answers} == {b""}
