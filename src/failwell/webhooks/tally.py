"""The tally of a dispatcher: what it has done since it was started, for `/metrics`."""

from collections import Counter

from failwell.stores.outbox import Delivery, Outcome

__all__ = ["DELAY_BOUNDS", "Tally"]

DELAY_BOUNDS = (0.1, 0.5, 1.0, 5.0, 30.0, 300.0, 3_600.0, 86_400.0)
"""Upper bounds, in seconds, by which delays are counted; the rest is beyond."""


class Tally:
    """Counters that only grow; one loop writes them, anybody reads them."""

    def __init__(self) -> None:
        self.finished: Counter[str] = Counter()
        """Deliveries that left ``pending``, by the state they went to."""

        self.attempts: Counter[str] = Counter()
        """Attempts, by their error class; ``none`` for those that delivered."""

        self.delays: Counter[float] = Counter()
        """Delivered ones, by the lowest of `DELAY_BOUNDS` they stayed within, or infinity."""

        self.delay_seconds = 0.0
        """Seconds from event to delivery, added up."""

    def note(self, outcome: Outcome, delivery: Delivery) -> None:
        """Count what became of an attempt."""
        self.attempts[outcome.attempt.error or "none"] += 1
        if outcome.state == "pending":
            return
        self.finished[outcome.state] += 1
        if outcome.state == "delivered":
            arrived_at = outcome.attempt.at + outcome.attempt.seconds
            delay = max(arrived_at - delivery.created_at, 0.0)
            self.delay_seconds += delay
            within = (bound for bound in DELAY_BOUNDS if delay <= bound)
            self.delays[next(within, float("inf"))] += 1
