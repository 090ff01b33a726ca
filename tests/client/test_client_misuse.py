"""What cannot be sent is refused with words for whoever wrote it, and nothing reaches a server."""

import pytest

from failwell import ConnectTimeoutError, FailwellError, ProtocolError
from failwell.resilience.policy import RetryPolicy
from tests.client.byte_server import closed_port, serve
from tests.client.calls import OK, call
from tests.client.driving import QUICK, outcome

ADDRESSES = {
    "a line end": "/a\r\nb",
    "half an address": "http://[::1",
    "a port that is none": "http://127.0.0.1:99999/",
    "a host that is none": "http://\udcff/",
    "a lone surrogate": "/\udcff",
    "no end": "/" + "x" * 70_000,
    "another protocol": "gopher://127.0.0.1/",
}
FIELDS = {
    "a line end": {"X-Key": "planted\r\nEvil: 1"},
    "a null": {"X-Key": "planted\x00"},
    "a name with a space": {"X Key": "planted"},
}


@pytest.mark.parametrize("url", ADDRESSES.values(), ids=list(ADDRESSES))
def test_an_address_that_is_none_is_a_mistake_of_the_caller(drive, url):
    """It is said at once, and not repeated."""
    with serve(OK) as server:
        client = drive.client(server.url, retry=QUICK)
        error = outcome(lambda: client.get(url))

        assert (server.count, server.connections) == (0, 0)
    assert isinstance(error, FailwellError)
    assert str(error)


@pytest.mark.parametrize("url", ["http:///x", "http://", "/x", ""])
def test_an_address_without_a_host_needs_a_base(drive, url):
    """A client that was given no base wants the whole address."""
    error = outcome(lambda: drive.client().get(url))

    assert isinstance(error, FailwellError)


@pytest.mark.parametrize("fields", FIELDS.values(), ids=list(FIELDS))
def test_a_field_that_would_break_the_request_is_refused(drive, fields):
    """Nothing is smuggled into a request, and what was to be hidden is not told."""
    called = call(drive, per_call={"headers": fields})

    assert called.count == 0
    assert isinstance(called.error, ProtocolError)
    assert called.error.outcome == "not_sent"
    assert "The request is not valid HTTP" in str(called.error)
    assert "came back" not in str(called.error)
    assert called.error.retryable is False
    assert len(called.error.attempts) == 1


def test_a_field_of_other_letters_is_refused(drive):
    """A value that no header can hold is named as what it is."""
    called = call(drive, per_call={"headers": {"X-Name": "\u20ac"}})

    assert called.count == 0
    assert isinstance(called.outcome, FailwellError)


@pytest.mark.parametrize("method", ["", "GE T", "GET\r\n"])
def test_a_method_that_is_none_is_refused(drive, method):
    """The first word of a request is one word."""
    called = call(drive, method=method)

    assert called.count == 0
    assert isinstance(called.error, ProtocolError)


@pytest.mark.parametrize("timeout", [0, -1])
def test_no_time_at_all_is_a_timeout(drive, timeout):
    """An attempt without time sends nothing and ends the same way everywhere."""
    called = call(drive, per_call={"timeout": timeout}, retry=RetryPolicy(attempts=2))

    assert called.count == 0
    assert isinstance(called.error, ConnectTimeoutError)
    assert len(called.error.attempts) == 2


@pytest.mark.parametrize("host", ["a..b", "a" * 300])
def test_a_name_nobody_can_have_is_not_found(drive, host):
    """The system says that it does not know it."""
    called = call(drive, base_url=f"http://{host}:{closed_port()}", retry=RetryPolicy(attempts=1))

    assert (called.error.phase, called.error.outcome) == ("dns", "not_sent")


def test_an_error_in_the_body_of_the_caller_comes_out_as_it_is(drive):
    """What a generator of the caller raises is the caller's own."""

    def broken():
        yield b"x"
        raise ZeroDivisionError

    async def abroken():
        yield b"x"
        raise ZeroDivisionError

    body = broken() if drive.name == "sync" else abroken()
    called = call(drive, method="PUT", per_call={"content": body})

    assert isinstance(called.outcome, ZeroDivisionError)
