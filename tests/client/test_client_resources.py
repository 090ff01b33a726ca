"""Connections, tasks and threads: a failed call gives back what it took, a closed client all."""

import threading
import time
from typing import Any

import pytest

from failwell.client import AsyncClient, Client
from failwell.client.transport import AsyncSocketTransport, Connections, SocketTransport
from failwell.core.exceptions import FaultError
from failwell.resilience.policy import RetryPolicy
from tests.client.byte_server import (
    LOST,
    ByteServer,
    Reply,
    Seen,
    gzip_reply,
    html_reply,
    huge_reply,
    json_reply,
    raw_reply,
    serve,
)
from tests.client.driving import Drive, outcome

QUICK = RetryPolicy(base=0.02, throttle_base=0.02, cap=0.05)
_MIB = 1024 * 1024


def _one_connection(drive: Drive, base_url: str, **options: Any) -> Any:
    only = Connections(most=1)
    transport = SocketTransport(only) if drive.name == "sync" else AsyncSocketTransport(only)
    return drive.opened(Client, AsyncClient, base_url, transport=transport, **options)


@pytest.mark.parametrize(
    "refusal",
    [
        huge_reply(503, size=4 * _MIB),
        json_reply(503, {"message": "down"}),
        html_reply(502, "<h1>Bad gateway</h1>" * 20_000),
        json_reply(503, "x" * 5000).cut(last=100),
    ],
    ids=["4 MiB", "JSON", "HTML", "cut off"],
)
def test_client_n68_a_refusal_gives_its_connection_back_before_the_wait(drive, refusal):
    """With one connection in all, a retry does not wait for the answer before it."""
    with serve(refusal, json_reply(200, {"ok": True})) as server:
        api = _one_connection(drive, server.url, retry=QUICK, timeout=2.0)
        started = time.monotonic()

        assert api.get("/things").status_code == 200
        assert time.monotonic() - started < 1.5
        assert server.count == 2


def test_client_n68_the_connection_is_free_while_a_call_waits(drive):
    """While one call waits for its retry, another one uses the only connection."""

    def script(seen: Seen) -> Reply:
        if seen.target == "/busy":
            return huge_reply(503, size=4 * _MIB, headers={"retry-after": "0.6"})
        return json_reply(200, {"ok": True})

    with ByteServer(script) as server:
        api = _one_connection(drive, server.url, timeout=0.5)
        waiting = threading.Thread(target=outcome, args=(lambda: api.get("/busy", deadline=1.2),))
        waiting.start()
        server.wait_for(1)
        time.sleep(0.2)
        asked = outcome(lambda: api.get("/other"))
        waiting.join()

    # The gate of an origin that said "later" may refuse the second call, but not the pool.
    assert getattr(asked, "phase", None) != "pool", asked


ENDINGS: dict[str, Reply] = {
    "JSON": json_reply(404, {"message": "no"}),
    "too long": huge_reply(400, size=_MIB),
    "cut off": json_reply(400, "x" * 5000).cut(last=100),
    "bad gzip": gzip_reply(400, {"message": "x"}, broken=True),
    "no HTTP": raw_reply(b"this is no HTTP\r\n\r\n"),
    "lost": LOST,
    "redirect": json_reply(302, None, {"location": "http://127.0.0.1:1/"}),
    "HTML with 200": html_reply(200),
    "broken JSON with 200": json_reply(200, "x" * 50).cut(last=10),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_client_n69_failed_calls_leave_no_connection_behind(drive, ending):
    """Thirty calls that fail keep at most the one connection that can be used again."""
    with ByteServer(lambda _seen: ENDINGS[ending]) as server:
        api = drive.client(server.url, contract="connix", retry=None, timeout=2.0)
        for _ in range(30):
            assert isinstance(outcome(lambda: api.get("/things")), FaultError)

        server.until(lambda: server.open_connections <= 1)
        drive.close()
        server.until(lambda: server.open_connections == 0)


def test_client_n69_a_closed_client_leaves_no_thread(drive):
    """No thread of ours is alive after a client is closed."""
    before = set(threading.enumerate())
    with serve(json_reply(503), json_reply(200, {})) as server:
        api = drive.client(server.url, retry=QUICK)
        api.get("/things")
        drive.close()

    assert {thread.name for thread in set(threading.enumerate()) - before} <= set()
