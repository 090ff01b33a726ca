"""Whatever an application does, what goes out at 400 or above is an answer of the contract."""

import asyncio
import contextlib
import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route

from failwell.core.clock import SystemClock
from failwell.core.contract import Contract
from failwell.core.exceptions import (
    ConflictError,
    FailwellError,
    FaultError,
    InternalServerError,
    NotFoundError,
    RateLimitError,
    UnavailableError,
    UpstreamError,
)
from failwell.core.fault import Fault
from failwell.server.exchange import Exchange, Message, Receive, Scope, Send
from failwell.server.failwell import Failwell, ResponseAbortedError
from failwell.server.logs import open_log
from failwell.server.record import LogRecorder
from tests.server.echo import reply

CONNIX = Contract.bundled("connix")
MAX_BODY = 100


class Sent(msgspec.Struct):
    """What one request got, and what was logged about it."""

    status: int
    headers: dict[str, str]
    body: bytes
    log: list[dict[str, Any]]
    finished: bool

    def error(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)["error"]
        return found


async def call(
    app: Any,
    *,
    method: str = "GET",
    path: str = "/",
    headers: dict[str, str] | None = None,
    events: list[Message] | None = None,
    contract: Contract = CONNIX,
    raises: type[BaseException] | None = None,
    **options: Any,
) -> Sent:
    """Call an application inside Failwell as a server would."""
    log, sent = io.StringIO(), []
    recorder = LogRecorder(open_log("json", log))
    wrapped = Failwell(app, contract, recorder=recorder, max_body=MAX_BODY, **options)
    waiting = list(events or [{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    fields = [(k.lower().encode(), v.encode()) for k, v in (headers or {}).items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"secret=1",
        "root_path": "",
        "scheme": "http",
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
        "headers": fields,
    }
    with pytest.raises(raises) if raises else contextlib.nullcontext():
        await wrapped(scope, receive, send)
    head = sent[0] if sent else {"status": 0, "headers": []}
    names = [name for name, _ in head["headers"]]
    assert names.count(b"x-request-id") <= 1
    return Sent(
        head["status"],
        {name.decode(): value.decode("latin-1") for name, value in head["headers"]},
        b"".join(each.get("body", b"") for each in sent[1:]),
        [json.loads(line) for line in log.getvalue().splitlines()],
        bool(sent) and not sent[-1].get("more_body", False),
    )


def raising(error: BaseException) -> Any:
    """Make an application that raises."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise error

    return app


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with a greeting and an id of its own."""
    await reply(send, b"hello", headers=((b"X-Request-Id", b"mine"), (b"vary", b"accept")))


def starlette(handler: Any, *middleware: Middleware) -> Starlette:
    return Starlette(
        routes=[Route("/thing", handler, methods=["GET", "POST"])], middleware=list(middleware)
    )


async def test_a_success_gets_a_request_id_and_nothing_else():
    """A good response passes as it is, but its request id is ours."""
    sent = await call(hello)

    assert (sent.status, sent.body) == (200, b"hello")
    assert re.fullmatch("req_[0-9a-f]{16}", sent.headers["x-request-id"])
    assert list(sent.headers) == ["content-length", "vary", "x-request-id"]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFoundError(resource_type="project", resource_id="p"), 404, "resource_not_found"),
        (ConflictError(resource_type="project", field="name", value="a"), 409, "resource_conflict"),
        (CONNIX.error("expired_token", expired_at="x"), 401, "expired_token"),
        (HTTPException(404), 404, "resource_not_found"),
        (HTTPException(405, headers={"Allow": "GET"}), 405, "method_not_allowed"),
        (HTTPException(418, "I'm a teapot"), 400, "validation_error"),
        (HTTPException(503, headers={"Retry-After": "7"}), 503, "service_unavailable"),
        (ValueError("secret"), 500, "internal_error"),
        (RecursionError("secret"), 500, "internal_error"),
        (TimeoutError("secret"), 500, "internal_error"),
        (OSError("secret"), 500, "internal_error"),
        (ExceptionGroup("g", [NotFoundError()]), 404, "resource_not_found"),
        (ExceptionGroup("g", [ExceptionGroup("h", [NotFoundError()])]), 404, "resource_not_found"),
        (ExceptionGroup("g", [NotFoundError(), ValueError("secret")]), 500, "internal_error"),
        (
            ExceptionGroup("g", [RateLimitError(limit=1), ConflictError()]),
            429,
            "rate_limit_exceeded",
        ),
    ],
    ids=repr,
)
async def test_an_exception_becomes_an_answer(error, status, code):
    """What a handler raises comes out as the contract words it, without a word of its own."""
    sent = await call(raising(error))

    assert (sent.status, sent.error()["code"]) == (status, code)
    assert sent.error()["request_id"] == sent.headers["x-request-id"]
    assert int(sent.headers["content-length"]) == len(sent.body)
    assert sent.headers["cache-control"] == "no-store"
    assert sent.headers["x-content-type-options"] == "nosniff"
    assert b"secret" not in sent.body
    assert not CONNIX.decode(sent.status, sent.headers, sent.body).deviations


