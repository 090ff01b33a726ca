"""Moments in the API of operators: RFC 3339 in UTC, to the millisecond."""

from datetime import UTC, datetime

from failwell.core.clock import moment

__all__ = ["precise", "seconds_of"]

_EARLIEST, _LATEST = 0.0, 4_102_444_800.0


def seconds_of(text: str) -> float:
    """Turn a moment into Unix seconds between 1970 and 2100; others become the nearer end.

    Args:
        text: Checked to be written as RFC 3339 wants it.

    Examples:
        >>> seconds_of("2024-01-15T17:20:00+01:00"), seconds_of("9999-12-31T23:59:60Z")
        (1705335600.0, 4102444800.0)
    """
    written = text.upper()
    # RFC 3339 knows leap seconds, the calendar of Python does not.
    if written[17:19] == "60":
        written = f"{written[:17]}59{written[19:]}"
    found = datetime.fromisoformat(written)
    if not 1970 <= found.year < 2100:
        return _EARLIEST if found.year < 1970 else _LATEST
    return max(found.astimezone(UTC).timestamp(), _EARLIEST)


def precise(seconds: float | None) -> str | None:
    """Write Unix seconds in UTC to the millisecond; ``None`` stays ``None``.

    Examples:
        >>> precise(1705335600.75)
        '2024-01-15T16:20:00.750Z'
    """
    if seconds is None:
        return None
    return moment(seconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")
