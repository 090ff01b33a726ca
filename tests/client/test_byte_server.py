"""The server of these tests speaks exactly the bytes it was told to, and leaves nothing behind."""

import socket
import threading
import time

import httpx2
import pytest

from tests.client.byte_server import (
    HANG,
    LOST,
    RESET,
    ByteServer,
    Reply,
    closed_port,
    full_backlog,
    huge_reply,
    json_reply,
    raw_reply,
    reply,
    serve,
)
from tests.client.certificates import server_context, trusting


def bytes_from(server, sent=b"GET / HTTP/1.1\r\n\r\n"):
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(sent)
        received = b""
        while data := connection.recv(65536):
            received += data
        return received


def test_exactly_the_bytes_of_a_reply_leave():
    """What a test wrote is what a caller reads, however little it looks like HTTP."""
    with serve(raw_reply(b"\x00HTTP?\r\n")) as server:
        assert bytes_from(server) == b"\x00HTTP?\r\n"
        assert server.sent == 8


def test_replies_come_in_turn_and_the_last_for_ever():
    """Each request takes the next reply; the connection is kept."""
    with serve(json_reply(503, {}), json_reply(200, {"a": 1})) as server, httpx2.Client() as http:
        answers = [http.get(f"{server.url}/x?y=1") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [503, 200, 200]
    assert answers[1].json() == {"a": 1}
    assert [(seen.connection, seen.turn, seen.target) for seen in server.requests] == [
        (1, 1, "/x?y=1"),
        (1, 2, "/x?y=1"),
        (1, 3, "/x?y=1"),
    ]


def test_bodies_of_requests_are_seen_whole():
    """Content length or chunks: the body is what the caller wrote."""
    with serve(json_reply(200)) as server, httpx2.Client() as http:
        http.post(server.url, json={"a": 1}, headers={"X-Two": "2"})
        http.put(server.url, content=(piece for piece in (b"ab", b"c")))

    assert [(seen.method, seen.body, seen.whole) for seen in server.requests] == [
        ("POST", b'{"a":1}', True),
        ("PUT", b"abc", True),
    ]
    assert server.requests[0].headers["x-two"] == "2"


def test_a_reply_may_wait_and_drip():
    """Seconds before the first byte and between pieces really pass."""
    dripped = raw_reply(b"abcd").slow(piece=1, pause=0.02).after(0.05)

    with serve(dripped) as server:
        started = time.monotonic()
        assert bytes_from(server) == b"abcd"
        assert time.monotonic() - started >= 0.11


@pytest.mark.parametrize(
    ("end", "raised"),
    [(LOST, httpx2.RemoteProtocolError), (RESET, httpx2.ReadError), (HANG, httpx2.ReadTimeout)],
)
def test_a_connection_ends_as_asked(end, raised):
    """Closed, reset and silent are three different things to a caller."""
    with serve(end) as server, httpx2.Client(timeout=0.1) as http, pytest.raises(raised):
        http.get(server.url)


def test_a_cut_reply_keeps_its_promise_of_more():
    """A truncated body ends before the length that was announced."""
    cut = reply(200, b"0123456789").cut(last=4)

    with serve(cut) as server:
        assert bytes_from(server).endswith(b"content-length: 10\r\n\r\n012345")


def test_bytes_are_counted_when_they_leave():
    """A caller that stops reading leaves the rest of a huge body unsent."""
    with serve(huge_reply(200)) as server:
        with httpx2.Client() as http, http.stream("GET", server.url) as answer:
            assert next(answer.iter_raw())
        server.until(lambda: server.hung_up)

        assert 0 < server.sent < 16 * 1024 * 1024


def test_a_greeting_comes_before_any_request():
    """A server may speak first."""
    with ByteServer(lambda seen: LOST, greeting=lambda number: raw_reply(b"hi")) as server:
        assert bytes_from(server, b"") == b"hi"
        assert server.count == 0


def test_a_script_decides_by_what_it_sees():
    """A reply may depend on the request, its connection and its turn there."""
    echo = ByteServer(lambda seen: json_reply(200, [seen.method, seen.turn]))

    with echo as server, httpx2.Client() as http:
        assert http.get(server.url).json() == ["GET", 1]
        assert http.delete(server.url).json() == ["DELETE", 2]


def test_a_mistake_in_a_script_is_shown():
    """A test whose server failed fails itself."""
    with pytest.raises(ZeroDivisionError), ByteServer(lambda seen: Reply(before=1 / 0)) as server:
        bytes_from(server)


def test_nothing_is_left_behind():
    """Threads and connections end with the block, even those that were held or dripping."""
    before = threading.active_count()

    with serve(HANG, raw_reply(b"x" * 1000).slow(piece=1, pause=60)) as server:
        callers = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
        for caller in callers[:2]:
            caller.sendall(b"GET / HTTP/1.1\r\n\r\n")
        server.wait_for(2)

    assert threading.active_count() == before
    for caller in callers:
        caller.close()


def test_a_server_that_accepts_nobody_keeps_them_waiting():
    """A connection is made by the system, and no answer follows."""
    with serve(LOST, accepts=False) as server, httpx2.Client(timeout=0.1) as http:
        with pytest.raises(httpx2.ReadTimeout):
            http.get(server.url)
        assert server.connections == 0


def test_a_closed_port_refuses():
    """Nobody listens there."""
    with httpx2.Client() as http, pytest.raises(httpx2.ConnectError):
        http.get(f"http://127.0.0.1:{closed_port()}")


def test_a_full_backlog_lets_nobody_in():
    """A connection is neither made nor refused."""
    with (
        full_backlog() as url,
        httpx2.Client(timeout=0.2) as http,
        pytest.raises(httpx2.ConnectTimeout),
    ):
        http.get(url)


def test_a_server_may_speak_tls():
    """With a certificate made here, bytes are the same and the line is encrypted."""
    with (
        ByteServer(lambda seen: json_reply(200, seen.turn), tls=server_context()) as server,
        httpx2.Client(verify=trusting()) as http,
    ):
        assert server.url.startswith("https://")
        assert [http.get(server.url).json() for _ in range(2)] == [1, 2]