async def test_a_crash_is_logged_once_with_its_trace_and_the_id_of_its_answer():
    """The operator finds the reason by the id the caller reports; the caller finds none."""
    sent = await call(raising(ValueError("secret\r\n2030 forged \x1b[31m")))

    [line] = sent.log
    assert (line["level"], line["code"], line["api"]) == ("error", "internal_error", "connix")
    assert line["request_id"] == sent.error()["request_id"]
    assert "ValueError: secret\\r\\n2030 forged \\x1b[31m" in line["exception"]
    assert "test_failwell_closed_world.py" in line["exception"]


async def test_a_planned_refusal_is_no_alarm():
    """A 4xx is one quiet line without a trace."""
    sent = await call(raising(NotFoundError()), headers={"X-Request-ID": "caller-1234"})

    [line] = sent.log
    assert line["level"] == "info"
    assert "exception" not in line
    assert line["parent_id"] == "caller-1234"
    assert "secret" not in json.dumps(line)


async def test_the_reason_of_an_upstream_failure_is_logged():
    """A declared 5xx with a cause tells the operator the cause."""
    error = UpstreamError(upstream="model")
    error.__cause__ = ConnectionRefusedError("port 9")

    sent = await call(raising(error))

    assert sent.status == 502
    assert "port 9" in sent.log[0]["exception"]
    assert b"port 9" not in sent.body


async def test_every_exception_of_a_group_is_logged():
    """Only one can be answered, and none may be lost."""
    sent = await call(raising(ExceptionGroup("g", [ValueError("first"), KeyError("second")])))

    assert "ValueError: first" in sent.log[0]["exception"]
    assert "KeyError: 'second'" in sent.log[0]["exception"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3), asyncio.CancelledError()])
async def test_what_ends_the_process_or_the_task_goes_on(error):
    """It is answered, because somebody waits, and not swallowed."""
    sent = await call(raising(error), raises=type(error))

    assert sent.status == 503
    assert sent.headers["connection"] == "close"


async def test_an_undeclared_code_is_a_crash_that_names_the_mistake():
    """In production a code nobody declared does not leave; the log says which it was."""
    sent = await call(raising(FaultError.of(Fault(code="made_up", status=418))))

    assert sent.error()["code"] == "internal_error"
    assert "made_up" in sent.log[0]["exception"]
    assert b"made_up" not in sent.body


@pytest.mark.parametrize(
    "error", [FaultError.of(Fault(code="made_up", status=418)), FailwellError("held wrong")]
)
async def test_in_tests_a_mistake_raises(error):
    """With `strict` a test fails where the code is wrong."""
    sent = await call(raising(error), raises=FailwellError, strict=True)

    assert sent.status == 0


