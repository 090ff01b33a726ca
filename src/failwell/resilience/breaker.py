"""Circuit breaker: stop calling a server that fails most of the time, and try it again softly.

Closed, every call goes through and the last seconds are counted. When enough calls were made
and too large a share of them failed, it opens and calls fail at once. After a while it is half
open: a few trial calls go through, and their results close it or open it again for longer.
"""

from collections.abc import Callable
from threading import Lock
from typing import Literal

import msgspec

from failwell.core.call_history import Phase
from failwell.resilience.origins import MOST_ORIGINS, PerOrigin

__all__ = [
    "CircuitBreaker",
    "CircuitBreakers",
    "CircuitPolicy",
    "CircuitState",
    "Permit",
    "Verdict",
    "verdict",
]

CircuitState = Literal["closed", "open", "half_open"]
"""What a breaker does now."""

Verdict = Literal["ok", "failed", "ignored"]
"""What a call tells about the health of a server; ``ignored`` when it tells nothing."""

_SLICES = 10


class CircuitPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """When a circuit opens and closes. All times in seconds."""

    failure_rate: float = 0.5
    """Share of the counted calls that must fail."""

    minimum_calls: int = 20
    """With fewer counted calls it never opens: two failures of three mean nothing."""

    window: float = 10.0
    """How far back calls are counted."""

    open_for: float = 5.0
    """How long it stays open the first time; doubles while the trials fail."""

    longest: float = 300.0
    """Longest it stays open, also when a server asks for more."""

    trials: int = 3
    """Calls let through half open, exactly; all must succeed to close it."""

    trial_timeout: float = 60.0
    """After that a trial whose result never came is given to another call."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if not 0 < self.failure_rate <= 1:
            raise ValueError(f"failure_rate is a share above 0 and up to 1: {self.failure_rate}")
        if self.trials < 1 or self.minimum_calls < 1:
            raise ValueError("trials and minimum_calls are at least 1")


class Permit(msgspec.Struct, frozen=True):
    """Leave to make one call; given back with its result."""

    period: int
    """Which stretch between two changes of state it belongs to."""


class CircuitBreaker:
    """The breaker of one origin; safe for threads and tasks.

    Args:
        policy: When it opens and closes.
        monotonic: Seconds that never step back.

    Examples:
        >>> breaker = CircuitBreaker(CircuitPolicy(minimum_calls=1), monotonic=lambda: 0.0)
        >>> breaker.record(breaker.admit(), "failed")
        >>> breaker.admit()
        5.0
    """

    def __init__(self, policy: CircuitPolicy, *, monotonic: Callable[[], float]) -> None:
        self._policy = policy
        self._monotonic = monotonic
        self._lock = Lock()
        self._period = 0
        self._state: CircuitState = "closed"
        self._counts = _Counts(policy.window)
        self._open_until = 0.0
        self._openings = 0
        self._trials_began = 0.0
        self._admitted = 0
        self._succeeded = 0

    @property
    def state(self) -> CircuitState:
        """What it does now."""
        with self._lock:
            self._move_on(self._monotonic())
            return self._state

    def admit(self) -> Permit | float:
        """Ask for leave to call.

        Returns:
            A permit, to be given to `record` with the result in any case; or the seconds after
            which it is worth asking again.
        """
        with self._lock:
            now = self._monotonic()
            self._move_on(now)
            if self._state == "open":
                return self._open_until - now
            if self._state == "half_open":
                if self._admitted >= self._policy.trials:
                    return min(self._policy.open_for, self._policy.trial_timeout)
                self._admitted += 1
            return Permit(self._period)

    def record(
        self, permit: Permit | float, verdict: Verdict, *, retry_after: float | None = None
    ) -> None:
        """Tell what came of a call.

        Args:
            permit: What `admit` gave; of a call that was not let through nothing is counted.
            verdict: What it tells about the server.
            retry_after: Seconds the server asked to stay away; an open circuit lasts as long.
        """
        with self._lock:
            now = self._monotonic()
            self._move_on(now)
            # A call from before the last change of state tells about another time.
            if isinstance(permit, Permit) and permit.period == self._period:
                if self._state == "half_open":
                    self._record_trial(verdict, now)
                elif self._state == "closed":
                    self._count(verdict, now)
            if self._state == "open" and retry_after is not None:
                asked = now + min(retry_after, self._policy.longest)
                self._open_until = max(self._open_until, asked)

    def _count(self, verdict: Verdict, now: float) -> None:
        if verdict == "ignored":
            return
        calls, failures = self._counts.add(verdict == "failed", now)
        enough = calls >= self._policy.minimum_calls
        if verdict == "failed" and enough and failures >= calls * self._policy.failure_rate:
            self._open(now)

    def _record_trial(self, verdict: Verdict, now: float) -> None:
        if verdict == "ignored":
            self._admitted -= 1
        elif verdict == "failed":
            self._open(now)
        else:
            self._succeeded += 1
            if self._succeeded >= self._policy.trials:
                self._change("closed")
                self._openings = 0
                self._counts = _Counts(self._policy.window)

    def _open(self, now: float) -> None:
        self._change("open")
        doubled = self._policy.open_for * 2.0 ** min(self._openings, 30)
        self._open_until = now + min(doubled, self._policy.longest)
        self._openings += 1

    def _move_on(self, now: float) -> None:
        half_open = self._state == "half_open"
        lost = half_open and now - self._trials_began >= self._policy.trial_timeout
        if lost or (self._state == "open" and now >= self._open_until):
            self._change("half_open")
            self._trials_began = now
            self._admitted = self._succeeded = 0

    def _change(self, state: CircuitState) -> None:
        self._state = state
        self._period += 1


class _Counts:
    """Calls and failures of the last seconds, in slices so that the memory stays bounded."""

    __slots__ = ("_calls", "_failures", "_slice", "_slices")

    def __init__(self, window: float) -> None:
        self._slice = window / _SLICES
        self._slices: dict[int, list[int]] = {}
        self._calls = self._failures = 0

    def add(self, failed: bool, now: float) -> tuple[int, int]:
        """Count a call; give all calls and failures of the window."""
        current = int(now / self._slice)
        if current not in self._slices:
            self._forget(current - _SLICES)
            self._slices[current] = [0, 0]
        counted = self._slices[current]
        counted[0] += 1
        counted[1] += failed
        self._calls += 1
        self._failures += failed
        return self._calls, self._failures

    def _forget(self, last: int) -> None:
        for old in [each for each in self._slices if each <= last]:
            calls, failures = self._slices.pop(old)
            self._calls -= calls
            self._failures -= failures


class CircuitBreakers:
    """The breakers of one client, one for each origin.

    Args:
        policy: The policy of each.
        monotonic: Seconds that never step back.
        most: How many origins are remembered.
    """

    def __init__(
        self, policy: CircuitPolicy, *, monotonic: Callable[[], float], most: int = MOST_ORIGINS
    ) -> None:
        self._breakers = PerOrigin(lambda: CircuitBreaker(policy, monotonic=monotonic), most=most)

    def of(self, origin: str) -> CircuitBreaker:
        """Return the breaker of an origin (scheme, host and port)."""
        return self._breakers.of(origin)


def verdict(status: int | None, phase: Phase | None = None) -> Verdict:
    """Say what a call tells about the health of a server.

    A server that refuses a request is well, so 4xx are no failures; a rate limit and a timeout
    of the request say nothing. Neither does a pool without a free connection: that is our own
    load. Cancelled calls and mistakes of the caller are to be recorded as ``ignored``.

    Args:
        status: The status line; ``None`` when no answer came.
        phase: How far the attempt had come when it broke.
    """
    if phase in ("pool", "refresh"):
        return "ignored"
    if status is None:
        return "failed"
    if status >= 500:
        # 501 is the plain word of a healthy server: it does not know the method.
        return "ok" if status == 501 else "failed"
    if status in (408, 429):
        return "ignored"
    return "failed" if phase in ("read_headers", "read_body") else "ok"
