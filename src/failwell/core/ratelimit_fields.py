"""Quota headers: what a server announces, in each dialect that is on the wire.

Four dialects say the same three things. The IETF draft 10 has one structured field
(``RateLimit: "day";r=5;t=60``), draft 07 had the same field with other words in it
(``limit=100, remaining=5, reset=60``), its drafts up to 06 had three fields, and most APIs
still send ``X-RateLimit-*``, whose reset is a moment or a delay: the caller says which.
"""

import math
import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from failwell.core.structured_fields import BareItem, Item, Token, format_items, parse_items

__all__ = [
    "PolicyNotice",
    "QuotaNotice",
    "ResetAs",
    "format_legacy_rate_limit",
    "format_rate_limit",
    "format_rate_limit_policy",
    "format_three_rate_limit",
    "parse_draft_7_rate_limit",
    "parse_legacy_rate_limit",
    "parse_rate_limit",
    "parse_rate_limit_policy",
    "parse_three_rate_limit",
]

ResetAs = Literal["delta", "epoch", "epoch_ms"]
"""How a reset is written: seconds to wait, Unix seconds, or Unix milliseconds."""

_WHOLE = re.compile(r"[0-9]{1,15}")
_DECIMAL = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,9})?")
_MEMBER = r"(limit|remaining|reset)=([0-9]{1,15})"
_MEMBERS = re.compile(rf"{_MEMBER}(?:[ \t]*,[ \t]*{_MEMBER}){{1,2}}")


