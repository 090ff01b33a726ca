"""Floods: what was beyond the rate limit of an endpoint is told in one summary a minute."""

import itertools
from collections.abc import Callable, Mapping, Sequence

from failwell.core.clock import Clock
from failwell.stores.endpoints import EndpointStore
from failwell.stores.faults import FloodStore
from failwell.stores.outbox import NewDelivery
from failwell.webhooks.payload import Payload, new_delivery, summary_event

__all__ = ["FloodSummaries"]

_WINDOW = 60
_SETTLED = 5

Flooded = tuple[str, int, str, int]
"""Endpoint, window, code, how many."""


class FloodSummaries:
    """Turns the counts of windows that are over into deliveries; looked after by a dispatcher.

    Counts that come later (from a spool that was loaded) make a summary of their own: nothing
    that happened stays untold.

    Args:
        floods: Where the counts are.
        endpoints: Whose they are.
        payloads: How bodies of each shape are written.
        clock: The wall clock, by which windows are named.
        wake: Tells a dispatcher that there is something to send.
    """

    def __init__(
        self,
        floods: FloodStore,
        endpoints: EndpointStore,
        *,
        payloads: Mapping[str, Payload],
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._floods = floods
        self._endpoints = endpoints
        self._payloads = payloads
        self._clock = clock
        self._wake = wake

    async def run_due(self) -> int:
        """Summarise every window that is over; says how many summaries that made."""
        over = int(self._clock.now()) - _WINDOW - _SETTLED
        rows = sorted(await self._floods.closed(before=over))
        if not rows:
            return 0
        windows = itertools.groupby(rows, key=lambda row: (row[0], row[1]))
        made = [await self._summary(*window, list(group)) for window, group in windows]
        summaries = [each for each in made if each is not None]
        await self._floods.told(summaries, rows)
        self._wake()
        return len(summaries)

    async def _summary(
        self, endpoint_id: str, window: int, rows: Sequence[Flooded]
    ) -> NewDelivery | None:
        endpoint = await self._endpoints.get(endpoint_id)
        if endpoint is None:
            return None
        counts = {code: count for _, _, code, count in rows}
        event = summary_event(endpoint, since=window, until=window + _WINDOW, counts=counts)
        return new_delivery(event, endpoint, payloads=self._payloads)
