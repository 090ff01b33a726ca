"""Deadline: when a whole call has to be over, its waits included."""

import math

import msgspec

__all__ = ["Deadline"]


class Deadline(msgspec.Struct, frozen=True):
    """A moment of the monotonic clock, which setting the wall clock does not move.

    Examples:
        >>> deadline = Deadline.after(10.0, now=100.0)
        >>> deadline.remaining(104.0), deadline.timeout(30.0, now=104.0)
        (6.0, 6.0)
    """

    at: float = math.inf
    """Monotonic seconds; infinite for a call that may take any time."""

    @classmethod
    def after(cls, seconds: float | None, *, now: float) -> "Deadline":
        """Make the deadline of a call that begins now; ``None`` for no limit."""
        return cls(math.inf if seconds is None else now + seconds)

    def remaining(self, now: float) -> float:
        """Return the seconds that are left, never less than 0."""
        return max(0.0, self.at - now)

    def allows(self, seconds: float, *, now: float) -> bool:
        """Tell whether that many seconds fit before the deadline."""
        return seconds <= self.at - now

    def timeout(self, seconds: float | None, *, now: float) -> float:
        """Return what one attempt may take: its own timeout, or what is left if that is less."""
        left = self.remaining(now)
        return left if seconds is None else min(seconds, left)

    def earlier(self, other: "Deadline") -> "Deadline":
        """Return whichever ends first."""
        return self if self.at <= other.at else other
