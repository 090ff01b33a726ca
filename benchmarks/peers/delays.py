"""R1-R15: the server says when to come back."""

import time
from collections.abc import Callable, Mapping, Sequence
from email.utils import formatdate

from benchmarks.peers.scenario import Judge, Observed, Scenario, Verdict, always, once
from tests.client.byte_server import Reply, json_reply

__all__ = ["DELAYS"]

_SLACK = 0.3
"""Seconds a busy machine may add to a wait."""


def _refusal(status: int, *fields: tuple[str, str]) -> Reply:
    return json_reply(status, {"message": "come back later"}, fields)


def _http_date(seconds: float) -> str:
    return formatdate(seconds, usegmt=True)


def _dated(skew: float) -> Reply:
    """A wait of 3 seconds as a date, by a clock that is wrong; whole seconds, as dates are."""
    now = int(time.time()) + skew
    return _refusal(503, ("date", _http_date(now)), ("retry-after", _http_date(now + 3)))


def _reset_epoch() -> Reply:
    reset = str(int(time.time()) + 3)
    return _refusal(429, ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset))


def _waits(least: float, most: float) -> Judge:
    def judge(seen: Observed) -> Verdict:
        if seen.told is None and seen.gap is None:
            return Verdict(False, "hangs")
        if seen.gap is None:
            return Verdict(False, _ended(seen))
        return Verdict(least <= seen.gap <= most + _SLACK, f"{seen.gap:.1f}s")

    return judge


def _own_backoff(seen: Observed) -> Verdict:
    if seen.told is None:
        return Verdict(False, "hangs")
    if seen.gap is None or seen.told.error:
        return Verdict(False, _ended(seen))
    return Verdict(seen.gap < 1.0 + _SLACK, f"{seen.gap:.1f}s")


def _fails_fast(seen: Observed) -> Verdict:
    if seen.gap is not None:
        return Verdict(False, f"early {seen.gap:.1f}s")
    if seen.told is None:
        return Verdict(False, "sleeps")
    if seen.told.status != 429:
        return Verdict(False, f"{seen.told.error}")
    fast = seen.told.seconds < 0.2 + _SLACK
    return Verdict(fast, "" if fast else f"{seen.told.seconds:.1f}s")


def _ended(seen: Observed) -> str:
    return f"{seen.told.error or 'n=1'}" if seen.told and not seen.told.status else "n=1"


def _said(status: int, *fields: tuple[str, str]) -> Callable[[], Reply]:
    return lambda: _refusal(status, *fields)


def _obeyed(
    row: str, promise: str, first: Callable[[], Reply], judge: Judge, needs: str
) -> Scenario:
    return Scenario(id=row, promise=promise, answer=once(first), judge=judge, needs=needs)


def _ignored(row: str, promise: str, *values: str) -> Scenario:
    first = _said(503, *(("retry-after", value) for value in values))
    answer, needs = once(first), "503"
    return Scenario(
        id=row, promise=promise, answer=answer, judge=_own_backoff, needs=needs, limit=3.0
    )


def _too_long(row: str, promise: str, value: str) -> Scenario:
    return Scenario(
        id=row,
        promise=promise,
        answer=always(_said(429, ("retry-after", value))),
        judge=_fails_fast,
        needs="429",
        limit=2.0,
    )


_TWO: Judge = _waits(2.0, 3.0)
_DATE: Judge = _waits(2.0, 4.0)
_SPENT: Mapping[str, str] = {"x-ratelimit-remaining": "0"}
_BODY = {"message": "You are being rate limited.", "retry_after": 2.0, "global": False}

DELAYS: Sequence[Scenario] = (
    _obeyed("R1", "Retry-After: 2 obeyed", _said(503, ("retry-after", "2")), _TWO, "503"),
    _obeyed("R2", "Retry-After HTTP-date", lambda: _dated(0), _DATE, "503"),
    _obeyed("R3", "... server clock 1 h behind", lambda: _dated(-3600), _DATE, "503"),
    _obeyed("R4", "... server clock 1 h ahead", lambda: _dated(3600), _DATE, "503"),
    _obeyed(
        "R5",
        "retry-after-ms: 1500",
        _said(429, ("retry-after-ms", "1500")),
        _waits(1.5, 2.5),
        "429",
    ),
    _obeyed("R6", "Retry-After: 1.5", _said(503, ("retry-after", "1.5")), _waits(1.5, 2.5), "503"),
    _ignored("R7", "garbage Retry-After -> own backoff", "soon"),
    _ignored("R8", "negative Retry-After -> own backoff", "-30"),
    _ignored("R9", "two Retry-After fields -> own backoff", "30", "40"),
    _too_long("R10", "Retry-After: 3600 -> fail fast", "3600"),
    _too_long("R11", "Retry-After: 10^24 -> fail fast", "1" + "0" * 24),
    _obeyed("R12", "X-RateLimit-Reset epoch", _reset_epoch, _DATE, "429"),
    _obeyed(
        "R13",
        "X-RateLimit-Reset delta",
        _said(429, *_SPENT.items(), ("x-ratelimit-reset", "2")),
        _TWO,
        "429",
    ),
    _obeyed(
        "R14", "RateLimit: r=0;t=2", _said(429, ("ratelimit", '"default";r=0;t=2')), _TWO, "429"
    ),
    _obeyed("R15", "body retry_after: 2.0", lambda: json_reply(429, _BODY), _TWO, "429"),
)
"""The rows about waits the server asks for."""
