"""Tests of the client mean the same in all three worlds: their driver is tested here."""

import time

import httpx2
import pytest

from tests.client.byte_server import HANG, ByteServer, json_reply, raw_reply, reply, serve
from tests.client.driving import outcome

BOTH = (httpx2.Client, httpx2.AsyncClient)


def test_calls_block_and_return(drive):
    """A call of a client in an event loop reads like one of a sync client."""
    with serve(json_reply(200, {"a": 1})) as server:
        http = drive.opened(*BOTH, base_url=server.url)

        assert http.get("/x").json() == {"a": 1}
        assert server.requests[0].target == "/x"


def test_errors_come_out_as_they_are(drive):
    """What a client raises is what the test sees."""
    with serve(raw_reply(b"no")) as server, pytest.raises(httpx2.RemoteProtocolError):
        drive.opened(*BOTH).get(server.url)


def test_a_stream_is_read_in_its_block(drive):
    """Pieces arrive one by one, and an error leaves the block."""
    with serve(reply(200, b"abcdef").slow(piece=44, pause=0.02)) as server:
        http = drive.opened(*BOTH)
        with http.stream("GET", server.url) as answer:
            assert b"".join(answer.iter_bytes()) == b"abcdef"

    with (
        serve(reply(200, b"abcdef").cut(last=2)) as server,
        pytest.raises(httpx2.RemoteProtocolError),
        http.stream("GET", server.url) as answer,
    ):
        answer.read()


def test_what_opens_no_stream_raises(drive):
    """A stream that cannot be opened raises at its block."""
    http = drive.opened(*BOTH)

    with (
        serve(raw_reply(b"no")) as server,
        pytest.raises(httpx2.RemoteProtocolError),
        http.stream("GET", server.url),
    ):
        pass


def test_calls_together_overlap(drive):
    """Ten calls that wait 0.1 s each take far less than a second."""
    with serve(json_reply(200, 1).after(0.1)) as server:
        http = drive.opened(*BOTH)
        started = time.monotonic()
        answers = drive.together([lambda: http.get(server.url)] * 10)
        assert time.monotonic() - started < 0.7

    assert [answer.status_code for answer in answers] == [200] * 10


def test_a_call_is_cancelled_while_it_waits(drive):
    """The cancellation reaches the client at once and comes out of it."""
    with serve(HANG) as server:
        http = drive.opened(*BOTH, timeout=30)
        cancelled = drive.cancel_after(0.1, lambda: http.get(server.url))

    assert 0 <= cancelled.seconds < 0.1
    assert not isinstance(cancelled.outcome, Exception)
    assert isinstance(cancelled.outcome, BaseException)


def test_a_call_that_is_done_is_not_cancelled(drive):
    """A result that came in time is kept."""
    with serve(json_reply(200, 1)) as server:
        http = drive.opened(*BOTH)
        cancelled = drive.cancel_after(0.3, lambda: http.get(server.url))

    assert cancelled.seconds < 0
    assert cancelled.outcome.status_code == 200


def test_a_body_is_sent_once(drive):
    """A body that can be read once fits the client of its world."""
    with ByteServer(lambda seen: json_reply(200)) as server:
        http = drive.opened(*BOTH)
        http.put(server.url, content=drive.one_shot(b"ab", b"c"))

    assert server.requests[0].body == b"abc"


def test_sleeping_moves_the_clock(drive):
    """Faked time passes without waiting."""
    time_of_test = drive.fake_time()
    before = time_of_test.monotonic()

    started = time.monotonic()
    waited = time_of_test.sleep(3600)
    if drive.name != "sync":
        waited.close()

    assert time.monotonic() - started < 1
    assert time_of_test.monotonic() - before == (3600 if drive.name == "sync" else 0)


def test_outcomes_are_results_or_errors():
    """A call is told by what it returned or raised."""
    assert outcome(lambda: 1) == 1
    assert isinstance(outcome(lambda: int("x")), ValueError)
