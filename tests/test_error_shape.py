"""Every way to fail, in every bundled contract: one shape, a declared code, no cause shown."""

import asyncio
import logging
from datetime import UTC, datetime

import pytest
from starlette.exceptions import HTTPException

from failwell import Contract, FailwellError, FaultError, Location, Situation, Violation
from failwell.core.contract import BUNDLED
from failwell.core.situation import CANONICAL_PARAMS
from failwell.server import Failwell

CANARY = "canary-5d41402abc4b2a76"

JSON = b"application/json"
CHUNKED = ((b"transfer-encoding", b"chunked"),)

CONTRACTS = {name: Contract.bundled(name) for name in BUNDLED}


class Answer:
    """What came out of an application."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.decode().lower(): value.decode() for name, value in headers}
        self.body = body


async def ask(app, *, method="POST", body=(b"{}",), headers=()):
    """Send one request into an ASGI application, without a server in between."""
    last = len(body) - 1
    pieces = [
        {"type": "http.request", "body": piece, "more_body": index < last}
        for index, piece in enumerate(body)
    ]
    sent = []

    async def receive():
        return pieces.pop(0) if pieces else {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": "/api/v1/projects",
        "raw_path": b"/api/v1/projects",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"test"), (b"content-type", b"application/json"), *headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    await app(scope, receive, send)
    start = sent[0]
    return Answer(start["status"], start["headers"], b"".join(m.get("body", b"") for m in sent[1:]))


def raising(error):
    """An application that fails with an exception."""

    async def app(scope, receive, send):
        raise error

    return app


def answering(status, body=b"", media=b"text/plain"):
    """An application, or its framework, that answers an error by itself."""

    async def app(scope, receive, send):
        headers = [(b"content-type", media), (b"x-debug", CANARY.encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body or CANARY.encode()})

    return app


async def silent(scope, receive, send):
    """An application that forgets to answer."""


async def reading(scope, receive, send):
    """An application that wants the whole body."""
    while (await receive()).get("more_body"):
        pass
    raise RuntimeError(CANARY)


async def grouped(scope, receive, send):
    """An application that fails in two tasks at once."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(raising(ValueError(CANARY))(scope, receive, send))
        tasks.create_task(raising(KeyError(CANARY))(scope, receive, send))


class OddError(Exception):
    """An exception that cannot even be printed."""

    __str__ = None


def caused():
    """An exception with a telling cause."""
    error = RuntimeError(CANARY)
    error.__cause__ = OSError(f"/etc/{CANARY}")
    return error


SAMPLES = {
    "resource_type": "project",
    "resource_id": "proj_1",
    "field": "name",
    "value": "My Project",
    "required": ["projects:write"],
    "provided": ["projects:read"],
    "method": "PUT",
    "allowed": ["GET", "POST"],
    "path": "/api/v1/nothing",
    "limit": 100,
    "window": "1 minute",
    "reset": 1_700_000_060,
    "remaining": 0,
    "expired_at": datetime(2024, 1, 15, 16, 20, tzinfo=UTC),
    "kind": "access_token",
    "reason": "syntax",
    "token": "}",
    "position": 45,
    "line": 3,
    "column": 1,
    "encoding": "gzip",
    "expected": "application/json",
    "upstream": "model",
    "timeout_seconds": 10,
    "resume_at": datetime(2024, 1, 15, 17, 0, tzinfo=UTC),
}
"""A value for every canonical parameter."""


def happening(situation):
    """The error a guard or handler raises when a situation has come about."""
    params = {
        name: SAMPLES[name] for name in CANONICAL_PARAMS.get(situation, ()) if name in SAMPLES
    }
    violation = Violation(code="required", location=Location(path=("name",)))
    invalid = situation == Situation.INVALID
    return FaultError(
        situation=situation,
        retry_after=60 if "retry_after" in CANONICAL_PARAMS.get(situation, ()) else None,
        violations=[violation] if invalid else None,
        **params,
    )


