"""Delay: how long the server asks us to wait, and where that number came from.

Reading is total: header fields come from the other side, so what cannot be understood is
ignored and never an exception. The result is never less than the server asked for.
"""

import math
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from failwell.core.header_fields import LONGEST_WAIT, parse_http_date, parse_retry_after
from failwell.core.ratelimit_fields import (
    QuotaNotice,
    ResetAs,
    parse_draft_7_rate_limit,
    parse_rate_limit,
)
from failwell.core.reset_fields import parse_reset

__all__ = ["ServerWait", "server_wait"]

_MILLISECONDS = ("retry-after-ms", "x-ms-retry-after-ms", "x-amz-retry-after")
_NUMBER = re.compile(r"[0-9]{1,128}(?:\.[0-9]{1,128})?")
_ZERO = re.compile(r"0+(?:\.0+)?")
_NOTICED_SKEW = 2.0
_LONGEST_NAME = 40


class _Quota(NamedTuple):
    """Fields of one quota: its name as people write it, the reset, what remains."""

    name: str
    reset: str
    remaining: str
    delay: bool = False


_QUOTAS = (
    _Quota("X-RateLimit-Reset-After", "x-ratelimit-reset-after", "x-ratelimit-remaining", True),
    _Quota("X-RateLimit-Reset", "x-ratelimit-reset", "x-ratelimit-remaining"),
    _Quota("X-Rate-Limit-Reset", "x-rate-limit-reset", "x-rate-limit-remaining"),
    _Quota("RateLimit-Reset", "ratelimit-reset", "ratelimit-remaining"),
    _Quota(
        "X-RateLimit-Reset-Requests", "x-ratelimit-reset-requests", "x-ratelimit-remaining-requests"
    ),
    _Quota("X-RateLimit-Reset-Tokens", "x-ratelimit-reset-tokens", "x-ratelimit-remaining-tokens"),
)

_ASKING = frozenset({"retry-after", "ratelimit", *_MILLISECONDS, *(each.reset for each in _QUOTAS)})
"""Fields that may ask for a wait; most errors have none of them."""


class ServerWait(msgspec.Struct, frozen=True):
    """What a server asks for."""

    seconds: float
    """Seconds to wait, finite and not negative; at most `LONGEST_WAIT`."""

    source: str
    """Where it came from: the field, the unit, and the skew of the clocks where it mattered."""


def server_wait(
    status: int | None,
    headers: Mapping[str, str],
    *,
    now: float,
    body_wait: float | None = None,
    reset_as: ResetAs | None = None,
    rate_limited: bool = False,
) -> ServerWait | None:
    """Find out how long a server asks us to wait.

    Fields in milliseconds come first, because whoever sends them means them more exactly, then
    ``Retry-After``, then ``RateLimit``, then resets of quotas. A wait in the body counts when
    there is no field, or when it is longer.

    Args:
        status: The status line.
        headers: Field values by lower-case name; repeated fields joined by ``", "``.
        now: Unix seconds when the answer came.
        body_wait: Seconds that the body asks for.
        reset_as: How the API writes the reset of a quota, if its contract declares it.
        rate_limited: Whether the contract calls this code a rate limit.

    Returns:
        The wait with its source, ``None`` when the server asks for none that can be read.

    Examples:
        >>> server_wait(503, {"retry-after": "2"}, now=0.0)
        ServerWait(seconds=2.0, source='Retry-After (seconds)')
    """
    if _ASKING.isdisjoint(headers):
        return _longer(None, body_wait)
    limited = rate_limited or status == 429
    retry_after = _retry_after(headers, now)
    found = (
        _milliseconds(headers)
        or retry_after
        or _rate_limit(headers, limited)
        or _resets(headers, now, reset_as, limited)
    )
    # A decoder joins body and Retry-After to one number; then this is no word of the body.
    if retry_after is not None and body_wait == retry_after.seconds:
        return found
    return _longer(found, body_wait)


