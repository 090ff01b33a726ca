"""Clocks, so that nothing else reads the time by itself."""

import time
from datetime import UTC, datetime
from typing import Protocol

__all__ = ["Clock", "SystemClock", "moment", "timestamp"]


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> float:
        """Return the wall clock as Unix seconds."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never step back, for measuring."""
        ...


class SystemClock:
    """The clock of the machine."""

    # The builtins themselves: asking twice a request, a method of ours would cost as much.
    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)


def moment(seconds: float) -> datetime:
    """Turn Unix seconds into an aware UTC datetime."""
    return datetime.fromtimestamp(seconds, UTC)


def timestamp(seconds: float | None) -> str | None:
    """Write Unix seconds in UTC to the second (RFC 3339); ``None`` stays ``None``.

    Examples:
        >>> timestamp(1705335600.75)
        '2024-01-15T16:20:00Z'
    """
    return None if seconds is None else moment(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")
