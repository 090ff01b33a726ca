"""Connections survive errors where they can, and end readably where they cannot."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from failwell.core.contract import Contract
from failwell.core.exceptions import ConflictError
from failwell.server.exchange import ASGIApp, Receive, Scope, Send
from tests.server.echo import echo, reply
from tests.server.wire import Connection, Running, running

CONNIX = Contract.bundled("connix")
OK = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
MB = 1_048_576


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Behave as the path says."""
    match scope["path"]:
        case "/conflict":
            raise ConflictError(resource_type="project", field="name", value="a")
        case "/slow":
            await asyncio.sleep(0.5)
            await reply(send, b"slow")
        case "/broken-off":
            start = {"type": "http.response.start", "status": 200, "headers": []}
            await send(start)
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
            raise ValueError("in the middle")
        case "/early":
            await reply(send, b"early")
        case _:
            await echo(scope, receive, send)


def telling(begun: threading.Event) -> ASGIApp:
    """The same application, which tells when a request has reached it."""

    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        begun.set()
        await app(scope, receive, send)

    return told


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running(app, CONNIX, bounds={"body_timeout": 0.5, "max_body": MB}) as found:
        yield found


@pytest.fixture
def connection(server: Running) -> Iterator[Connection]:
    found = server.connect()
    yield found
    found.close()


def post(path: str, body: bytes, *, size: int | None = None, extra: bytes = b"") -> bytes:
    length = len(body) if size is None else size
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n"
    return head.encode() + extra + b"\r\n" + body


def chunked(path: str, *chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    return head + b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in chunks) + end


def test_the_next_request_on_the_connection_is_answered(connection):
    """An error of the application costs nobody a connection."""
    connection.send(b"GET /conflict HTTP/1.1\r\nHost: x\r\n\r\n")
    first = connection.read()
    connection.send(OK)
    second = connection.read()

    assert (first.status, second.status) == (409, 200)
    assert "connection" not in first.headers


def test_pipelined_requests_are_answered_in_order(connection):
    """Bodies of every kind between pipelined heads leave each head where it is."""
    chunks = (b"hello\r\n\r\n", b"\r\n\r\nworld", b"\r\n\r\n" * 50)
    connection.send(
        OK
        + post("/a", b"12345")
        + chunked("/b", *chunks)
        + chunked("/c", b"x", end=b"0\r\nTrailer: 1\r\n\r\n")
        + b"BREW /d HTTP/1.1\r\nHost: x\r\n\r\n"
        + OK
    )

    answers = [connection.read().json() for _ in range(6)]

    assert answers == [
        ["GET", "/", 0],
        ["POST", "/a", 5],
        ["POST", "/b", sum(map(len, chunks))],
        ["POST", "/c", 1],
        ["BREW", "/d", 0],
        ["GET", "/", 0],
    ]


def test_where_the_network_cuts_a_chunked_body_does_not_matter(connection):
    """Chunks and the next head arrive byte by byte, and mean the same."""
    for byte in chunked("/a", b"ab\r\n\r\ncd", b"\r") + OK:
        connection.send(bytes([byte]))

    assert connection.read().json() == ["POST", "/a", 9]
    assert connection.read().json() == ["GET", "/", 0]