async def test_frameworks_own_pages_are_put_into_the_contract():
    """Unknown paths and methods of a framework are answered like everything else."""
    app = starlette(lambda request: PlainTextResponse("ok"))

    missing = await call(app, path="/nowhere")
    wrong = await call(app, path="/thing", method="DELETE")

    assert missing.error()["details"] == {"resource_type": "endpoint", "resource_id": "/nowhere"}
    assert wrong.status == 405
    assert set(wrong.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
    assert wrong.error()["details"]["method"] == "DELETE"


@pytest.mark.parametrize("name", ["connix", "connxt", "agenthuman", "apinizer", "ixon"])
async def test_no_foreign_status_gets_through(name):
    """A status the contract does not know leaves as one it does, whatever wrote it."""
    contract = Contract.bundled(name)
    for status in (*range(400, 600), 600, 999):
        sent = await call(_page(status), contract=contract)

        found = contract.decode(sent.status, sent.headers, sent.body)
        assert found.entry is not None
        assert not [each for each in found.deviations if each.level == "error"]
        assert b"secret" not in sent.body
        assert (sent.status < 500) == (status < 500) or name in ("connxt", "apinizer")


def _page(status: int) -> Any:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        allow = ((b"allow", b"GET, POST"),) if status == 405 else ()
        await reply(send, b"<h1>secret</h1>", status=status, headers=allow)

    return app


async def test_every_503_and_429_says_when_to_come_back():
    """The end of a maintenance is the wait until then; where nobody knows, it is short."""
    later = datetime.now(UTC) + timedelta(seconds=90)

    planned = await call(raising(UnavailableError(reason="maintenance", resume_at=later)))
    unplanned = await call(raising(UnavailableError(reason="overload")))
    limited = await call(raising(RateLimitError()))

    assert 85 <= int(planned.headers["retry-after"]) <= 90
    assert int(unplanned.headers["retry-after"]) == 5
    assert int(limited.headers["retry-after"]) == 5


async def test_a_foreign_wait_is_kept():
    """When to come back is worth keeping, whoever said it."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await reply(send, b"slow down", status=429, headers=((b"retry-after", b"17"),))

    sent = await call(app)

    assert sent.headers["retry-after"] == "17"


async def test_an_answer_of_the_contract_passes_untouched():
    """What is in the contract already is not judged again."""
    golden = CONNIX.golden("resource_conflict")
    body = json.loads(golden.body)
    del body["error"]["request_id"]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body["error"]["request_id"] = scope["failwell"].request_id
        response = JSONResponse(body, golden.status, {"x-own": "1"})
        await response(scope, receive, send)

    sent = await call(app)

    assert json.loads(sent.body) == body
    assert sent.headers["x-own"] == "1"
    assert sent.headers["cache-control"] == "no-store"
    assert sent.log[0]["code"] == "resource_conflict"


async def test_a_foreign_request_id_in_an_answer_becomes_ours():
    """Header and body name the same exchange even in an answer the application wrote."""
    golden = CONNIX.golden("resource_conflict")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await JSONResponse(json.loads(golden.body), golden.status)(scope, receive, send)

    sent = await call(app)

    assert sent.status == 409
    assert sent.error()["code"] == "resource_conflict"
    assert sent.error()["request_id"] == sent.headers["x-request-id"]


async def test_a_fault_raised_inside_a_framework_is_that_fault():
    """One line around any application is enough for `raise NotFoundError(...)` in a handler."""

    async def handler(request: Request) -> None:
        raise ConflictError(resource_type="project", field="name", value="a")

    sent = await call(starlette(handler), path="/thing")

    assert sent.error()["code"] == "resource_conflict"
    assert len(sent.log) == 1
    assert "exception" not in sent.log[0]


async def test_a_crash_inside_a_framework_is_logged_once():
    """The framework's own 500 and the exception behind it are one crash."""

    async def handler(request: Request) -> None:
        raise ValueError("why")

    sent = await call(starlette(handler), path="/thing")

    assert sent.error()["code"] == "internal_error"
    assert len(sent.log) == 1
    assert "ValueError: why" in sent.log[0]["exception"]


async def test_a_middleware_with_a_task_group_changes_nothing():
    """Exceptions come through such middleware as groups, or not, and mean the same."""

    async def dispatch(request: Request, call_next: Any) -> Any:
        async with asyncio.TaskGroup() as group:
            return await group.create_task(call_next(request))

    async def handler(request: Request) -> None:
        raise NotFoundError(resource_type="project", resource_id="p")

    app = starlette(handler, Middleware(BaseHTTPMiddleware, dispatch=dispatch))

    assert (await call(app, path="/thing")).error()["code"] == "resource_not_found"


CORS = Middleware(
    CORSMiddleware, allow_origins=["https://a.example"], expose_headers=["X-Request-ID"]
)


@pytest.mark.parametrize("path", ["/thing", "/nowhere"])
async def test_cors_headers_of_inner_middleware_are_kept(path):
    """A browser may read errors of the framework as it may read its successes."""

    async def handler(request: Request) -> None:
        raise HTTPException(403)

    origin = {"Origin": "https://a.example"}

    sent = await call(starlette(handler, CORS), path=path, headers=origin)

    assert sent.headers["access-control-allow-origin"] == "https://a.example"
    assert sent.headers["access-control-expose-headers"] == "X-Request-ID"
    assert sent.headers["vary"] == "Origin"
    other = await call(starlette(handler, CORS), path=path, headers={"Origin": "https://b"})
    assert "access-control-allow-origin" not in other.headers


async def test_what_an_origin_was_told_before_is_told_with_a_crash():
    """A crash passes no middleware, and still shows in the browser as what it is."""

    async def handler(request: Request) -> Any:
        if request.method == "POST":
            raise ValueError("crash")
        return PlainTextResponse("ok")

    log = LogRecorder(open_log("json", io.StringIO()))
    wrapped = Failwell(starlette(handler, CORS), CONNIX, recorder=log)
    seen = []
    for method, origin in [("POST", b"https://a.example"), ("GET", b"https://a.example")] * 2:
        seen.append(await _cors(wrapped, method, origin))
    foreign = await _cors(wrapped, "POST", b"https://b.example")

    assert seen == [None, b"https://a.example", b"https://a.example", b"https://a.example"]
    assert foreign is None


async def _cors(app: Failwell, method: str, origin: bytes) -> bytes | None:
    sent = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(
        {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "path": "/thing",
            "raw_path": b"/thing",
            "query_string": b"",
            "root_path": "",
            "headers": [(b"origin", origin)],
        },
        receive,
        send,
    )
    return dict(sent[0]["headers"]).get(b"access-control-allow-origin")


async def test_head_gets_the_head_of_the_answer_only():
    """Same status and same header fields as GET, and no body."""
    get = await call(raising(NotFoundError()))
    head = await call(raising(NotFoundError()), method="HEAD")

    assert head.status == get.status
    assert list(head.headers) == list(get.headers)
    assert head.headers["content-length"] == get.headers["content-length"]
    assert head.body == b""


async def test_a_failure_after_the_start_breaks_the_response_off():
    """No clean end may follow; the server is told to cut, and the reason is logged once."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise NotFoundError

    sent = await call(app, raises=ResponseAbortedError)

    assert not sent.finished
    assert [(each["level"], each["status"]) for each in sent.log] == [("error", 200)]


async def test_a_failure_after_the_end_is_only_logged():
    """The caller has its answer; the background task's failure is the operator's."""

    def task() -> None:
        raise ValueError("too late")

    async def handler(request: Request) -> Any:
        return PlainTextResponse("done", background=BackgroundTask(task))

    sent = await call(starlette(handler), path="/thing")

    assert (sent.status, sent.body, sent.finished) == (200, b"done", True)
    assert [each["level"] for each in sent.log] == ["error"]
    assert "too late" in sent.log[0]["exception"]


async def test_an_error_response_with_a_background_task_is_sent_before_it():
    """Holding an error response back does not hold it until the work after it is done."""
    order = []

    async def task() -> None:
        order.append("task")

    async def handler(request: Request) -> Any:
        return JSONResponse({}, 404, background=BackgroundTask(task))

    inner = starlette(handler)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def noting(message: Message) -> None:
            await send(message)
            if message["type"] == "http.response.body":
                order.append("answer")

        await inner(scope, receive, noting)

    assert (await call(app, path="/thing")).status == 404
    assert order == ["answer", "task"]


@pytest.mark.parametrize("more", [True, False])
async def test_no_response_is_a_crash(more):
    """An application that forgets to answer, or stops before its end, is answered for."""

    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        return

    async def held(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 404, "headers": []})

    sent = await call(held if more else silent)

    assert sent.finished
    assert sent.status == (404 if more else 500)


@pytest.mark.parametrize("value", [b"a\r\nSet-Cookie: b", b"a\nb", b"a\0b", b"a\x01b", b"a\x7fb"])
async def test_a_header_value_with_a_line_break_is_a_crash(value):
    """A split response never leaves, and the connection is not lost over it."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await reply(send, b"ok", headers=((b"x-name", value),))

    sent = await call(app)

    assert sent.error()["code"] == "internal_error"


async def test_a_caller_that_left_is_no_crash():
    """A framework's way of saying that the caller has gone is recorded as just that."""

    async def handler(request: Request) -> Any:
        await request.body()

    gone = [
        {"type": "http.request", "body": b"a", "more_body": True},
        {"type": "http.disconnect"},
    ]

    sent = await call(
        starlette(handler),
        path="/thing",
        method="POST",
        headers={"Content-Length": "2"},
        events=gone,
    )

    assert sent.status == 0
    assert [(each["event"], each["level"]) for each in sent.log] == [("client_closed", "info")]
    named = await call(raising(ClientDisconnect()))
    assert named.log[0]["event"] == "client_closed"


async def test_a_server_that_cannot_send_means_that_the_caller_left():
    """An ``OSError`` of ``send`` is not one of the application."""
    log = io.StringIO()
    app = Failwell(hello, CONNIX, recorder=LogRecorder(open_log("json", log)))

    async def send(message: Message) -> None:
        raise BrokenPipeError

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "path": "/",
        "headers": [],
    }
    await app(scope, send, send)

    assert json.loads(log.getvalue())["event"] == "client_closed"


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_too_large_is_refused(announced):
    """By its announcement before reading, by its bytes while reading."""

    async def handler(request: Request) -> Any:
        await request.body()

    size = {"Content-Length": str(MAX_BODY + 1)} if announced else {"Transfer-Encoding": "chunked"}
    chunks = [{"type": "http.request", "body": b"a" * 60, "more_body": True}] * 2

    sent = await call(starlette(handler), path="/thing", method="POST", headers=size, events=chunks)

    assert sent.error()["details"][0]["field"] == "body"
    assert sent.headers["connection"] == "close"


