"""Housekeeping: what has ended long ago is forgotten, so that the file does not grow for ever."""

import asyncio
import contextlib
import logging
from typing import Protocol

from failwell.core.clock import Clock, SystemClock

__all__ = ["Housekeeping", "Purgeable"]

_log = logging.getLogger(__name__)

_WEEK = 604_800.0
_HOUR = 3_600.0
_PORTION = 500


class Purgeable(Protocol):
    """A store of things that end."""

    async def purge(self, *, before: float, limit: int) -> int:
        """Forget at most `limit` things that ended before a moment; says how many those were."""
        ...


class Housekeeping:
    """Purges a store at the start and once an hour, in portions that nobody notices.

    What ended stays known for a week: that is how long a log can tell an expired token from
    one that never was.

    Args:
        store: What to purge.
        clock: Where the time comes from.
        keep: Seconds that what has ended stays known.
        every: Seconds between two purges.
    """

    def __init__(
        self,
        store: Purgeable,
        *,
        clock: Clock | None = None,
        keep: float = _WEEK,
        every: float = _HOUR,
    ) -> None:
        self._store = store
        self._clock = clock or SystemClock()
        self._keep = keep
        self._every = every
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Purge from now on, beside the requests."""
        self._task = asyncio.create_task(self._work(), name="housekeeping")

    async def close(self) -> None:
        """Stop; the next start goes on."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def run_once(self) -> int:
        """Purge everything there is to purge now; returns how much that was."""
        total, before = 0, self._clock.now() - self._keep
        while gone := await self._store.purge(before=before, limit=_PORTION):
            total += gone
        return total

    async def _work(self) -> None:
        while True:
            try:
                await self.run_once()
            except Exception:
                # A locked or full file passes; an hour more does not matter.
                _log.warning("expired credentials could not be purged; trying again", exc_info=True)
            await asyncio.sleep(self._every)
