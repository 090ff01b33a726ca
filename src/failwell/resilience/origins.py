"""Origins: one state for each server a client talks to, in a bounded number."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

__all__ = ["MOST_ORIGINS", "PerOrigin"]

MOST_ORIGINS = 1024
"""How many origins one client remembers; the one not used for longest is forgotten first."""

T = TypeVar("T")


class PerOrigin(Generic[T]):
    """State by origin (scheme, host and port), made when first asked for.

    Args:
        make: Makes the state of an origin.
        most: How many are kept.
    """

    def __init__(self, make: Callable[[], T], *, most: int = MOST_ORIGINS) -> None:
        self._make = make
        self._most = most
        self._kept: OrderedDict[str, T] = OrderedDict()
        self._lock = Lock()

    def of(self, origin: str) -> T:
        """Return the state of an origin; every thread gets the same."""
        with self._lock:
            state = self._kept.get(origin)
            if state is None:
                state = self._kept[origin] = self._make()
                if len(self._kept) > self._most:
                    self._kept.popitem(last=False)
            else:
                self._kept.move_to_end(origin)
            return state

    def __len__(self) -> int:
        """Return how many origins are known."""
        return len(self._kept)
