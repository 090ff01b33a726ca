"""One table of what servers do to callers, and the trace a call leaves: the same in every world."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from failwell.core.exceptions import FaultError
from failwell.core.header_fields import http_date
from failwell.resilience.policy import RetryPolicy
from tests.client.byte_server import (
    HANG,
    LOST,
    RESET,
    Reply,
    closed_port,
    gzip_reply,
    html_reply,
    huge_reply,
    json_reply,
    raw_reply,
    reply,
)
from tests.client.calls import OK, Called, call, failed
from tests.client.driving import Drive
from tests.client.shop import SHOP, shop_reply

__all__ = ["SCENARIOS", "Scenario", "Trace", "play", "trace"]

NOW = 1_800_000_000
"""Unix seconds at which faked time begins."""

_WATCHED = ("x-retry-count", "idempotency-key", "content-length", "transfer-encoding", "accept")


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One call and what the server does to it."""

    name: str
    replies: tuple[Reply, ...]
    method: str = "GET"
    per_call: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of the call."""
    body: tuple[bytes, ...] = ()
    """A body that can be read once, in pieces."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the client."""
    base_url: Callable[[], str] | None = None


@dataclass(frozen=True)
class Trace:
    """What can be seen of a call, without what differs from run to run."""

    requests: tuple[Any, ...]
    """Method, target, body and the header fields that matter of each request."""
    slept: tuple[float, ...]
    """Waits, rounded to milliseconds."""
    ended: tuple[Any, ...]
    """Status and body, or type, text, code, facts and attempts of the exception."""
    notes: tuple[str, ...] = field(default=())


def play(drive: Drive, scenario: Scenario) -> Called:
    """Make the call of a scenario."""
    per_call = dict(scenario.per_call)
    if scenario.body:
        per_call["content"] = drive.one_shot(*scenario.body)
    return call(
        drive,
        *scenario.replies,
        method=scenario.method,
        random=0.5,
        per_call=per_call,
        base_url=scenario.base_url and scenario.base_url(),
        **scenario.options,
    )


def trace(called: Called) -> Trace:
    """Write down what can be seen of a call."""
    keys: list[str] = []
    return Trace(
        tuple(_request(seen, keys) for seen in called.requests),
        tuple(round(slept, 3) for slept in called.slept),
        _ending(called.outcome),
        tuple(_stable(note) for note in getattr(called.outcome, "__notes__", ())),
    )


def _request(seen: Any, keys: list[str]) -> tuple[Any, ...]:
    # A key is different in each run; what matters is which requests share one.
    watched = {name: seen.headers.get(name) for name in _WATCHED}
    if (key := watched["idempotency-key"]) is not None:
        keys += [] if key in keys else [key]
        watched["idempotency-key"] = f"key {keys.index(key)}"
    return seen.method, seen.target, seen.body, tuple(watched.items()), seen.turn


def _ending(ended: Any) -> tuple[Any, ...]:
    if not isinstance(ended, BaseException):
        return ended.status_code, ended.content
    if not isinstance(ended, FaultError):
        return type(ended).__name__, str(ended)
    return (
        type(ended).__name__,
        _stable(str(ended)),
        (ended.status, ended.code, ended.request_id, ended.retry_after, ended.outcome),
        (ended.phase, ended.retryable, ended.retry_suppressed, ended.situation),
        type(ended.__cause__).__name__,
        tuple(_attempt(each) for each in ended.attempts),
    )


def _attempt(attempt: Any) -> tuple[Any, ...]:
    told = attempt.status, attempt.code, attempt.error, attempt.phase, attempt.request_id
    wait = None if attempt.wait is None else round(attempt.wait, 3)
    return *told, wait, attempt.source, _stable(attempt.because or "")


def _stable(text: str) -> str:
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1", text)
    return re.sub(r"\d+\.\d+( s\b|s\b)", "…\\1", text)


def _scenario(name: str, *replies: Reply, method: str = "GET", **told: Any) -> Scenario:
    return Scenario(name=name, replies=replies, method=method, **told)


_PAY = {"json": {"pay": 1}}
_QUICK = {"timeout": 0.15}
_ONCE = {"retry": RetryPolicy(attempts=1)}

