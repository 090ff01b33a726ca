"""Appending that never fails: what the store cannot take waits in the spool.

A batch has a name and a store takes each name once, so a batch of which nobody knows whether
it was stored (a deadline ran out, a commit broke) is simply given to it again.
"""

import asyncio
import functools
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from failwell.core.exceptions import FaultError
from failwell.core.fault import Fault
from failwell.core.situation import Situation
from failwell.server.failure import failure_of
from failwell.server.spool import Spool, SpoolFullError
from failwell.stores.faults import FaultStore, RecordBatch

__all__ = ["SafeAppend"]

_log = logging.getLogger(__name__)

T = TypeVar("T")
_CRASH = Fault(situation=Situation.CRASH)


class SafeAppend:
    """Gives batches to a store, or keeps them until it takes them.

    Args:
        store: Where batches belong.
        spool: Where they wait; when there is none, or its disk is full, they wait in memory.
        committed: Called when a batch with deliveries is stored.
        most_held: Most records that wait in memory; more are lost, and counted in `lost`.
        patience: Most seconds the store may take for a batch.
        every: Seconds between two attempts to load what waits.
    """

    def __init__(
        self,
        store: FaultStore,
        *,
        spool: Spool | None = None,
        committed: Callable[[], None] | None = None,
        most_held: int = 10_000,
        patience: float = 5.0,
        every: float = 1.0,
    ) -> None:
        self.lost = 0
        """How many records were lost."""

        self._store = store
        self._spool = spool
        self._committed = committed
        self._most_held = most_held
        self._patience = patience
        self._every = every
        self._held: deque[RecordBatch] = deque()
        self._offset = 0
        # Until the spool has been looked at, the store may be as it was left.
        self._suspect = spool is not None
        self._down = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, batch: RecordBatch) -> None:
        """Store a batch, or put it where it waits; returns when it is safe."""
        if self._down or not await self._stored(batch):
            await self._put_aside(batch)

    async def start(self) -> None:
        """Load what waits from now on."""
        self._task = asyncio.create_task(self._work(), name="spool")

    async def close(self) -> None:
        """Stop; what waits in memory has its last chance."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait((task,))
        if self._suspect and not await self.load():
            await self._leave()
        self._thread.shutdown(wait=False)

    async def load(self) -> bool:
        """Give what waits to the store, as far as it takes it.

        Returns:
            Whether nothing waits any more.
        """
        while self._held:
            if not await self._loaded(self._held[0], b""):
                return False
            self._held.popleft()
        if self._spool is not None and not await self._load_spool(self._spool):
            return False
        if self._down:
            _log.warning("error responses are recorded in the database again")
        self._suspect = self._down = False
        return True

    async def _load_spool(self, spool: Spool) -> bool:
        if self._offset > spool.size:
            # Somebody has taken the file away, or emptied it.
            self._offset = 0
        while (found := await self._in_thread(spool.read, self._offset)) is not None:
            line, batch = found
            if batch is None:
                _log.warning("a torn line of %s was skipped (%d bytes)", spool.path, len(line))
            elif not await self._loaded(batch, line):
                return False
            self._offset += len(line)
        # A batch may have come while nobody looked: then there is another round.
        if self._offset and not await self._in_thread(spool.clear, self._offset):
            return False
        self._offset = 0
        return True

    async def _loaded(self, batch: RecordBatch, line: bytes) -> bool:
        try:
            await self._give(batch)
        except Exception as error:
            if _passes(error):
                return False
            await self._reject(batch, line, error)
        else:
            self._down = False
        return True

    async def _stored(self, batch: RecordBatch) -> bool:
        try:
            await self._give(batch)
        except Exception as error:
            _log.warning(
                "the database takes no records (%s); they wait in %s",
                type(error).__name__,
                "memory" if self._spool is None else self._spool.path,
            )
            self._down = self._suspect = True
            return False
        return True

    async def _give(self, batch: RecordBatch) -> None:
        async with asyncio.timeout(self._patience):
            await self._store.append(batch)
        if batch.deliveries and self._committed is not None:
            self._committed()

    async def _put_aside(self, batch: RecordBatch) -> None:
        self._suspect = True
        if self._spool is not None and await self._spooled(self._spool, batch):
            return
        if sum(len(each.records) for each in self._held) + len(batch.records) <= self._most_held:
            self._held.append(batch)
        else:
            self._lose(batch)

    async def _spooled(self, spool: Spool, batch: RecordBatch) -> bool:
        try:
            await self._in_thread(spool.add, batch)
        except Exception as error:
            _log.warning("%s takes no records: %s", spool.path, type(error).__name__)
            return False
        return True

    async def _leave(self) -> None:
        """Leave to the next start what the store would not take from memory."""
        while self._held:
            batch = self._held.popleft()
            if self._spool is None or not await self._spooled(self._spool, batch):
                self._lose(batch)

    def _lose(self, batch: RecordBatch) -> None:
        self.lost += len(batch.records)
        _log.error("%d error responses were not recorded", len(batch.records))

    async def _reject(self, batch: RecordBatch, line: bytes, error: Exception) -> None:
        _log.error(
            "a batch of %d error responses can never be stored: %s",
            len(batch.records),
            type(error).__name__,
            exc_info=error,
        )
        if self._spool is not None and line:
            try:
                await self._in_thread(self._spool.reject, line)
            except (OSError, SpoolFullError):
                self.lost += len(batch.records)

    async def _in_thread(self, function: Callable[..., T], *args: object) -> T:
        call = functools.partial(function, *args)
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    async def _work(self) -> None:
        while True:
            try:
                if self._suspect:
                    await self.load()
            except Exception:
                _log.exception("the spool could not be loaded; trying again")
            await asyncio.sleep(self._every)


def _passes(error: Exception) -> bool:
    """Tell whether an error passes by itself: a locked file does, a value it refuses does not."""
    return isinstance(error, FaultError) or failure_of(_CRASH, error) != "bug"