class QuotaNotice(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a quota, as the server tells it. ``None`` is what it does not tell."""

    name: str | None = None
    """The quota policy it belongs to."""

    limit: int | None = None
    """How much the whole window allows."""

    remaining: int | None = None
    """How much of it is left."""

    reset: float | None = None
    """Seconds until more is available, counted from the response."""

    partition: bytes | None = None
    """Whose quota it is, opaque."""


class PolicyNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A quota policy, as the server tells it."""

    name: str | None = None
    """Its name; drafts up to 06 had none."""

    quota: int
    """How much one window allows."""

    window: int | None = None
    """Seconds of one window."""

    unit: str | None = None
    """What is counted, when it is not requests."""

    partition: bytes | None = None
    """Whose quota it is, opaque."""


def parse_rate_limit(value: str) -> tuple[QuotaNotice, ...]:
    """Parse ``RateLimit`` of draft 10; a malformed field says nothing.

    Args:
        value: The field value, several fields joined by commas.
    """
    return tuple(
        QuotaNotice(
            name=item.value,
            remaining=remaining,
            reset=_count(item.params.get("t")),
            partition=_octets(item.params.get("pk")),
        )
        for item in parse_items(value) or ()
        if isinstance(item.value, str)
        and not isinstance(item.value, Token)
        and (remaining := _count(item.params.get("r"))) is not None
        and ("t" not in item.params or _count(item.params["t"]) is not None)
    )


def parse_draft_7_rate_limit(value: str) -> QuotaNotice | None:
    """Parse ``RateLimit`` of draft 07, ``limit=100, remaining=5, reset=60``.

    Args:
        value: The field value.

    Returns:
        What could be read, ``None`` when it is not written like that.
    """
    if not _MEMBERS.fullmatch(value.strip(" ")):
        return None
    told = dict(re.findall(_MEMBER, value))
    return _notice(told.get("limit"), told.get("remaining"), _delay(told.get("reset")))


def format_rate_limit(notices: Iterable[QuotaNotice]) -> str:
    """Format ``RateLimit`` of draft 10; notices that do not say what remains are left out."""
    return format_items(
        Item(
            notice.name or "default",
            _given(r=_natural(notice.remaining), t=_seconds(notice.reset), pk=notice.partition),
        )
        for notice in notices
        if notice.remaining is not None
    )


def parse_rate_limit_policy(value: str) -> tuple[PolicyNotice, ...]:
    """Parse ``RateLimit-Policy`` of draft 10 (``"day";q=100``) and of drafts up to 06 (``100``).

    Args:
        value: The field value, several fields joined by commas.
    """
    found = (_policy(item) for item in parse_items(value) or ())
    return tuple(policy for policy in found if policy is not None)


def _policy(item: Item) -> PolicyNotice | None:
    named = isinstance(item.value, str) and not isinstance(item.value, Token)
    quota = _count(item.params.get("q") if named else item.value)
    window = _count(item.params.get("w"))
    # A window that is there and is no positive whole number makes the item malformed.
    if quota is None or ("w" in item.params and not window):
        return None
    unit = item.params.get("qu")
    return PolicyNotice(
        name=str(item.value) if named else None,
        quota=quota,
        window=window,
        unit=unit if isinstance(unit, str) else None,
        partition=_octets(item.params.get("pk")),
    )


def format_rate_limit_policy(policies: Iterable[PolicyNotice]) -> str:
    """Format ``RateLimit-Policy`` of draft 10."""
    return format_items(
        Item(
            policy.name or "default",
            _given(
                q=_natural(policy.quota),
                w=_natural(policy.window) or None,
                qu=policy.unit,
                pk=policy.partition,
            ),
        )
        for policy in policies
    )


def parse_three_rate_limit(
    limit: str | None, remaining: str | None, reset: str | None
) -> QuotaNotice | None:
    """Parse ``RateLimit-Limit``, ``-Remaining`` and ``-Reset`` of drafts up to 06.

    Args:
        limit: The quota in force, perhaps followed by policies: ``100, 100;w=60``.
        remaining: What is left of it.
        reset: Seconds until the window ends.

    Returns:
        What could be read, ``None`` when nothing could.
    """
    return _notice((limit or "").partition(",")[0].partition(";")[0], remaining, _delay(reset))


def format_three_rate_limit(notice: QuotaNotice) -> tuple[tuple[str, str], ...]:
    """Format the three fields of drafts up to 06; what the notice does not tell is left out."""
    return _fields("RateLimit", notice, _seconds(notice.reset))


def parse_legacy_rate_limit(
    limit: str | None, remaining: str | None, reset: str | None, *, reset_as: ResetAs, now: float
) -> QuotaNotice | None:
    """Parse ``X-RateLimit-Limit``, ``-Remaining`` and ``-Reset``.

    How the reset is meant is never guessed: a delay read as a moment, or the other way
    round, makes a client wait for decades or not at all.

    Args:
        limit: How much the window allows.
        remaining: What is left of it.
        reset: When more is available.
        reset_as: How the API writes the reset, as its contract declares.
        now: Unix seconds from which a moment is counted.

    Returns:
        What could be read, ``None`` when nothing could. A moment that has passed is 0.
    """
    seconds = _delay(reset)
    if seconds is not None and reset_as != "delta":
        moment = seconds / 1000 if reset_as == "epoch_ms" else seconds
        seconds = max(0.0, moment - now)
    return _notice(limit, remaining, seconds)


def format_legacy_rate_limit(
    notice: QuotaNotice, *, reset_as: ResetAs, now: float
) -> tuple[tuple[str, str], ...]:
    """Format the three ``X-RateLimit-*`` fields; what the notice does not tell is left out.

    Args:
        notice: What to announce.
        reset_as: How the API writes the reset.
        now: Unix seconds to which the reset is added when it is written as a moment.
    """
    reset = notice.reset
    if reset is not None and reset_as != "delta":
        reset = (now + reset) * (1000 if reset_as == "epoch_ms" else 1)
    return _fields("X-RateLimit", notice, _seconds(reset))


def _notice(limit: str | None, remaining: str | None, reset: float | None) -> QuotaNotice | None:
    notice = QuotaNotice(limit=_whole(limit), remaining=_whole(remaining), reset=reset)
    return None if notice == QuotaNotice() else notice


def _fields(prefix: str, notice: QuotaNotice, reset: int | None) -> tuple[tuple[str, str], ...]:
    told = (
        ("Limit", _natural(notice.limit)),
        ("Remaining", _natural(notice.remaining)),
        ("Reset", reset),
    )
    return tuple((f"{prefix}-{name}", str(value)) for name, value in told if value is not None)


def _whole(text: str | None) -> int | None:
    text = (text or "").strip(" \t")
    return int(text) if _WHOLE.fullmatch(text) else None


def _delay(text: str | None) -> float | None:
    text = (text or "").strip(" \t")
    return float(text) if _DECIMAL.fullmatch(text) else None


def _count(value: BareItem | None) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _octets(value: BareItem | None) -> bytes | None:
    return value if isinstance(value, bytes) else None


def _natural(value: int | None) -> int | None:
    return None if value is None else max(0, value)


def _seconds(value: float | None) -> int | None:
    # Rounded up, because whoever comes back a moment too early is refused again.
    return None if value is None or not math.isfinite(value) else max(0, math.ceil(value))


def _given(**params: BareItem | None) -> dict[str, BareItem]:
    return {name: value for name, value in params.items() if value is not None}