class _ServerClock(NamedTuple):
    """The time by the server, as far as it tells it."""

    now: float
    note: str

    @classmethod
    def of(cls, headers: Mapping[str, str], now: float) -> "_ServerClock":
        sent = parse_http_date(headers.get("date"), now=now)
        if sent is None:
            return cls(now, "")
        skew = sent - now
        return cls(sent, f", skew {skew:+.0f} s" if abs(skew) >= _NOTICED_SKEW else "")


def _milliseconds(headers: Mapping[str, str]) -> ServerWait | None:
    waits = (
        ServerWait(min(float(text) / 1000, float(LONGEST_WAIT)), name)
        for name in _MILLISECONDS
        if name in headers and _NUMBER.fullmatch(text := headers[name].strip(" \t"))
    )
    return max(waits, key=_seconds, default=None)


def _retry_after(headers: Mapping[str, str], now: float) -> ServerWait | None:
    text = headers.get("retry-after", "").strip(" \t")
    if not text:
        return None
    if _NUMBER.fullmatch(text):
        return _wait_of(parse_retry_after(text, now=now), "Retry-After (seconds)")
    clock = _ServerClock.of(headers, now)
    return _wait_of(parse_retry_after(text, now=clock.now), f"Retry-After (date{clock.note})")


def _wait_of(seconds: float | None, source: str) -> ServerWait | None:
    return None if seconds is None else ServerWait(seconds, source)


def _rate_limit(headers: Mapping[str, str], limited: bool) -> ServerWait | None:
    notices = _notices(headers.get("ratelimit"))
    spent = [notice for notice in notices if notice.remaining == 0]
    # A limit that counts more than requests refuses before nothing is left. With one policy
    # there is no doubt which; with several nobody knows, so we do not choose.
    if not spent and limited and len(notices) == 1:
        spent = list(notices)
    waits = (_of_notice(notice) for notice in spent if notice.reset is not None)
    return max(waits, key=_seconds, default=None)


def _notices(text: str | None) -> tuple[QuotaNotice, ...]:
    if not text:
        return ()
    older = parse_draft_7_rate_limit(text)
    return parse_rate_limit(text) if older is None else (older,)


def _of_notice(notice: QuotaNotice) -> ServerWait:
    policy = f" ({notice.name[:_LONGEST_NAME]})" if notice.name else ""
    return ServerWait(float(notice.reset or 0), f"RateLimit{policy}")


def _resets(
    headers: Mapping[str, str], now: float, reset_as: ResetAs | None, limited: bool
) -> ServerWait | None:
    told = [quota for quota in _QUOTAS if quota.reset in headers]
    spent = [quota for quota in told if _is_spent(headers.get(quota.remaining))]
    consulted = spent or (told if limited else [])
    if not consulted:
        return None
    clock = _ServerClock.of(headers, now)
    return max(_reset_waits(consulted, headers, clock, reset_as), key=_seconds, default=None)


def _reset_waits(
    quotas: list[_Quota], headers: Mapping[str, str], clock: _ServerClock, reset_as: ResetAs | None
) -> Iterator[ServerWait]:
    known: set[str] = set()
    for quota in quotas:
        unit: ResetAs | None = "delta" if quota.delay else reset_as
        found = parse_reset(headers[quota.reset], reset_as=unit, now=clock.now)
        # A delay needs no clocks that agree; the moment beside it says nothing more.
        if found is None or quota.remaining in known:
            continue
        known.add(quota.remaining)
        seconds, written = found
        skew = clock.note if written == "date" or written.startswith("Unix") else ""
        yield ServerWait(seconds, f"{quota.name} ({written}{skew})")


def _is_spent(remaining: str | None) -> bool:
    return remaining is not None and _ZERO.fullmatch(remaining.strip(" \t")) is not None


def _longer(found: ServerWait | None, body_wait: float | None) -> ServerWait | None:
    if body_wait is None or not 0 <= body_wait <= math.inf:
        return found
    seconds = min(float(body_wait), float(LONGEST_WAIT))
    if found is not None and seconds <= found.seconds:
        return found
    return ServerWait(seconds, "body retry_after")


def _seconds(wait: ServerWait) -> float:
    return wait.seconds