async def test_a_framework_that_swallows_the_refusal_cannot_reword_it():
    """Frameworks turn any failure of reading into a 400 of their own; the reason is kept."""

    async def handler(request: Request) -> Any:
        try:
            await request.body()
        except Exception:
            return JSONResponse({"detail": "There was an error parsing the body"}, 400)

    size = {"Content-Length": str(MAX_BODY + 1)}

    sent = await call(starlette(handler), path="/thing", method="POST", headers=size)

    assert sent.error()["details"][0]["code"] == "too_long"


async def test_an_unknown_path_is_unknown_however_large_the_body():
    """Size is looked at when the body is, and not before the route."""
    size = {"Content-Length": str(MAX_BODY * 1000)}

    sent = await call(starlette(hello), path="/nowhere", method="POST", headers=size)

    assert sent.status == 404
    assert sent.headers["connection"] == "close"


async def test_a_slow_body_is_refused():
    """Waiting for a body has an end."""

    async def handler(request: Request) -> Any:
        await request.body()

    sent = await call(
        starlette(handler),
        path="/thing",
        method="POST",
        headers={"Content-Length": "9"},
        events=[{"type": "http.request", "body": b"a", "more_body": True}],
        body_timeout=0.05,
    )

    assert sent.error()["details"][0]["message"] == "Body was not received in time"


