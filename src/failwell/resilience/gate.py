"""Rate gate: after a server has asked one caller to wait, all callers to it wait.

Without it each concurrent call would have to be refused itself to learn the same thing. And
since all of them may go on at the same moment, the gate lets them through one after another:
every waiter gets a slot of its own in the time after the opening.
"""

from collections.abc import Callable
from threading import Lock

from failwell.resilience.origins import MOST_ORIGINS, PerOrigin

__all__ = ["RateGate", "RateGates"]

_LEAST_SPREAD = 0.5
_SPREAD_SHARE = 0.09
_MOST_JITTER = 0.01


class RateGate:
    """The gate of one origin; safe for threads and tasks.

    Args:
        monotonic: Seconds that never step back.
        longest: Seconds it stays closed at most, so that one odd answer blocks nobody for long.
    """

    __slots__ = ("_lock", "_longest", "_monotonic", "_opens_at", "_spread", "_waiters")

    def __init__(self, *, monotonic: Callable[[], float], longest: float = 60.0) -> None:
        self._monotonic = monotonic
        self._longest = longest
        self._opens_at = float("-inf")
        self._spread = 0.0
        self._waiters = 0
        self._lock = Lock()

    def close_for(self, seconds: float) -> None:
        """Close for as long as a server asked, if it is not closed for longer already."""
        if not seconds > 0:
            return
        seconds = min(seconds, self._longest)
        with self._lock:
            now = self._monotonic()
            if now + seconds <= self._opens_at:
                return
            if now >= self._opens_at:
                self._waiters = 0
            self._opens_at = now + seconds
            self._spread = max(_LEAST_SPREAD, _SPREAD_SHARE * seconds)

    def wait(self, random: Callable[[], float]) -> float:
        """Take a place among those who wait.

        Args:
            random: Gives a number from 0 up to 1; moves each slot a little, so that several
                processes do not keep the same beat.

        Returns:
            Seconds until this caller may send: 0 when the gate is open. Later callers get slots
            between those of earlier ones, so however many wait, few come within any moment.
        """
        if self._opens_at <= self._monotonic():
            return 0.0
        with self._lock:
            left = self._opens_at - self._monotonic()
            if left <= 0:
                return 0.0
            slot = _halving(self._waiters)
            self._waiters += 1
            return left + slot * self._spread + random() * _MOST_JITTER


def _halving(number: int) -> float:
    """Return 0, 1/2, 1/4, 3/4, 1/8, ...: each number lies in the widest gap (van der Corput)."""
    place, step = 0.0, 0.5
    while number:
        place += step * (number & 1)
        number >>= 1
        step /= 2
    return place


class RateGates:
    """The gates of one client, one for each origin.

    Args:
        monotonic: Seconds that never step back.
        longest: Seconds each stays closed at most.
        most: How many origins are remembered.
    """

    def __init__(
        self, *, monotonic: Callable[[], float], longest: float = 60.0, most: int = MOST_ORIGINS
    ) -> None:
        self._gates = PerOrigin(lambda: RateGate(monotonic=monotonic, longest=longest), most=most)

    def of(self, origin: str) -> RateGate:
        """Return the gate of an origin (scheme, host and port)."""
        return self._gates.of(origin)
