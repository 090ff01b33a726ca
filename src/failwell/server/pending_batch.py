"""The batch that is being gathered: records, counts, and who waits for them."""

import asyncio
import secrets
from collections.abc import Awaitable

from failwell.stores.faults import FaultRecord, Kind, RecordBatch
from failwell.stores.outbox import NewDelivery

__all__ = ["PendingBatch"]


class PendingBatch:
    """What will be written together; every caller that waits for it is woken once it is."""

    def __init__(self) -> None:
        self.records: list[FaultRecord] = []
        """Records, in the order of their answers."""

        self.deliveries: list[NewDelivery] = []
        """What webhooks have to tell of them."""

        self.flooded: dict[tuple[str, int, str], int] = {}
        """Endpoint, window and code -> events beyond the rate limit."""

        self._counts: dict[tuple[int, Kind], int] = {}
        self._waiting: list[asyncio.Future[None]] = []

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self._counts

    def count(self, kind: Kind, at: float) -> None:
        """Count an error response.

        Args:
            kind: What it is counted by.
            at: When it was answered, Unix seconds.
        """
        key = int(at // 60) * 60, kind
        self._counts[key] = self._counts.get(key, 0) + 1

    def wait(self) -> Awaitable[None]:
        """Give what to await for the batch to be written."""
        # One for each caller: a task that is cancelled cancels the future it waits for.
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        return future

    def batch(self) -> RecordBatch:
        """Give what is to be written, under a name of its own."""
        return RecordBatch(
            id=secrets.token_hex(16),
            records=tuple(self.records),
            counts=tuple((minute, kind, n) for (minute, kind), n in self._counts.items()),
            deliveries=tuple(self.deliveries),
            flooded=tuple((*key, n) for key, n in self.flooded.items()),
        )

    def settle(self) -> None:
        """Wake everybody who waits."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
