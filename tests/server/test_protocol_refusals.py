"""What uvicorn or its parser would answer as plain text is answered by the contract."""

import re
import socket
import time
from collections.abc import Iterator

import pytest

from failwell.core.contract import Contract
from tests.server.echo import echo
from tests.server.wire import Answer, Running, free_socket, running

CONNIX = Contract.bundled("connix")
OK = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running(echo, CONNIX, head_timeout=0.6) as found:
        yield found


def assert_refused(answer: Answer, item: dict[str, str]) -> None:
    assert answer.status == 400
    error = answer.json()["error"]
    assert error["code"] == "validation_error"
    assert error["details"] == [item]
    assert re.fullmatch("req_[0-9a-f]{16}", error["request_id"])
    assert answer.headers["x-request-id"] == error["request_id"]
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["connection"] == "close"
    assert "date" in answer.headers
    assert "server" not in answer.headers


NOT_UNDERSTOOD = {
    "field": "request",
    "message": "Request could not be understood",
    "code": "invalid_format",
}


def _get(*lines: bytes, first: bytes = b"GET / HTTP/1.1", host: bytes = b"Host: x") -> bytes:
    return b"\r\n".join([first, *([host] if host else []), *lines, b"", b""])


@pytest.mark.parametrize(
    "request_bytes",
    {
        "no request line": b"GARBAGE\r\n\r\n",
        "two words": b"GET /\r\n\r\n",
        "two spaces": _get(first=b"GET  / HTTP/1.1"),
        "space in target": _get(first=b"GET /a b HTTP/1.1"),
        "version unknown": _get(first=b"GET / HTTP/9.9"),
        "version 2.0": _get(first=b"GET / HTTP/2.0"),
        "version 0.9": _get(first=b"GET / HTTP/0.9"),
        "another protocol": _get(first=b"OPTIONS / RTSP/1.0"),
        "method with a control": _get(first=b"G\x01T / HTTP/1.1"),
        "method too long": _get(first=b"A" * 40 + b" / HTTP/1.1"),
        "target not ASCII": _get(first=b"GET /\xff HTTP/1.1"),
        "target without slash": _get(first=b"GET x HTTP/1.1"),
        "asterisk with GET": _get(first=b"GET * HTTP/1.1"),
        "no host": _get(host=b""),
        "two hosts": _get(b"Host: y"),
        "two equal hosts": _get(b"Host: x"),
        "two hosts in 1.0": _get(b"Host: y", first=b"GET / HTTP/1.0"),
        "host no host": _get(host=b"Host: a/b"),
        "two sizes": _get(b"Content-Length: 5", b"Content-Length: 6") + b"hello",
        "two equal sizes": _get(b"Content-Length: 5", b"Content-Length: 5") + b"hello",
        "list of sizes": _get(b"Content-Length: 5, 5") + b"hello",
        "negative size": _get(b"Content-Length: -1"),
        "signed size": _get(b"Content-Length: +1"),
        "size no number": _get(b"Content-Length: zorp"),
        "size empty": _get(b"Content-Length:"),
        "size enormous": _get(b"Content-Length: " + b"9" * 40),
        "size and coding": _get(b"Content-Length: 5", b"Transfer-Encoding: chunked"),
        "coding unknown": _get(b"Transfer-Encoding: zorp"),
        "coding not last": _get(b"Transfer-Encoding: chunked, gzip"),
        "coding twice": _get(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
        "coding not ours": _get(b"Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n",
        "coding in 1.0": _get(b"Transfer-Encoding: chunked", first=b"POST / HTTP/1.0"),
        "folded value": _get(b"A: b", b" c"),
        "space before colon": _get(b"A : b"),
        "no colon": _get(b"no colon"),
        "no name": _get(b": value"),
        "NUL in value": _get(b"A: b\x00c"),
        "CR in value": _get(b"A: b\rc"),
        "control in value": _get(b"A: b\x01c"),
        "bare line feeds": b"GET / HTTP/1.1\nHost: x\n\n",
        "one bare line feed": b"GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n",
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(64)),
        "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "random": b"\xff\xfe\x00\x01" * 20,
        "SSH": b"SSH-2.0-OpenSSH_9.2\r\n",
    }.items(),
    ids=lambda pair: pair[0],
)
def test_what_cannot_be_understood_is_refused_in_the_contract(server, request_bytes):
    """Whatever is wrong with line, header or framing, the answer is the contract's and prompt."""
    begun = time.monotonic()

    answer = server.ask(request_bytes[1])

    assert_refused(answer, NOT_UNDERSTOOD)
    assert time.monotonic() - begun < 0.5


def test_a_refusal_ends_the_connection(server):
    """After a refusal nothing else is read as a request: the connection is closed."""
    connection = server.connect()
    connection.send(b"GARBAGE\r\n\r\n" + OK)

    answer = connection.read()

    assert answer.status == 400
    assert connection.ends() == b""
    connection.close()


def test_a_refusal_waits_its_turn(server):
    """Answers come in the order of the requests, a refusal after them like any other."""
    connection = server.connect()
    connection.send(OK * 3 + b"GARBAGE\r\n\r\n")

    statuses = [connection.read().status for _ in range(4)]

    assert statuses == [200, 200, 200, 400]
    assert connection.ends() == b""
    connection.close()


@pytest.mark.parametrize("size", [16_500, 70_000, 300_000])
def test_a_header_section_too_large_is_refused_with_its_limit(server, size):
    """Sixteen KiB of header fields are too much, in one field or in many."""
    for fields in ([b"A: " + b"a" * size], [b"A: " + b"a" * 990] * (size // 990 + 1)):
        answer = server.ask(_get(*fields))

        message = "Headers must be at most 16384 bytes"
        assert_refused(answer, {"field": "headers", "message": message, "code": "too_long"})


def test_too_many_header_fields_are_refused(server):
    """A hundred fields are the most, however short."""
    assert server.ask(_get(*[b"A: b"] * 99)).status == 200
    assert server.ask(_get(*[b"A: b"] * 100)).json()["error"]["details"][0]["field"] == "headers"


@pytest.mark.parametrize("size", [8_200, 70_000, 500_000])
def test_a_target_too_long_is_refused_with_its_limit(server, size):
    """Eight KiB of request target are the most."""
    answer = server.ask(_get(first=b"GET /" + b"a" * size + b" HTTP/1.1"))

    message = "Url must be at most 8192 bytes"
    assert answer.json()["error"]["details"][0]["code"] == "too_long"
    assert answer.json()["error"]["details"][0]["field"] == "url"
    assert answer.json()["error"]["details"][0]["message"].lower().endswith(message[4:].lower())


def test_a_long_but_good_target_passes(server):
    """A target of just the limit is served."""
    path = b"/" + b"a" * 8_191

    answer = server.ask(_get(first=b"GET " + path + b" HTTP/1.1"))

    assert answer.json() == ["GET", path.decode(), 0]


@pytest.mark.parametrize("method", ["BREW", "get", "PROPFIND", "DESCRIBE", "SOURCE", "X-Y"])
def test_a_method_nobody_knows_reaches_the_application(server, method):
    """Which methods there are is for the application to say, the parser's list is not asked."""
    answer = server.ask(_get(first=method.encode() + b" /a HTTP/1.1"))

    assert answer.json() == [method, "/a", 0]


def test_connect_is_a_wrong_method(server):
    """Nobody is connected through: the answer says which methods there are."""
    answer = server.ask(_get(first=b"CONNECT example.com:443 HTTP/1.1"))

    assert answer.status == 405
    assert answer.json()["error"]["code"] == "method_not_allowed"
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    ("target", "path"),
    [(b"http://x", "/"), (b"http://x/a?b=c", "/a"), (b"HTTPS://x?q", "/"), (b"//a", "//a")],
)
def test_an_absolute_target_is_its_path(server, target, path):
    """A proxy's form of the target means the same as ours (RFC 9112, 3.2.2)."""
    assert server.ask(_get(first=b"GET " + target + b" HTTP/1.1")).json() == ["GET", path, 0]


def test_a_refused_head_request_has_no_body(server):
    """HEAD is answered with the same head and nothing after it."""
    connection = server.connect()
    connection.send(_get(host=b"", first=b"HEAD / HTTP/1.1"))

    answer = connection.read(head_only=True)

    assert answer.status == 400
    assert int(answer.headers["content-length"]) > 0
    assert connection.ends() == b""
    connection.close()


def test_a_head_that_never_ends_is_refused_in_time(server):
    """Half a head is answered when the time is over, and the connection closed."""
    connection = server.connect()
    connection.send(b"GET / HTTP/1.1\r\nHost: ")

    answer = connection.read()

    assert answer.status == 400
    assert answer.headers["connection"] == "close"
    assert connection.ends() == b""
    connection.close()


def test_a_head_byte_by_byte_is_bounded_as_a_whole(server):
    """Sending one byte now and then does not move the time limit."""
    connection, begun = server.connect(), time.monotonic()
    for byte in OK[:-1]:
        if time.monotonic() - begun > 0.5:
            break
        connection.send(bytes([byte]))
        time.sleep(0.03)

    assert connection.read().status == 400
    assert time.monotonic() - begun < 2
    connection.close()


def test_a_head_in_pieces_is_one_head(server):
    """Where the network cuts does not matter."""
    connection = server.connect()
    for byte in b"\r\n" + OK:
        connection.send(bytes([byte]))

    assert connection.read().json() == ["GET", "/", 0]
    connection.close()


def test_a_silent_connection_is_closed_without_a_word(server):
    """Who asks nothing gets no answer."""
    connection = server.connect()

    assert connection.ends() == b""
    connection.close()


def test_half_a_head_and_the_end_is_refused(server):
    """A caller that says no more after half a head is told so."""
    connection = server.connect()
    connection.send(b"GET / HTTP/1.1\r\nHo")
    connection.socket.shutdown(socket.SHUT_WR)

    assert_refused(connection.read(), NOT_UNDERSTOOD)
    connection.close()


def test_a_whole_request_and_the_end_is_answered(server):
    """A caller that closes its side after its request still gets the answer."""
    connection = server.connect()
    connection.send(OK)
    connection.socket.shutdown(socket.SHUT_WR)

    assert connection.read().status == 200
    assert connection.ends() == b""
    connection.close()


def test_refusals_are_logged_as_requests(server):
    """One line per refusal, at no alarming level, with the id the caller was given."""
    answer = server.ask(b"GARBAGE\r\n\r\n")

    found = [e for e in server.lines() if e["request_id"] == answer.headers["x-request-id"]]

    assert [(e["status"], e["code"], e["level"]) for e in found] == [
        (400, "validation_error", "info")
    ]


def test_the_contract_is_chosen_by_the_port():
    """Each port refuses in the words of its own API."""
    connxt = Contract.bundled("connxt")
    sockets = [free_socket(), free_socket()]
    ports = [each.getsockname()[1] for each in sockets]
    contracts = dict(zip(ports, (CONNIX, connxt), strict=True))
    apps = dict.fromkeys(ports, echo)
    with running(apps, CONNIX, sockets=sockets, contracts=contracts) as server:
        first = server.ask(b"GARBAGE\r\n\r\n").json()
        server.port = ports[1]
        second = server.ask(b"GARBAGE\r\n\r\n").json()

    assert first["error"]["code"] == "validation_error"
    assert second["code"] == "4001"
