"""The flow below a client of httpx2 that somebody keeps."""

import httpx2
import pytest

from failwell.client import AsyncFailwellTransport, FailwellTransport
from failwell.core.exceptions import ConnectError, FaultError, NotFoundError
from failwell.resilience.policy import RetryPolicy
from tests.client.byte_server import closed_port, gzip_reply, json_reply, reply, serve
from tests.client.driving import outcome

QUICK = RetryPolicy(base=0.02, throttle_base=0.02, cap=0.05)
OK = json_reply(200, {"ok": True})
BUSY = json_reply(503, {"error": "busy"})


def client_of(drive, url, **options):
    sync = drive.name == "sync"
    transport = (FailwellTransport if sync else AsyncFailwellTransport)(retry=QUICK, **options)
    return drive.opened(httpx2.Client, httpx2.AsyncClient, base_url=url, transport=transport)


def test_client_n16_a_transport_repeats_for_a_client_of_httpx2(drive):
    """A passing failure is never seen above."""
    with serve(BUSY, BUSY, OK) as server:
        assert client_of(drive, server.url).get("/").json() == {"ok": True}
        assert [seen.headers.get("x-retry-count") for seen in server.requests] == [None, "1", "2"]


def test_client_n64_a_transport_gives_the_last_answer_back(drive):
    """Without ``raise_faults`` the client of httpx2 sees what it always saw."""
    with serve(gzip_reply(503, {"error": "busy"})) as server:
        answer = client_of(drive, server.url).get("/")

        assert server.count == 3
    assert (answer.status_code, answer.json()) == (503, {"error": "busy"})
    with pytest.raises(httpx2.HTTPStatusError):
        answer.raise_for_status()


def test_client_n64_a_transport_raises_faults_when_asked(drive):
    """With ``raise_faults`` errors are ours, by the contract."""
    body = {"error": {"code": "project_not_found", "message": "No such project"}}
    with serve(json_reply(404, body)) as server:
        client = client_of(drive, server.url, contract="connix", raise_faults=True)
        error = outcome(lambda: client.get("/"))

    assert isinstance(error, NotFoundError)
    assert error.code == "project_not_found"


def test_client_n62_a_transport_keeps_the_exceptions_of_httpx2(drive):
    """What never was an answer stays what httpx2 calls it, unless faults are wanted."""
    url = f"http://127.0.0.1:{closed_port()}"

    assert isinstance(outcome(lambda: client_of(drive, url).get("/")), httpx2.ConnectError)
    error = outcome(lambda: client_of(drive, url, raise_faults=True).get("/"))
    assert isinstance(error, ConnectError)
    assert len(error.attempts) == 3


def test_client_n28_a_transport_leaves_redirects_to_its_client(drive):
    """httpx2 decides on redirects itself."""
    with serve(reply(302, b"", {"Location": "/moved"}), OK) as server:
        client = client_of(drive, server.url)

        assert client.get("/").status_code == 302
        assert client.get("/", follow_redirects=True).status_code == 200


def test_client_n23_a_transport_never_sends_half_a_body(drive):
    """A body it cannot read again is not sent again."""
    with serve(BUSY) as server:
        client = client_of(drive, server.url)
        answer = client.put("/", content=drive.one_shot(b"one", b"two"))

        assert answer.status_code == 503
        assert [seen.body for seen in server.requests] == [b"onetwo"]


def test_client_n38_a_transport_streams_what_is_well(drive):
    """The body of a success is left to the client above."""
    with (
        serve(json_reply(200, {"x": "y" * 1000})) as server,
        client_of(drive, server.url).stream("GET", "/") as answer,
    ):
        pieces = b"".join(answer.iter_bytes())

    assert pieces.endswith(b'y"}')


def test_client_n64_a_transport_ends_at_its_deadline(drive):
    """Its deadline covers all attempts."""
    with serve(BUSY.after(5)) as server:
        client = client_of(drive, server.url, deadline=0.3, raise_faults=True)

        assert isinstance(outcome(lambda: client.get("/")), FaultError)
