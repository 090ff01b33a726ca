"""Tidying: what waits follows its endpoint, portion by portion; see `failwell.stores.tidying`."""

from failwell.core.clock import Clock
from failwell.stores.outbox import OutboxStore

__all__ = ["Tidying"]

_MOST_PORTIONS = 10


class Tidying:
    """Parks, unparks and cancels what a change of an endpoint left over.

    Args:
        outbox: Where deliveries are.
        clock: The clock that schedules follow.
    """

    def __init__(self, outbox: OutboxStore, *, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock

    async def run_due(self) -> int:
        """Go on for a few portions; says how many deliveries were changed."""
        changed = 0
        for _ in range(_MOST_PORTIONS):
            portion = await self._outbox.tidy(now=self._clock.now())
            if not portion:
                break
            changed += portion
        return changed
