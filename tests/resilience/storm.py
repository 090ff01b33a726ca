"""Many callers and one server, over time that is simulated: what retries cost."""

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from failwell.resilience.backoff import backoff
from failwell.resilience.budget import Budgets
from failwell.resilience.decision import Failure, Retry, decide
from failwell.resilience.policy import RetryPolicy
from failwell.testing import FakeClock

__all__ = ["Storm", "Trace"]

BUSY = Failure(status=503, idempotent=True)


@dataclass
class Trace:
    """What happened."""

    requests: int = 0
    """All sendings."""

    calls: int = 0
    """Calls begun: their first sendings."""

    retried_at: list[float] = field(default_factory=list)
    """Seconds at which a repetition was sent."""

    refused_at: list[float] = field(default_factory=list)
    """Seconds at which the budget refused one."""

    lasted: float = 0.0
    """Seconds from the first sending to the end of the last call."""

    @property
    def cost(self) -> float:
        """Requests per call."""
        return self.requests / self.calls


@dataclass(kw_only=True)
class Storm:
    """Callers that call one server, one call after another, as fast as it lets them."""

    fails: Callable[[float], bool]
    """Whether the server fails a request, by the time."""

    latency: float
    """Seconds each request takes."""

    calls: int = 240
    callers: int = 24
    pause: float = 0.0
    """Seconds each caller rests between two calls."""

    policy: RetryPolicy = field(default_factory=RetryPolicy)
    seed: int = 0

    def run(self) -> Trace:
        """Play it to the end."""
        clock, dice, trace = FakeClock(), random.Random(self.seed), Trace()
        budget = Budgets(self.policy.budget, monotonic=clock.monotonic).of("https://api.example")
        left = iter(range(self.calls))
        callers = [self._caller(left, clock, dice, budget, trace) for _ in range(self.callers)]
        due = [(0.0, number) for number in range(self.callers)]
        while due:
            at, number = heapq.heappop(due)
            clock.advance(at - clock.monotonic())
            pause = next(callers[number], None)
            if pause is not None:
                heapq.heappush(due, (clock.monotonic() + pause, number))
        trace.lasted = clock.monotonic()
        return trace

    def _caller(self, left, clock, dice, budget, trace) -> Iterator[float]:
        """One caller: yields the seconds until something happens to it again."""
        for _ in left:
            trace.calls += 1
            yield from self._call(clock, dice, budget, trace)
            yield self.pause

    def _call(self, clock, dice, budget, trace) -> Iterator[float]:
        for attempt in range(1, self.policy.attempts + 1):
            trace.requests += 1
            failed = self.fails(clock.monotonic())
            yield self.latency
            if not failed:
                budget.deposit()
                return
            wait = backoff(attempt, policy=self.policy, throttled=False, random=dice.random)
            decision = decide(
                BUSY,
                policy=self.policy,
                attempt=attempt,
                remaining=90.0,
                backoff=wait,
                allowed=budget.withdraw,
            )
            if not isinstance(decision, Retry):
                if decision.suppressed == "budget":
                    trace.refused_at.append(clock.monotonic())
                return
            yield decision.after
            trace.retried_at.append(clock.monotonic())
