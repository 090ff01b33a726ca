"""N19 and N25: connections that were not made, or had died, cost nothing and lose nothing."""

import socket

import pytest

from failwell import (
    ConnectError,
    ConnectTimeoutError,
    NetworkError,
    PoolTimeoutError,
    ProxyError,
    ReadTimeoutError,
    TlsError,
)
from failwell.resilience.policy import RetryPolicy
from tests.client.byte_server import (
    HANG,
    LOST,
    RESET,
    ByteServer,
    closed_port,
    full_backlog,
    raw_reply,
    reply,
    serve,
)
from tests.client.calls import OK, call
from tests.client.certificates import server_context, trusting
from tests.client.driving import QUICK, outcome

IDEMPOTENT = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"]
ONCE = RetryPolicy(attempts=1)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_client_n19_a_refused_connection_is_tried_again(drive, method):
    """Nothing was sent, so that even a write may be repeated: here the server comes up late."""
    port = closed_port()
    late = ByteServer(lambda seen: OK, port=port)

    try:
        called = call(
            drive,
            method=method,
            base_url=f"http://127.0.0.1:{port}",
            while_asleep=lambda time: late.__enter__(),
            per_call={"content": b"pay"} if method == "POST" else None,
        )
    finally:
        late.__exit__(None, None, None)

    assert called.status == 200
    assert [seen.method for seen in late.requests] == [method]


@pytest.mark.parametrize(
    "certificate", [{"address": "127.0.0.2"}, {"days": -1}], ids=["another host", "run out"]
)
def test_client_n19_a_certificate_that_is_refused_is_not_tried_again(drive, certificate):
    """Nothing was sent, and the next handshake would fail the same way."""
    with ByteServer(lambda seen: OK, tls=server_context(**certificate)) as server:
        called = call(
            drive, base_url=server.url, method="POST", transport=drive.transport(verify=trusting())
        )

        assert (server.count, server.connections) == (0, 1)
    assert isinstance(called.error, TlsError)
    assert (called.error.phase, called.error.outcome) == ("tls", "not_sent")
    assert called.error.retry_suppressed is None
    assert called.error.retryable is False


def test_client_n19_an_authority_nobody_trusts_is_refused(drive):
    """By default only the certificates of the system count."""
    with ByteServer(lambda seen: OK, tls=server_context()) as server:
        called = call(drive, base_url=server.url)

        assert server.count == 0
    assert isinstance(called.error, TlsError)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_client_n19_refused_connections_are_all_counted(drive, method):
    """Three attempts that all were refused end in a typed error that knows nothing was sent."""
    called = call(drive, base_url=f"http://127.0.0.1:{closed_port()}", method=method)

    assert isinstance(called.error, ConnectError)
    assert called.error.outcome == "not_sent"
    assert called.error.phase == "connect"
    assert len(called.error.attempts) == 3
    assert called.error.__cause__ is not None