async def test_a_deadline_is_kept():
    """An answer that takes too long is an answer all the same."""

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    sent = await call(slow, deadline=0.05)

    assert sent.error()["code"] == "service_unavailable"
    assert "retry-after" in sent.headers


async def test_a_guard_refuses_before_the_application():
    """What a guard raises is the answer, and the application is not asked."""

    async def guard(exchange: Exchange, scope: Scope) -> None:
        exchange.headers.append((b"x-guard", b"1"))
        if scope["path"] == "/refused":
            raise RateLimitError(limit=1, window="1 minute", retry_after=3)

    refused = await call(hello, path="/refused", guards=[guard])
    passed = await call(hello, guards=[guard])

    assert (refused.status, refused.headers["retry-after"]) == (429, "3")
    assert (refused.headers["x-guard"], passed.headers["x-guard"]) == ("1", "1")


class _Broken(Contract):
    """A contract that fails at the worst time."""

    def encode(self, fault: Fault) -> Any:
        raise MemoryError


async def test_the_last_resort_goes_out_when_encoding_fails():
    """Even then the answer is the contract's, with the id in its head."""
    sent = await call(raising(NotFoundError()), contract=_Broken(CONNIX.declared, name="connix"))

    assert sent.status == 500
    assert re.fullmatch("req_[0-9a-f]{16}", sent.headers["x-request-id"])
    assert "MemoryError" in sent.log[0]["exception"]


async def test_params_that_json_cannot_say_do_not_break_an_answer():
    """Hostile values are made harmless, not raised about."""
    error = NotFoundError(resource_type="\ud800\0\r\n", resource_id=float("nan"))

    sent = await call(raising(error))

    assert sent.error()["code"] == "resource_not_found"


async def test_a_deliberate_crash_is_a_crash():
    """A handler may say that it is broken, and the operator is told."""
    sent = await call(raising(InternalServerError("never shown")))

    assert sent.status == 500
    assert sent.log[0]["level"] == "error"


async def test_a_stream_passes_piece_by_piece():
    """Nothing of a good response is held back."""

    async def pieces() -> Any:
        yield b"one"
        yield b"two"

    async def handler(request: Request) -> Any:
        return StreamingResponse(pieces())

    assert (await call(starlette(handler), path="/thing")).body == b"onetwo"


async def test_other_connections_pass_by():
    """Start-up events and WebSockets are not requests, and not ours."""
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    wrapped = Failwell(app, CONNIX, clock=SystemClock())
    for kind in ("lifespan", "websocket"):
        await wrapped({"type": kind}, hello, hello)

    assert seen == ["lifespan", "websocket"]