FAILURES = {
    **{f"situation {each}": raising(happening(each)) for each in Situation},
    "any exception": raising(caused()),
    "an exception whose text cannot be made": raising(OddError()),
    "a group of exceptions": grouped,
    "an exception of the framework": raising(HTTPException(418, detail=CANARY)),
    "a timeout of the application's own": raising(TimeoutError(CANARY)),
    "a mistake in using failwell": raising(FailwellError(CANARY)),
    "a fault without a name": raising(FaultError()),
    "no answer": silent,
    **{f"status {each} by itself": answering(each) for each in (400, 401, 404, 405, 418, 500, 503)},
    "a status nobody has heard of": answering(999),
    "an error page of its own": answering(500, f"<pre>{CANARY}</pre>".encode(), b"text/html"),
    "a JSON error of its own": answering(422, b'["%s"]' % CANARY.encode(), JSON),
}


def assert_shape(answer, contract):
    """What is promised about every answer of 400 or more."""
    read = contract.decode(answer.status, answer.headers, answer.body)

    assert answer.status >= 400
    assert answer.headers["content-type"] == contract.media
    assert answer.headers["x-request-id"]
    assert answer.headers["cache-control"] == "no-store"
    assert read.entry is not None
    assert [each for each in read.deviations if each.level == "error"] == []


def assert_nothing_shows(answer):
    """Nothing of the cause is on the wire."""
    everything = answer.body + repr(answer.headers).encode()
    assert b"Traceback" not in everything
    assert b"RuntimeError" not in everything
    assert CANARY.encode() not in everything


@pytest.fixture(autouse=True)
def quiet_log(caplog):
    """Crashes are logged on purpose here; nobody needs to read them."""
    caplog.set_level(logging.CRITICAL + 1, logger="failwell.server")


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("name", BUNDLED)
async def test_every_failure_has_the_shape(name, failure):
    """Whatever goes wrong inside, the answer is one of the contract's and shows no cause."""
    contract = CONTRACTS[name]

    answer = await ask(Failwell(FAILURES[failure], contract))

    assert_shape(answer, contract)
    assert_nothing_shows(answer)


@pytest.mark.parametrize("name", BUNDLED)
async def test_every_code_has_the_shape(name):
    """Each declared code, raised with the params of its example, comes out as itself."""
    contract = CONTRACTS[name]

    for code in contract.codes:
        answer = await ask(Failwell(raising(FaultError.of(contract.golden_fault(code))), contract))

        assert_shape(answer, contract)
        assert contract.decode(answer.status, answer.headers, answer.body).fault.code == code


@pytest.mark.parametrize("name", BUNDLED)
@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ((b"x" * 2000,), CHUNKED),
        ((b"x" * 600, b"x" * 600), CHUNKED),
        ((b"",), ((b"content-length", b"2000"),)),
    ],
    ids=["in one piece", "in pieces", "announced"],
)
async def test_a_body_too_large_has_the_shape(name, body, headers):
    """A body beyond the limit is refused in the contract's words, however it arrives."""
    contract = CONTRACTS[name]

    answer = await ask(Failwell(reading, contract, max_body=1000), body=body, headers=headers)

    assert_shape(answer, contract)
    assert answer.status < 500
    assert_nothing_shows(answer)


@pytest.mark.parametrize("name", BUNDLED)
async def test_a_deadline_has_the_shape(name):
    """An application that takes too long is answered for."""
    contract = CONTRACTS[name]

    async def slow(scope, receive, send):
        await asyncio.Event().wait()

    answer = await ask(Failwell(slow, contract, deadline=0.01))

    assert_shape(answer, contract)


@pytest.mark.parametrize("name", BUNDLED)
async def test_head_has_the_head_only(name):
    """A refused HEAD carries the fields of the answer and no body."""
    answer = await ask(Failwell(raising(ValueError(CANARY)), CONTRACTS[name]), method="HEAD")

    assert answer.body == b""
    assert answer.headers["content-type"] == CONTRACTS[name].media
