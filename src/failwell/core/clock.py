"""Clocks, so that nothing else reads the time by itself."""

import time
from datetime import UTC, datetime
from typing import Protocol

__all__ = ["Clock", "SystemClock", "moment"]


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
