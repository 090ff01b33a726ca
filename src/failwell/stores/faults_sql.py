"""Fault records in SQLite: appended in groups, found by id in no time, and never too many."""

import functools
from collections.abc import Mapping

from failwell.core.clock import Clock, SystemClock
from failwell.stores import fault_reads, fault_trimming, fault_writes
from failwell.stores.database import Database
from failwell.stores.fault_listing import newest
from failwell.stores.fault_rates import rates
from failwell.stores.faults import (
    FaultRecord,
    Kind,
    Rate,
    RateQuery,
    RecordBatch,
    RecordQuery,
)

__all__ = ["SqlFaultStore"]

_KINDS_KNOWN = 10_000


class SqlFaultStore:
    """Records, roll-ups and their deliveries in ``failwell.db``; see `FaultStore`.

    Args:
        database: The file.
        clock: Tells how old roll-ups are.
    """

    def __init__(self, database: Database, *, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()
        self._kinds: dict[Kind, int] = {}

    async def append(self, batch: RecordBatch) -> None:
        """Store a batch, all of it or nothing; once, however often it is given.

        Raises:
            OperationalError: The file is locked or full; SQLAlchemy's or the driver's own.
            UnavailableError: Too many writes wait, or the database is closed.
        """
        known = self._kinds
        found = await self._database.write(
            lambda connection: fault_writes.append(connection, batch, known)
        )
        # Only now: a number handed out in a transaction that failed belongs to nobody.
        if len(known) < _KINDS_KNOWN:
            known.update(found)

    async def find(self, request_id: str) -> tuple[FaultRecord, ...]:
        """Find what carries this id, as ours or as the caller's own, newest first."""
        return await self._database.read(functools.partial(fault_reads.find, request_id=request_id))

    async def cause(self, request_id: str) -> str | None:
        """Find the private cause of a fault."""
        return await self._database.read(
            functools.partial(fault_reads.cause, request_id=request_id)
        )

    async def list(self, query: RecordQuery) -> tuple[tuple[int, FaultRecord], ...]:
        """List records with their numbers, newest first."""
        return await self._database.read(functools.partial(newest, query=query))

    async def rates(self, query: RateQuery) -> tuple[Rate, ...]:
        """Add up counts, by moment and then the largest first."""
        return await self._database.read(functools.partial(rates, query=query))

    async def oldest(self) -> float | None:
        """Tell how far back records reach."""
        return await self._database.read(fault_reads.oldest)

    async def trim(
        self, *, before: float, rows: int, size: int, portion: int = 500
    ) -> Mapping[str, int]:
        """Forget what is too old or too much, one portion; says how much of each table went.

        Roll-ups are kept by their own rule: minutes for 48 hours, hours for 13 months.
        """
        return await self._database.write(
            functools.partial(
                fault_trimming.trim,
                now=self._clock.now(),
                before=before,
                rows=rows,
                size=size,
                portion=portion,
            )
        )
