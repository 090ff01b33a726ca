"""Sampling: of a flood of the same error so many rows a second are kept, and no more."""

from failwell.stores.faults import Kind

__all__ = ["Sampling"]


class Sampling:
    """Lets a number of records of each kind pass in each second of the clock.

    Args:
        per_second: How many.
    """

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._second = 0
        self._taken: dict[Kind, int] = {}

    def takes(self, kind: Kind, at: float) -> bool:
        """Count one, and tell whether it is among those that are kept.

        Args:
            kind: What it is counted by; they are as few as routes and codes are.
            at: When it happened, Unix seconds.
        """
        second = int(at)
        if second != self._second:
            self._second, self._taken = second, {}
        taken = self._taken.get(kind, 0)
        if taken >= self._per_second:
            return False
        self._taken[kind] = taken + 1
        return True
