"""N29 and N30: one deadline for everything a call does."""

import time
from dataclasses import replace

import pytest

from failwell import (
    DeadlineExceededError,
    InternalServerError,
    UnavailableError,
)
from failwell.client.auth import OAuth2
from failwell.resilience.policy import RetryPolicy
from tests.client.byte_server import (
    HANG,
    ByteServer,
    full_backlog,
    raw_reply,
    reply,
    serve,
)
from tests.client.calls import OK, call, failed
from tests.client.driving import QUICK, outcome

DRIP = reply(500, b"x" * 10_000).slow(piece=20, pause=0.05)
SLOW_HEAD = raw_reply(b"HTTP/1.1 200 OK\r\n" + b"x-a: b\r\n" * 1000).slow(piece=4, pause=0.05)
SLOW_OK = reply(200, b"x" * 10_000).slow(piece=20, pause=0.05)


def in_turn(*replies):
    """A script that gives each attempt of a call its reply, however many calls there are."""
    return lambda seen: replies[int(seen.headers.get("x-retry-count", "0"))]


def timed(ask, at_most):
    """What came of a call and how long it took; a busy machine gets two more tries."""
    for _ in range(3):
        started = time.monotonic()
        ended = outcome(ask)
        seconds = time.monotonic() - started
        if seconds <= at_most:
            break
    return ended, seconds


@pytest.mark.parametrize("deadline", [0.3, 0.7])
@pytest.mark.parametrize(
    "answer",
    [HANG, SLOW_HEAD, SLOW_OK, DRIP],
    ids=["hang", "dripped head", "dripped 200", "dripped 500"],
)
def test_client_n29_the_deadline_holds_whatever_the_server_does(drive, answer, deadline):
    """The call is over at the deadline, though every single read succeeds."""
    with serve(answer) as server:
        client = drive.client(server.url, timeout=10, deadline=deadline, retry=QUICK)
        error, seconds = timed(lambda: client.get("/"), deadline + 0.2)

    assert deadline - 0.1 <= seconds <= deadline + 0.2
    assert isinstance(error, DeadlineExceededError)
    assert len(error.attempts) == 1
    if answer is DRIP:
        assert isinstance(error.__cause__, InternalServerError)
        assert (error.__cause__.status, error.attempts[0].status) == (500, 500)


def test_client_n29_the_deadline_covers_connecting(drive):
    """A connection that is never made ends at the deadline, and nothing was sent."""
    with full_backlog() as url:
        client = drive.client(url, timeout=10, deadline=0.3, retry=QUICK)
        error, seconds = timed(lambda: client.post("/"), 0.5)

    assert 0.2 <= seconds <= 0.5
    assert isinstance(error, DeadlineExceededError)
    assert error.outcome == "not_sent"


def test_client_n29_the_deadline_covers_the_handshake(drive):
    """A server that never answers in TLS ends the call at the deadline."""
    with serve(OK, accepts=False) as server:
        url = server.url.replace("http", "https")
        client = drive.client(url, timeout=10, deadline=0.4, retry=QUICK)
        outcome(lambda: client.get("/", deadline=0.3))  # Loads the certificates of the system.
        error, seconds = timed(lambda: client.get("/"), 0.6)

    assert 0.3 <= seconds <= 0.6
    assert isinstance(error, DeadlineExceededError)
    assert error.outcome == "not_sent"


def test_client_n29_the_deadline_covers_a_log_in(drive):
    """A token endpoint that never answers ends the call at the deadline, and it was not sent."""
    with serve(HANG) as tokens, serve(OK) as server:
        auth = OAuth2(f"{tokens.url}/token", "app", "secret")
        client = drive.client(server.url, auth=auth, timeout=10, deadline=0.4, retry=QUICK)
        error, seconds = timed(lambda: client.get("/"), 0.6)

        assert tokens.count >= 1
        assert server.count == 0
    assert 0.3 <= seconds <= 0.6
    assert isinstance(error, DeadlineExceededError)
    assert error.outcome == "not_sent"


def test_client_n29_the_deadline_covers_sending(drive):
    """A server that reads nothing ends the call at the deadline."""
    with serve(OK, accepts=False) as server:
        client = drive.client(server.url, timeout=10, deadline=0.3, retry=QUICK)
        error, seconds = timed(lambda: client.put("/", content=b"x" * 12_000_000), 0.5)

    assert 0.2 <= seconds <= 0.5
    assert isinstance(error, DeadlineExceededError)
    assert error.outcome == "unknown"


