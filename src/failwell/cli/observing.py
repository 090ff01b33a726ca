"""What watches the APIs: the record of their errors, the counters, and the webhooks.

All of it lives in ``failwell.db`` and is put together here, once for a process.
"""

import contextlib
from collections.abc import AsyncIterator

import msgspec

from failwell.cli.data_directory import DataDirectory
from failwell.cli.declared_settings import (
    RECORDS_BYTES,
    RECORDS_DAYS,
    RECORDS_ROWS,
    WEBHOOKS_DAYS,
)
from failwell.cli.settings import Settings
from failwell.server.fault_recorder import FaultRecorder
from failwell.server.hosted import Companion
from failwell.server.logs import Log
from failwell.server.metrics import Metrics
from failwell.server.record import LogRecorder, Recorders
from failwell.server.spool import Spool
from failwell.stores.database import Database
from failwell.stores.faults_sql import SqlFaultStore
from failwell.stores.retention import Retention, RetentionPolicy

__all__ = ["Observing", "observing"]


class Observing(msgspec.Struct, frozen=True, kw_only=True):
    """What watches the APIs."""

    records: SqlFaultStore
    """Fault records and how often each kind of error occurs."""

    faults: FaultRecorder
    """Writes the records."""

    metrics: Metrics
    """Counts the requests since the start."""

    recorder: Recorders
    """Is told about each exchange: the log and the counters."""


@contextlib.asynccontextmanager
async def observing(
    database: Database, directory: DataDirectory, settings: Settings, *, log: Log
) -> AsyncIterator[Observing]:
    """Put together what watches the APIs, and let it work until the end of the block.

    Args:
        database: ``failwell.db``, migrated.
        directory: Where it lies, and the spool beside it.
        settings: What the operator chose.
        log: Where a line of each exchange goes.
    """
    records, metrics = SqlFaultStore(database), Metrics()
    faults = FaultRecorder(records, spool=Spool(directory.path / "spool.jsonl"))
    retention = Retention(records, policy=_retention(settings))
    async with contextlib.AsyncExitStack() as stack:
        for companion in (retention, faults):
            await _start(stack, companion)
        yield Observing(
            records=records,
            faults=faults,
            metrics=metrics,
            recorder=Recorders(LogRecorder(log), metrics),
        )


async def _start(stack: contextlib.AsyncExitStack, companion: Companion) -> None:
    stack.push_async_callback(companion.close)
    await companion.start()


def _retention(settings: Settings) -> RetentionPolicy:
    return RetentionPolicy(
        days=settings[RECORDS_DAYS],
        rows=settings[RECORDS_ROWS],
        size=settings[RECORDS_BYTES],
        delivery_days=settings[WEBHOOKS_DAYS],
    )
