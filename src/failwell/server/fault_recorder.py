"""Recording faults: every error response becomes a record before or soon after it is sent.

A 5xx, and whatever a webhook has to tell of, waits until its batch is on the disk; other
answers leave at once and are written together a moment later. While the database cannot be
written, batches go to a file and the answers leave all the same.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol

from failwell.core.clock import Clock, SystemClock
from failwell.core.redaction import RedactionPolicy
from failwell.server.exchange import Exchange, Header, Scope
from failwell.server.fault_record import kind_of, record_of
from failwell.server.pending_batch import PendingBatch
from failwell.server.safe_append import SafeAppend
from failwell.server.sampling import Sampling
from failwell.server.spool import Spool
from failwell.stores.faults import FaultRecord, FaultStore
from failwell.stores.outbox import NewDelivery

__all__ = ["FaultRecorder", "Matched", "Subscribers"]

_log = logging.getLogger(__name__)


class Matched(Protocol):
    """What webhooks have to tell of one record."""

    @property
    def deliveries(self) -> Sequence[NewDelivery]:
        """What enters the outbox."""
        ...

    @property
    def flooded(self) -> Sequence[tuple[str, int, str, int]]:
        """Endpoint, window, code, how many: what is beyond the rate limit of an endpoint."""
        ...


class Subscribers(Protocol):
    """Who wants to be told of faults."""

    def interested(self, api: str, tenant: str | None, /) -> bool:
        """Tell whether anybody may want to hear; asked for every fault, so it must be cheap."""
        ...

    def match(self, record: FaultRecord, /) -> Matched:
        """Find what has to be told, and to whom."""
        ...


class _Nobody:
    """Subscribers of a server without webhooks."""

    def interested(self, _api: str, _tenant: str | None, /) -> bool:
        return False

    def match(self, _record: FaultRecord, /) -> Matched:
        raise AssertionError("nobody is interested")


class FaultRecorder:
    """Writes the records of error responses, in groups. A listener and a companion.

    Args:
        store: Where records are kept.
        spool: Where batches wait while the store cannot take them; without one in memory.
        subscribers: Who wants to be told.
        clock: Where the time comes from.
        policy: Which values may be shown, by their names.
        committed: Called when new deliveries are on the disk.
        most_queued: Most records that wait at once; of more only the counts are kept.
        every: Seconds between two writes when nobody waits for them.
        rows_per_second: Most records of one kind in a second; counts stay exact.
    """

    def __init__(
        self,
        store: FaultStore,
        *,
        spool: Spool | None = None,
        subscribers: Subscribers | None = None,
        clock: Clock | None = None,
        policy: RedactionPolicy | None = None,
        committed: Callable[[], None] | None = None,
        most_queued: int = 10_000,
        every: float = 0.1,
        rows_per_second: int = 200,
    ) -> None:
        self._append = SafeAppend(store, spool=spool, committed=committed, most_held=most_queued)
        self._subscribers: Subscribers = subscribers or _Nobody()
        self._clock = clock or SystemClock()
        self._policy = policy or RedactionPolicy()
        self._most_queued = most_queued
        self._every = every
        self._sampling = Sampling(rows_per_second)
        self._pending = PendingBatch()
        self._wake = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    @property
    def lost(self) -> int:
        """How many records neither the store nor the spool nor memory could take."""
        return self._append.lost

    def note(
        self, exchange: Exchange, headers: Sequence[Header], body: bytes, scope: Scope
    ) -> Awaitable[None] | None:
        """Take note of an error response; see `FaultListener`."""
        try:
            return self._note(exchange, headers, body, scope)
        except Exception:
            # The caller gets its answer whatever happens to our record of it.
            _log.exception("the answer of %s could not be recorded", exchange.request_id)
            return None

    async def start(self) -> None:
        """Load what waits in the spool, now and whenever something does."""
        await self._append.start()

    async def close(self) -> None:
        """Write what is queued, then stop."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await asyncio.wait((self._task,))
        await self.flush()
        await self._append.close()

    async def flush(self) -> None:
        """Write what is queued now; returns when it is on the disk, or put aside."""
        pending, self._pending = self._pending, PendingBatch()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        try:
            if not pending.is_empty:
                await self._append(pending.batch())
        finally:
            pending.settle()

    def _note(
        self, exchange: Exchange, headers: Sequence[Header], body: bytes, scope: Scope
    ) -> Awaitable[None] | None:
        kind, at = kind_of(exchange), self._clock.now()
        tenant = None if exchange.principal is None else exchange.principal.tenant
        self._pending.count(kind, at)
        wanted = self._subscribers.interested(kind.api, tenant)
        kept = self._sampling.takes(kind, at)
        told: Sequence[NewDelivery] = ()
        if wanted or kept:
            record = record_of(
                exchange, headers, body, scope, kind=kind, at=at, policy=self._policy
            )
            told = self._match(record) if wanted else ()
            if told or (kept and len(self._pending.records) < self._most_queued):
                self._pending.records.append(record)
                self._pending.deliveries += told
        if told or (kept and kind.status >= 500):
            return self._written()
        self._write_soon()
        return None

    def _match(self, record: FaultRecord) -> Sequence[NewDelivery]:
        try:
            matched = self._subscribers.match(record)
        except Exception:
            _log.exception("the subscribers of %s could not be found", record.request_id)
            return ()
        self._flood(matched.flooded)
        return matched.deliveries

    def _flood(self, flooded: Iterable[tuple[str, int, str, int]]) -> None:
        for endpoint, window, code, count in flooded:
            key = endpoint, window, code
            self._pending.flooded[key] = self._pending.flooded.get(key, 0) + count

    def _written(self) -> Awaitable[None]:
        self._work_along()
        self._wake.set()
        return self._pending.wait()

    def _write_soon(self) -> None:
        if self._timer is None:
            self._work_along()
            self._timer = asyncio.get_running_loop().call_later(self._every, self._wake.set)

    def _work_along(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work(), name="fault recorder")

    async def _work(self) -> None:
        # One batch at a time: while it is written, the next one gathers.
        while not self._closing:
            await self._wake.wait()
            self._wake.clear()
            await self.flush()
