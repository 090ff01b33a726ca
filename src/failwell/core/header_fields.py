"""Header fields that speak of time and methods: ``Retry-After``, HTTP dates, ``Allow``.

Parsing is total: a field comes from the other side, so what cannot be read is ``None`` and
never an exception. Quota fields are in `ratelimit_fields`, challenges in `challenge`.
"""

import math
import re
from calendar import timegm
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import formatdate

__all__ = [
    "LONGEST_WAIT",
    "format_allow",
    "format_retry_after",
    "http_date",
    "parse_allow",
    "parse_http_date",
    "parse_retry_after",
]

LONGEST_WAIT = 10_000_000_000
"""Seconds that stand for any longer wait, so that sums with it stay in range."""

_LONGEST_VALUE = 128
_LAST_MOMENT = 253_402_300_799
_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY = "(?:mon|tue|wed|thu|fri|sat|sun)"
_DAY_NAME = "(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_MONTH = f"(?P<month>{'|'.join(_MONTHS)})"
_TIME = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        rf"{_DAY}, (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_TIME} GMT",
        rf"{_DAY_NAME}, (?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) {_TIME} GMT",
        rf"{_DAY} {_MONTH} (?P<day>[0-9]{{2}}| [0-9]) {_TIME} (?P<year>[0-9]{{4}})",
    )
)
_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def parse_retry_after(value: str | None, *, now: float) -> float | None:
    """Parse ``Retry-After``: seconds, also with decimals, or a date (RFC 9110, 10.2.3).

    Args:
        value: The field value.
        now: Unix seconds from which a date is counted, best the response's own ``Date``.

    Returns:
        Seconds to wait: 0 for a date that has passed, at most `LONGEST_WAIT`, ``None`` for
        anything that is neither a plain number nor a date.

    Examples:
        >>> parse_retry_after("120", now=0)
        120.0
        >>> parse_retry_after("Thu, 01 Jan 1970 00:00:30 GMT", now=10)
        20.0
        >>> parse_retry_after("soon", now=0) is None
        True
    """
    text = (value or "").strip(" \t")
    if len(text) > _LONGEST_VALUE:
        return None
    if _SECONDS.fullmatch(text):
        return min(float(text), float(LONGEST_WAIT))
    moment = parse_http_date(text, now=now)
    return None if moment is None else min(max(0.0, moment - now), float(LONGEST_WAIT))


def format_retry_after(seconds: float) -> str:
    """Format ``Retry-After`` as whole seconds, rounded up so that nobody comes too early."""
    if math.isnan(seconds) or seconds <= 0:
        return "0"
    return str(math.ceil(min(seconds, LONGEST_WAIT)))


def parse_http_date(value: str | None, *, now: float) -> float | None:
    """Parse a date in any of the three forms of RFC 9110, 5.6.7, as Unix seconds.

    The name of the day is not compared with the date.

    Args:
        value: IMF-fixdate, RFC 850 or asctime text.
        now: Unix seconds; an RFC 850 year has two digits and is at most 50 years after it.
    """
    text = (value or "").strip(" \t")
    if len(text) > _LONGEST_VALUE:
        return None
    for pattern in _DATES:
        found = pattern.fullmatch(text)
        if found is not None:
            return _moment(found, now)
    return None


def _moment(found: re.Match[str], now: float) -> float | None:
    year = int(found["year"])
    if len(found["year"]) == 2:
        year = _full_year(year, now)
    month = _MONTHS.index(found["month"].lower()) + 1
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"])
    try:
        day = datetime(year, month, int(found["day"]), hour, minute, tzinfo=UTC)
    except ValueError:
        return None
    # 60 is a leap second, and Unix time gives it to the next minute.
    return None if second > 60 else float(timegm(day.timetuple()) + second)


def _full_year(two_digits: int, now: float) -> int:
    this_year = datetime.fromtimestamp(_in_range(now), UTC).year
    year = this_year - this_year % 100 + two_digits
    return year - 100 if year > this_year + 50 else year


def _in_range(seconds: float) -> float:
    return 0 if math.isnan(seconds) else max(0, min(seconds, _LAST_MOMENT))


def http_date(seconds: float) -> str:
    """Format Unix seconds as IMF-fixdate; a fraction is dropped.

    Moments before 1970 or after the year 9999 become the nearest one a date can say.
    """
    return formatdate(int(_in_range(seconds)), usegmt=True)


def parse_allow(value: str | None) -> tuple[str, ...]:
    """Parse ``Allow``: the methods in order, each once; what is no method is left out."""
    words = (word.strip(" \t") for word in (value or "").split(","))
    return tuple(dict.fromkeys(word for word in words if _METHOD.fullmatch(word)))


def format_allow(methods: Iterable[str]) -> str:
    """Format ``Allow`` with the methods in the order given, each once."""
    return ", ".join(dict.fromkeys(word for word in methods if _METHOD.fullmatch(word)))
