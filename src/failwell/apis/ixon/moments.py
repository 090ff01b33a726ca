"""Moments as callers write them (RFC 3339), within the years that points can have."""

from datetime import datetime

__all__ = ["seconds_of"]

_EARLIEST, _LATEST = 0.0, 4_102_444_800.0


def seconds_of(moment: str) -> float:
    """Turn a moment into Unix seconds between 1970 and 2100; others become the nearer end.

    Args:
        moment: Checked to be written as RFC 3339 wants it.

    Examples:
        >>> seconds_of("2024-01-15T17:20:00+01:00"), seconds_of("9999-12-31T23:59:60Z")
        (1705335600.0, 4102444800.0)
    """
    text = moment.upper()
    # RFC 3339 knows leap seconds, the calendar of Python does not.
    if text[17:19] == "60":
        text = f"{text[:17]}59{text[19:]}"
    seconds = datetime.fromisoformat(text).timestamp()
    return min(max(seconds, _EARLIEST), _LATEST)
