"""A clock for schedules: wall time that never steps back.

Attempts are scheduled days ahead, so their moments have to be wall time: only that survives a
restart. But wall clocks are corrected. Were a schedule read from one that steps back an hour,
everything that is due would wait an hour; leases would not run out.
"""

from failwell.core.clock import Clock

__all__ = ["SteadyClock"]


class SteadyClock:
    """Wall time as of the start, carried on by the monotonic clock; follows steps forward.

    Where the wall clock runs ahead of it (a correction, a machine that slept) it catches up at
    once: what is due by the wall is due. Where the wall clock steps back it goes on.

    Args:
        clock: The clock it is made of.

    Examples:
        >>> from failwell.testing import FakeClock
        >>> wall = FakeClock(1_700_000_000.0)
        >>> steady = SteadyClock(wall)
        >>> wall.advance(60.0)
        >>> steady.now()
        1700000060.0
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset = clock.now() - clock.monotonic()

    def now(self) -> float:
        """Return Unix seconds that never step back."""
        passed = self._clock.monotonic()
        self._offset = max(self._offset, self._clock.now() - passed)
        return passed + self._offset

    def monotonic(self) -> float:
        """Return the seconds of the clock beneath."""
        return self._clock.monotonic()