def test_client_n19_an_unknown_name_is_tried_again(drive, monkeypatch):
    """A name that cannot be resolved: nothing was sent, the phase is ``dns``."""
    real = socket.getaddrinfo

    def resolve(host, *given, **named):
        if host in ("shop.test", b"shop.test"):
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return real(host, *given, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    called = call(drive, base_url="http://shop.test", method="POST")

    assert isinstance(called.error, ConnectError)
    assert (called.error.phase, called.error.outcome) == ("dns", "not_sent")
    assert len(called.error.attempts) == 3


def test_client_n19_a_connection_that_takes_too_long_is_tried_again(drive):
    """A full backlog: each attempt waits its timeout, and nothing was sent."""
    with full_backlog() as url:
        called = call(drive, base_url=url, method="POST", timeout=0.1)

    assert isinstance(called.error, ConnectTimeoutError)
    assert (called.error.phase, called.error.outcome) == ("connect", "not_sent")
    assert len(called.error.attempts) == 3


def test_client_n19_a_handshake_that_takes_too_long_is_tried_again(drive):
    """The server takes the connection and says nothing in TLS: nothing of the request was sent."""
    with serve(OK, accepts=False) as server:
        url = server.url.replace("http", "https")
        called = call(drive, base_url=url, method="POST", timeout=0.1)

    assert isinstance(called.error, ConnectError)
    assert (called.error.phase, called.error.outcome) == ("tls", "not_sent")
    assert len(called.error.attempts) == 3


def test_client_n19_a_server_without_tls_is_named(drive):
    """Plain HTTP where TLS was expected is a typed error; nothing was sent."""
    with serve(OK, greeting=lambda number: raw_reply(b"HTTP/1.1 400 Bad\r\n\r\n")) as server:
        called = call(drive, base_url=server.url.replace("http", "https"), method="POST")

    assert isinstance(called.error, TlsError)
    assert (called.error.phase, called.error.outcome) == ("tls", "not_sent")


def test_client_n19_a_pool_without_a_free_connection_is_tried_again(drive):
    """Our own limit: nothing was sent, the phase is ``pool``."""
    with serve(HANG) as server:
        client = drive.client(
            server.url, retry=QUICK, timeout=0.6, transport=drive.transport(most=1)
        )
        busy, free = drive.together(
            [
                lambda: client.get("/", retry=None),
                lambda: server.wait_for(1) or client.post("/", timeout=0.1),
            ]
        )

        assert server.count == 1
    assert isinstance(busy, ReadTimeoutError)
    assert isinstance(free, PoolTimeoutError)
    assert (free.phase, free.outcome, len(free.attempts)) == ("pool", "not_sent", 3)


@pytest.mark.parametrize("status", [403, 407, 502])
def test_client_n19_a_proxy_that_refuses_is_tried_again(drive, status):
    """The proxy let nothing through, so nothing was sent."""
    with serve(reply(status)) as proxy:
        called = call(
            drive,
            base_url="https://shop.test",
            method="POST",
            transport=drive.transport(proxy=proxy.url),
        )

        assert [seen.method for seen in proxy.requests] == ["CONNECT"] * 3
    assert isinstance(called.error, ProxyError)
    assert called.error.outcome == "not_sent"


@pytest.mark.parametrize("gone", [LOST, RESET], ids=["closed", "reset"])
@pytest.mark.parametrize("method", IDEMPOTENT)
def test_client_n25_a_connection_that_had_died_costs_no_attempt(drive, gone, method):
    """A kept connection, closed before the first byte of the answer: one repetition, at once."""

    def script(seen):
        return gone if (seen.connection, seen.turn) == (1, 2) else reply(200)

    with ByteServer(script) as server:
        time = drive.fake_time()
        client = drive.client(server.url, retry=ONCE, clock=time, sleep=time.sleep)

        assert client.request(method, "/").status_code == 200
        assert client.request(method, "/").status_code == 200
        assert [(seen.connection, seen.turn) for seen in server.requests] == [
            (1, 1),
            (1, 2),
            (2, 1),
        ]
    assert time.slept == []


def test_client_n25_a_write_on_a_connection_that_had_died_is_not_repeated(drive):
    """The server may have read it before it closed."""
    with ByteServer(lambda seen: LOST if seen.turn == 2 else OK) as server:
        client = drive.client(server.url, retry=QUICK)
        client.post("/")
        error = outcome(lambda: client.post("/"))

        assert server.count == 2
    assert isinstance(error, NetworkError)
    assert error.outcome == "unknown"


def test_client_n25_only_one_repetition_is_free(drive):
    """A server that closes new connections too has failed."""
    with ByteServer(lambda seen: OK if seen == server.requests[0] else LOST) as server:
        client = drive.client(server.url, retry=ONCE)
        client.get("/")
        error = outcome(lambda: client.get("/"))

        assert server.count == 3
    assert isinstance(error, NetworkError)
