"""Retention: records and deliveries are kept for a time and up to an amount, then forgotten."""

import asyncio
import contextlib
import logging
from typing import Protocol

import msgspec

from failwell.core.clock import Clock, SystemClock
from failwell.stores.faults import FaultStore

__all__ = ["Retention", "RetentionPolicy", "Trimmable"]

_log = logging.getLogger(__name__)

_DAY = 86_400.0
_PORTION = 100


class Trimmable(Protocol):
    """A store of what has come to its end."""

    async def trim(self, *, before: float, portion: int = 500) -> int:
        """Forget one portion of what ended before a moment; says how much that was."""
        ...


class RetentionPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How long and how much is kept; whichever limit is reached first."""

    days: float = 30.0
    """Days that fault records are kept."""

    rows: int = 1_000_000
    """Most fault records."""

    size: int = 1 << 30
    """Most bytes of fault records, about."""

    delivery_days: float = 30.0
    """Days that deliveries and their attempts are kept once they are finished."""


class Retention:
    """Trims the stores at the start and once a minute, in portions that nobody notices.

    Args:
        faults: The fault records.
        deliveries: The outbox, if there is one.
        policy: What is kept.
        clock: Where the time comes from.
        every: Seconds between two trims. A flood can bring some ten thousand records a minute.
    """

    def __init__(
        self,
        faults: FaultStore,
        deliveries: Trimmable | None = None,
        *,
        policy: RetentionPolicy | None = None,
        clock: Clock | None = None,
        every: float = 60.0,
    ) -> None:
        self._faults = faults
        self._deliveries = deliveries
        self._policy = policy or RetentionPolicy()
        self._clock = clock or SystemClock()
        self._every = every
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Trim from now on, beside the requests."""
        self._task = asyncio.create_task(self._work(), name="retention")

    async def close(self) -> None:
        """Stop; the next start goes on."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def run_once(self) -> int:
        """Trim everything there is to trim now; returns how many rows went."""
        total = 0
        while gone := await self._trim_faults():
            total += gone
        while gone := await self._trim_deliveries():
            total += gone
        return total

    async def _trim_faults(self) -> int:
        policy = self._policy
        gone = await self._faults.trim(
            before=self._clock.now() - policy.days * _DAY,
            rows=policy.rows,
            size=policy.size,
            portion=_PORTION,
        )
        return sum(gone.values())

    async def _trim_deliveries(self) -> int:
        if self._deliveries is None:
            return 0
        before = self._clock.now() - self._policy.delivery_days * _DAY
        return await self._deliveries.trim(before=before, portion=_PORTION)

    async def _work(self) -> None:
        while True:
            try:
                await self.run_once()
            except Exception:
                # A locked or full file passes; a minute more does not matter.
                _log.warning("old records could not be forgotten; trying again", exc_info=True)
            await asyncio.sleep(self._every)
