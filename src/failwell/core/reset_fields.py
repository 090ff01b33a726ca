"""Resets of quotas: when more is available, in every notation that is on the wire.

No standard says how ``X-RateLimit-Reset`` is written, and servers write a delay, a moment in
seconds, in milliseconds, in nanoseconds, a date, or a duration such as ``6m0s``. A contract
that declares the unit is believed; without one the size of the number tells it.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from failwell.core.header_fields import LONGEST_WAIT, parse_http_date
from failwell.core.ratelimit_fields import ResetAs
from failwell.core.template import Slot
from failwell.core.wire import HeaderTemplate

__all__ = ["declared_reset", "parse_duration", "parse_iso_moment", "parse_reset"]

_FIELDS = frozenset({"x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset"})
_CODECS: dict[str, ResetAs] = {"delay": "delta", "epoch": "epoch", "epoch_ms": "epoch_ms"}
_LONGEST_VALUE = 64
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_DURATION = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h)")
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?"
    r"(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
_SECONDS = {
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0
}  # fmt: skip
_DECLARED: dict[ResetAs, tuple[str, float]] = {
    "epoch": ("Unix seconds", 1.0),
    "epoch_ms": ("Unix milliseconds", 1e3),
}
_MOMENTS = (
    (1e11, "Unix seconds", 1.0),
    (1e12, None, 0.0),
    (1e14, "Unix milliseconds", 1e3),
    (1e17, "Unix microseconds", 1e6),
    (float("inf"), "Unix nanoseconds", 1e9),
)
"""Upper bound -> what a number below it is. From 10**11 to 10**12 neither seconds (the year
5138) nor milliseconds (before 2002) make sense, so nothing is read from it."""

_SMALLEST_MOMENT = 1e9
"""Numbers below are delays: as a moment they would be before September 2001."""


def declared_reset(headers: Iterable[HeaderTemplate]) -> ResetAs | None:
    """Find out how a contract says that resets are written: by the codec of the field's slot.

    Args:
        headers: The header fields of a contract.
    """
    for template in headers:
        if template.name.lower() in _FIELDS and isinstance(template.value, Slot):
            return _CODECS.get(template.value.codec.name)
    return None


def parse_reset(
    text: str | None, *, reset_as: ResetAs | None, now: float
) -> tuple[float, str] | None:
    """Parse a reset as seconds to wait, and say how it was understood.

    Args:
        text: The field value.
        reset_as: How the API writes numbers, as its contract declares; ``None`` when nobody
            has declared it, so that the size of the number decides.
        now: Unix seconds from which a moment is counted, best the response's own ``Date``.

    Returns:
        Seconds, at most `LONGEST_WAIT` and 0 for a moment that has passed, with the notation
        in words; ``None`` for what cannot be read.

    Examples:
        >>> parse_reset("30", reset_as=None, now=1_700_000_000)
        (30.0, 'seconds')
        >>> parse_reset("1700000030", reset_as=None, now=1_700_000_000)
        (30.0, 'Unix seconds')
        >>> parse_reset("6m0s", reset_as=None, now=1_700_000_000)
        (360.0, 'duration')
    """
    text = (text or "").strip(" \t")
    if not text or len(text) > _LONGEST_VALUE:
        return None
    if _NUMBER.fullmatch(text):
        return _number(float(text), reset_as, now)
    duration = parse_duration(text)
    if duration is not None:
        return duration, "duration"
    moment = parse_iso_moment(text)
    if moment is None:
        moment = parse_http_date(text, now=now)
    return None if moment is None else (_until(moment, now), "date")


def _number(value: float, reset_as: ResetAs | None, now: float) -> tuple[float, str] | None:
    if reset_as == "delta" or (reset_as is None and value < _SMALLEST_MOMENT):
        return min(value, float(LONGEST_WAIT)), "seconds"
    unit, divisor = _unit(value) if reset_as is None else _DECLARED[reset_as]
    return None if unit is None else (_until(value / divisor, now), unit)


def _unit(value: float) -> tuple[str | None, float]:
    for bound, unit, divisor in _MOMENTS:
        if value < bound:
            return unit, divisor
    return None, 1.0


def _until(moment: float, now: float) -> float:
    return min(max(0.0, moment - now), float(LONGEST_WAIT))


def parse_duration(text: str) -> float | None:
    """Parse a duration as Go and protobuf write it: ``6m0s``, ``250ms``, ``1h2.5s``, ``53s``.

    Returns:
        Seconds, at most `LONGEST_WAIT`; ``None`` for anything else, negative ones included.
    """
    if len(text) > _LONGEST_VALUE:
        return None
    seconds, at = 0.0, 0
    while (found := _DURATION.match(text, at)) is not None:
        number = found[0].rstrip("nuµμmsh")
        seconds += float(number) * _SECONDS[found[0][len(number) :]]
        at = found.end()
    return min(seconds, float(LONGEST_WAIT)) if at and at == len(text) else None


def parse_iso_moment(text: str) -> float | None:
    """Parse a moment of ISO 8601 as Unix seconds; without an offset it is meant as UTC."""
    if not _ISO.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.timestamp()
    except (ValueError, OverflowError):
        return None
