"""What users need in tests of their own: a clock that stands still, faults made quickly."""

from typing import Any

from failwell.core.fault import Fault
from failwell.core.situation import DEFAULT_STATUS, Situation

__all__ = ["FakeClock", "make_fault"]


class FakeClock:
    """A clock that moves only when told to; fits wherever a `Clock` is taken.

    Args:
        now: Unix seconds it starts at.

    Examples:
        >>> clock = FakeClock(1_700_000_000.0)
        >>> clock.advance(2.5)
        >>> clock.now(), clock.monotonic()
        (1700000002.5, 2.5)
    """

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self._start = now
        self._passed = 0.0

    def now(self) -> float:
        """Return the wall clock as Unix seconds."""
        return self._start + self._passed

    def monotonic(self) -> float:
        """Return the seconds it was advanced by."""
        return self._passed

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        if seconds < 0:
            raise ValueError(f"time does not run backwards: {seconds}")
        self._passed += seconds


def make_fault(situation: Situation | str, **fields: Any) -> Fault:
    """Make a fault of a situation, with the status RFC 9110 gives it unless you say another.

    Args:
        situation: What happened.
        fields: Any other field of `Fault`.

    Examples:
        >>> make_fault("rate_limited", retry_after=30.0).status
        429
    """
    happened = Situation(situation)
    return Fault(situation=happened, **{"status": DEFAULT_STATUS[happened], **fields})
