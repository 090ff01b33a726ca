"""HTTP/2: a stream that the server has not begun was never sent; a broken one is unknown."""

import pytest

from failwell import NetworkError
from tests.client.certificates import trusting
from tests.client.driving import QUICK, outcome
from tests.client.http2_server import http2


def client_of(drive, server):
    transport = drive.transport(verify=trusting(), http2=True)
    return drive.client(server.url, transport=transport, retry=QUICK)


@pytest.mark.parametrize("refusal", ["refuse", "leave"])
def test_client_n19_a_stream_that_was_not_begun_is_sent_again(drive, refusal):
    """After REFUSED_STREAM, or a GOAWAY before any stream, even a POST is repeated."""
    with http2(refusal, "ok") as server:
        assert client_of(drive, server).post("/", json={"pay": 1}).json() == {"ok": True}
        assert server.methods == ["POST", "POST"]


@pytest.mark.parametrize("refusal", ["refuse", "leave"])
def test_client_n19_a_server_that_begins_no_stream_has_done_nothing(drive, refusal):
    """When all attempts are refused, the error knows that nothing happened."""
    with http2(refusal) as server:
        error = outcome(lambda: client_of(drive, server).post("/", json={"pay": 1}))

    assert isinstance(error, NetworkError)
    assert (error.outcome, len(error.attempts)) == ("not_sent", 3)


def test_client_n18_a_stream_that_broke_may_have_been_done(drive):
    """A reset for another reason says nothing about the effect: a POST is not repeated."""
    with http2("break") as server:
        error = outcome(lambda: client_of(drive, server).post("/", json={"pay": 1}))

        assert server.methods == ["POST"]
    assert (error.outcome, len(error.attempts)) == ("unknown", 1)