SCENARIOS: tuple[Scenario, ...] = (
    _scenario("success", OK),
    _scenario("success without a body", reply(204, b"", length="")),
    _scenario("two failures, then success", failed(), failed(), OK),
    _scenario("always down", failed()),
    _scenario("a wait in seconds", failed(503, {"Retry-After": "2"}), OK),
    _scenario("a wait as date", failed(503, {"Retry-After": http_date(NOW + 2)}), OK),
    _scenario(
        "a skewed clock",
        failed(503, {"Date": http_date(NOW + 3600), "Retry-After": http_date(NOW + 3602)}),
        OK,
    ),
    _scenario("a wait in milliseconds", failed(429, {"retry-after-ms": "1500"}), OK),
    _scenario("a wait that is garbage", failed(503, {"Retry-After": "soon"}), OK),
    _scenario("a wait that is too long", failed(503, {"Retry-After": "3600"})),
    _scenario("a reset", failed(429, {"X-RateLimit-Reset": str(NOW + 2)}), OK),
    _scenario("a policy", failed(429, {"RateLimit": '"p";r=0;t=2'}), OK),
    _scenario(
        "a wait in the body", shop_reply("busy", retry_in="5s"), OK, options={"contract": SHOP}
    ),
    _scenario("a wait on an error that stays", failed(404, {"Retry-After": "1"})),
    _scenario("not found by contract", shop_reply("no_such_book"), options={"contract": SHOP}),
    _scenario("a quota that is used up", shop_reply("quota_exhausted"), options={"contract": SHOP}),
    _scenario(
        "a code nobody declared",
        json_reply(418, {"error": {"code": "teapot", "message": "Short and stout"}}),
        options={"contract": SHOP},
    ),
    _scenario("a shape nobody declared", json_reply(500, ["oops"]), options={"contract": SHOP}),
    _scenario("not implemented", failed(501)),
    _scenario("misdirected", failed(421), OK),
    _scenario("misdirected for ever", failed(421)),
    _scenario("a write that failed", failed(), method="POST", per_call=_PAY),
    _scenario("a write that was lost", LOST, method="POST", per_call=_PAY),
    _scenario("a write that was reset", RESET, method="POST", per_call=_PAY),
    _scenario("a write that hangs", HANG, method="POST", per_call=_PAY, options=_QUICK),
    _scenario(
        "a write with a key",
        failed(),
        LOST,
        OK,
        method="POST",
        per_call={**_PAY, "idempotency_key": True},
    ),
    _scenario(
        "a write that a contract refused",
        shop_reply("rate_limited"),
        OK,
        method="POST",
        per_call=_PAY,
        options={"contract": SHOP},
    ),
    _scenario("a body that was read", failed(), OK, method="PUT", body=(b"pay", b"ment")),
    _scenario("a body that arrived", OK, method="PUT", body=(b"pay", b"ment")),
    _scenario("a read that was lost", LOST, OK),
    _scenario("a read that was reset", RESET, OK),
    _scenario("a read that hangs", HANG, OK, options=_QUICK),
    _scenario("reads that all hang", HANG, options=_QUICK),
    _scenario("nobody there", base_url=lambda: f"http://127.0.0.1:{closed_port()}"),
    _scenario("an address that is none", base_url=lambda: "http://"),
    _scenario("a protocol that is none", base_url=lambda: "gopher://127.0.0.1"),
    _scenario("a redirect", reply(302, b"", {"Location": "/moved"})),
    _scenario(
        "a redirect that is followed",
        reply(307, b"", {"Location": "/moved"}),
        OK,
        method="POST",
        per_call=_PAY,
        options={"redirects": 2},
    ),
    _scenario(
        "a circle of redirects", reply(302, b"", {"Location": "/x"}), options={"redirects": 9}
    ),
    _scenario("a gateway's page", html_reply(502), options=_ONCE),
    _scenario("an empty error", reply(500), options=_ONCE),
    _scenario("a cut error", json_reply(500, {"error": "x" * 99}).cut(last=40), options=_ONCE),
    _scenario("a cut success", json_reply(200, {"ok": "x" * 99}).cut(last=40)),
    _scenario("a cut success of a write", OK.cut(last=4), method="POST", per_call=_PAY),
    _scenario("a broken gzip", gzip_reply(500, {"error": "x" * 99}, broken=True), options=_ONCE),
    _scenario("a broken gzip of a success", gzip_reply(200, {"ok": "x" * 99}, broken=True)),
    _scenario("an error in gzip", gzip_reply(500, {"error": "sorry"}), options=_ONCE),
    _scenario("a huge error", huge_reply(500), options=_ONCE),
    _scenario("bad UTF-8", reply(500, b'{"error": "\xff\xfe"}'), options=_ONCE),
    _scenario("no HTTP at all", raw_reply(b"SSH-2.0-OpenSSH_9.6\r\n")),
    _scenario("half a head", raw_reply(b"HTTP/1.1 200 OK\r\nx: y\r\n")),
    _scenario("a dripped error", failed().slow(piece=1, pause=0.01), options={"deadline": 0.4}),
    _scenario("a dripped success", OK.slow(piece=1, pause=0.01), options={"deadline": 0.4}),
)
"""What servers do."""