def test_fields_after_a_chunked_body_do_not_become_header_fields(server):
    """A trailer cannot smuggle what only a header section may say."""
    seen = []

    async def look(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await echo(scope, receive, send)
            seen.extend(scope["headers"])

    with running(look, CONNIX) as other:
        other.ask(chunked("/", b"x", end=b"0\r\nX-Admin: yes\r\n\r\n"))

    assert [name for name, _ in seen] == [b"host", b"transfer-encoding"]


@pytest.mark.parametrize("request_bytes", [b"zz\r\n", b"5\r\nhelloX", b"-1\r\n", b"5\nhello\r\n"])
def test_broken_chunks_are_refused(connection, request_bytes):
    """A chunked body that cannot be read is a request that cannot be understood."""
    connection.send(chunked("/", end=request_bytes))

    answer = connection.read()

    assert answer.status == 400
    assert answer.json()["error"]["details"][0]["field"] == "request"
    assert answer.headers["connection"] == "close"
    assert connection.ends() == b""


def test_endless_chunk_extensions_are_refused(connection):
    """What is no body must not go on for ever either."""
    connection.send(chunked("/", end=b"1;" + b"x" * 300_000))

    assert connection.read().status == 400


def test_an_announced_body_too_large_is_refused_before_it_is_read(connection):
    """The answer comes at once, names the limit, and can be read although nobody waits for it."""
    connection.send(post("/", b"", size=20 * MB))

    answer = connection.read()

    assert answer.status == 400
    assert answer.json()["error"]["details"] == [
        {"field": "body", "message": f"Body must be at most {MB} bytes", "code": "too_long"}
    ]
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("make", [post, chunked])
def test_a_caller_that_sends_everything_first_can_read_the_refusal(connection, make):
    """The rest of a body too large is thrown away, so that no reset destroys the answer."""
    connection.send(make("/", b"a" * (20 * MB)))

    answer = connection.read()

    assert answer.json()["error"]["details"][0]["field"] == "body"
    assert connection.ends() == b""


def test_the_rest_of_a_refused_body_is_never_a_request(connection):
    """A request hidden in a body that nobody reads stays unread."""
    connection.send(post("/", OK * 50, size=2 * MB))

    assert connection.read().status == 400
    connection.socket.shutdown(socket.SHUT_WR)
    assert connection.ends() == b""


def test_a_small_unread_body_costs_no_connection(connection):
    """An answer that needs no body skips it, and the next request follows."""
    connection.send(post("/conflict", b"a" * 1000) + OK)

    assert connection.read().status == 409
    assert connection.read().json() == ["GET", "/", 0]


def test_a_large_unread_body_ends_the_connection(connection):
    """A body too long to skip is not skipped, and a good answer is still readable."""
    connection.send(post("/early", b"a" * MB + b"b"))

    assert connection.read().body == b"early"
    assert connection.ends() == b""


def test_who_waits_for_100_continue_is_refused_without_it(connection):
    """A body too large is not asked for."""
    connection.send(post("/", b"", size=2 * MB, extra=b"Expect: 100-continue\r\n"))

    answer = connection.read()

    assert answer.status == 400
    assert answer.headers["connection"] == "close"


def test_an_unanswered_100_continue_ends_the_connection(connection):
    """Whether a body follows an early answer nobody can tell, so nothing may follow it."""
    connection.send(post("/early", b"", size=5, extra=b"Expect: 100-continue\r\n"))

    assert connection.read().body == b"early"
    assert connection.ends() == b""


def test_half_a_body_is_refused_when_its_time_is_over(connection):
    """A body that stops coming is an answer, never a hang."""
    connection.send(post("/", b"half", size=100))

    answer = connection.read()

    item = {"field": "body", "message": "Body was not received in time", "code": "invalid_format"}
    assert (answer.status, answer.json()["error"]["details"]) == (400, [item])
    assert answer.headers["connection"] == "close"
    assert connection.ends() == b""


def test_a_wish_for_another_protocol_is_ignored(connection):
    """HTTP/2 is offered by some clients with every request; the body still is the body."""
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUPGRADE: h2c\r\nHTTP2-Settings: AA\r\n"
    connection.send(post("/a", b"12345", extra=upgrade) + OK)

    assert connection.read().json() == ["POST", "/a", 5]
    assert connection.read().json() == ["GET", "/", 0]


def test_a_response_that_breaks_off_has_no_clean_end(server, connection):
    """What was sent cannot be taken back, but nobody may take it for the whole."""
    connection.send(b"GET /broken-off HTTP/1.1\r\nHost: x\r\n\r\n")

    connection.read()
    rest = connection.ends()

    assert rest == b"4\r\nhalf\r\n"
    found = [each for each in server.lines() if "in the middle" in each.get("exception", "")]
    assert [(each["level"], each["status"]) for each in found] == [("error", 200)]


def test_before_http_1_1_a_response_that_breaks_off_is_reset(connection):
    """There the end of the connection is the end of the body, so it must not look like one."""
    connection.send(b"GET /broken-off HTTP/1.0\r\n\r\n")

    with pytest.raises(ConnectionResetError):
        connection.ends()


def test_too_many_at_once_are_refused_in_the_contract():
    """Overload is said in the API's words, with a time to come back."""
    with running(app, CONNIX, limit_concurrency=2) as server:
        busy = server.connect()
        busy.send(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = server.ask(OK)

        assert answer.status == 503
        assert answer.json()["error"]["code"] == "service_unavailable"
        assert int(answer.headers["retry-after"]) > 0
        assert answer.headers["connection"] == "close"
        assert busy.read().body == b"slow"
        busy.close()
        assert wait_for(lambda: server.ask(OK).status == 200)


def test_requests_in_flight_are_finished_when_the_server_stops():
    """Stopping waits for answers that are under way, and says so to half a request."""
    begun = threading.Event()
    with running(telling(begun), CONNIX) as server:
        half, busy = server.connect(), server.connect()
        begun.clear()
        half.send(b"GET / HTTP/1.1\r\n")
        busy.send(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        assert begun.wait(5)
        server.stop()

        assert busy.read().body == b"slow"
        assert half.read().status == 503
        busy.close()
        half.close()


def test_the_end_of_the_server_waits_for_no_idle_caller():
    """Who has its last answer and keeps the connection open delays the end by a second."""
    begun = threading.Event()
    with running(telling(begun), CONNIX) as server:
        busy = server.connect()
        begun.clear()
        busy.send(post("/slow", b"x"))
        assert begun.wait(5)
        server.stop()
        assert busy.read().body == b"slow"
        answered = time.monotonic()

    assert time.monotonic() - answered < 4
    busy.close()


def test_an_application_outside_failwell_is_answered_for_as_well():
    """uvicorn's own 500 never reaches anybody, whatever was served beside the APIs."""

    async def raw(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/crash":
            raise ValueError("secret")

    with running(raw, CONNIX, bare=True) as server:
        crash = server.ask(b"GET /crash HTTP/1.1\r\nHost: x\r\n\r\n")
        nothing = server.ask(OK)

    assert [each.status for each in (crash, nothing)] == [500, 500]
    assert [each.json()["error"]["code"] for each in (crash, nothing)] == ["internal_error"] * 2
    assert b"secret" not in crash.body


def test_shutdown_cuts_what_takes_too_long_in_the_contract():
    """A request that outlasts the grace of a shutdown is told so, not dropped."""
    begun = threading.Event()

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            begun.set()
            await asyncio.Event().wait()

    with running(endless, CONNIX, graceful=1) as server:
        connection = server.connect()
        connection.send(OK)
        assert begun.wait(5)
        server.stop()

        answer = connection.read()
        connection.close()

    assert answer.status == 503
    assert answer.json()["error"]["code"] == "service_unavailable"


def test_a_caller_that_goes_away_is_no_error():
    """Leaving in the middle is recorded as that, without an alarm."""
    with running(app, CONNIX) as server:
        connection = server.connect()
        connection.send(post("/", b"half", size=100))
        connection.close()

        assert wait_for(server.lines)
        lines = server.lines()

    assert [(each["event"], each["level"]) for each in lines] == [("client_closed", "info")]


def wait_for(condition, *, seconds: float = 5.0) -> bool:
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            return False
        time.sleep(0.02)
    return True


def test_a_caller_that_goes_away_while_its_next_request_waits_is_no_error():
    """The answer that is being written ends quietly, although another request came after it."""
    sent: list[float] = []
    left = threading.Event()

    async def large(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(64):
            sent.append(time.monotonic())
            await send({"type": "http.response.body", "body": bytes(MB), "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        left.set()

    with running(large, CONNIX) as server:
        connection = server.connect()
        connection.send(OK + OK)
        # Nobody reads, so at some point nothing more can be sent.
        assert wait_for(lambda: sent and sent[-1] < time.monotonic() - 0.05)
        connection.close()
        assert left.wait(5)

    assert [line["level"] for line in server.lines()] == ["info"]