def test_client_n29_the_deadline_covers_reading_a_stream(drive):
    """A stream that began well ends at the deadline as well."""
    with serve(SLOW_OK) as server:
        client = drive.client(server.url, timeout=10, deadline=0.4, retry=QUICK)

        def read():
            with client.stream("GET", "/") as answer:
                return b"".join(answer.iter_bytes())

        error, seconds = timed(read, 0.6)

    assert 0.3 <= seconds <= 0.6
    assert isinstance(error, DeadlineExceededError)
    assert error.history.in_stream


def test_client_n29_a_stream_without_end_may_do_without(drive):
    """Events may come for hours: a call may be given no deadline at all."""
    head = reply(200, b"", length=30)
    slow = replace(head, more=lambda: [b"x" * 10] * 3, pause=0.2)

    with serve(slow) as server:
        client = drive.client(server.url, deadline=0.3, retry=QUICK)
        with client.stream("GET", "/", deadline=None) as answer:
            assert b"".join(answer.iter_bytes()) == b"x" * 30


def test_client_n29_the_cause_is_the_last_real_error(drive):
    """Attempts that failed before are all there, and the last of them is the cause."""
    with ByteServer(in_turn(failed(503), failed(500), HANG)) as server:
        client = drive.client(server.url, deadline=0.6, retry=QUICK)
        error, seconds = timed(lambda: client.get("/"), 0.8)

    assert 0.5 <= seconds <= 0.8
    assert isinstance(error, DeadlineExceededError)
    assert [each.status for each in error.attempts] == [503, 500, None]
    assert error.__cause__ is not None


def test_client_n29_one_call_may_have_its_own(drive):
    """A deadline given with the call beats that of the client."""
    with serve(HANG) as server:
        client = drive.client(server.url, retry=QUICK)
        error, seconds = timed(lambda: client.get("/", deadline=0.2), 0.4)

    assert 0.1 <= seconds <= 0.4
    assert isinstance(error, DeadlineExceededError)


def test_client_n30_an_attempt_gets_no_more_than_is_left(drive):
    """The last attempt is cut to the rest of the deadline."""
    with serve(HANG) as server:
        client = drive.client(server.url, timeout=0.4, deadline=0.6, retry=QUICK)
        error, seconds = timed(lambda: client.get("/"), 0.8)

    assert 0.5 <= seconds <= 0.8
    assert isinstance(error, DeadlineExceededError)
    assert len(error.attempts) == 2


def test_client_n30_the_timeout_of_an_attempt_is_kept(drive):
    """With time left, an attempt ends at its own timeout."""
    with ByteServer(in_turn(HANG, OK)) as server:
        client = drive.client(server.url, timeout=0.2, deadline=8, retry=QUICK)
        answer, seconds = timed(lambda: client.get("/"), 0.5)

    assert answer.status_code == 200
    assert 0.2 <= seconds <= 0.5


def test_client_n30_no_wait_is_begun_that_cannot_end_in_time(drive):
    """Too little is left for the wait and an attempt: the error comes now, not at the deadline."""
    policy = RetryPolicy(base=2.0)

    called = call(drive, failed(), deadline=1.0, retry=policy)

    assert (called.count, called.slept) == (1, [])
    assert isinstance(called.error, UnavailableError)
    assert called.error.retry_suppressed == "deadline"


def test_client_n30_no_attempt_is_begun_below_the_floor(drive):
    """With less than the floor left, nothing more is sent."""
    policy = RetryPolicy(base=0.4, floor=0.3)

    called = call(drive, failed(), deadline=1.0, retry=policy)

    assert called.count == 2
    assert called.error.retry_suppressed == "deadline"


@pytest.mark.parametrize("deadline", [0, -1, 0.001])
def test_client_n30_a_deadline_that_has_passed_sends_nothing(drive, deadline):
    """Nothing is sent when there is no time for an answer."""
    with serve(OK.after(0.2)) as server:
        client = drive.client(server.url, retry=QUICK)
        error, seconds = timed(lambda: client.get("/", deadline=deadline), 0.2)

    assert seconds < 0.2
    assert isinstance(error, DeadlineExceededError)
    assert deadline > 0 or server.count == 0
