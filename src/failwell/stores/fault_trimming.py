"""Forgetting fault records that are too old or too many, a portion at a time."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, func, select, update

from failwell.stores.fault_tables import (
    fault_batches,
    fault_causes,
    fault_totals,
    faults,
    rate_hours,
    rate_minutes,
)

__all__ = ["trim"]

_MINUTES_KEPT = 48 * 3600
_HOURS_KEPT = 396 * 86_400
"""13 months, the longest ones."""

_BATCHES_KEPT = 200_000
"""Names of batches that stay known. A batch waits in the spool only while none gets in, so it
can be told from a new one however long that lasts."""


def trim(
    connection: Connection, *, now: float, before: float, rows: int, size: int, portion: int
) -> dict[str, int]:
    """Forget one portion of each table; says how much of each went."""
    return {
        "faults": _trim_records(connection, before=before, rows=rows, size=size, portion=portion),
        "rate_minutes": _trim_rates(connection, rate_minutes, now - _MINUTES_KEPT, portion),
        "rate_hours": _trim_rates(connection, rate_hours, now - _HOURS_KEPT, portion),
        "fault_batches": _trim_batches(connection, portion),
    }


def _trim_records(
    connection: Connection, *, before: float, rows: int, size: int, portion: int
) -> int:
    totals = connection.execute(select(fault_totals)).one()
    oldest = connection.execute(
        select(faults.c.seq, faults.c.at, faults.c.size).order_by(faults.c.at).limit(portion)
    ).all()
    gone = _superfluous(oldest, before=before, rows=totals.rows - rows, size=totals.size - size)
    if not gone:
        return 0
    seqs = [record.seq for record in gone]
    connection.execute(delete(faults).where(faults.c.seq.in_(seqs)))
    connection.execute(delete(fault_causes).where(fault_causes.c.seq.in_(seqs)))
    connection.execute(
        update(fault_totals).values(
            rows=fault_totals.c.rows - len(gone),
            size=fault_totals.c.size - sum(record.size for record in gone),
        )
    )
    return len(gone)


def _superfluous(
    oldest: Sequence[Row[Any, Any, Any]], *, before: float, rows: int, size: int
) -> list[Row[Any, Any, Any]]:
    """Choose from the oldest records those that are too old, and those beyond a limit.

    Args:
        oldest: Records, oldest first.
        before: What is older goes.
        rows: How many records there are too many.
        size: How many bytes there are too many.
    """
    gone = []
    for record in oldest:
        if record.at >= before and rows <= 0 and size <= 0:
            break
        gone.append(record)
        rows, size = rows - 1, size - record.size
    return gone


def _trim_rates(connection: Connection, table: Table, before: float, portion: int) -> int:
    # Whole moments go; the one at which the portion ends may exceed it a little.
    last = (
        select(table.c.moment)
        .where(table.c.moment < before)
        .order_by(table.c.moment)
        .limit(portion)
        .subquery()
    )
    reached = connection.scalar(select(func.max(last.c.moment)))
    if reached is None:
        return 0
    return connection.execute(delete(table).where(table.c.moment <= reached)).rowcount


def _trim_batches(connection: Connection, portion: int) -> int:
    first, last = connection.execute(
        select(func.min(fault_batches.c.seq), func.max(fault_batches.c.seq))
    ).one()
    if first is None or last - first < _BATCHES_KEPT:
        return 0
    end = min(first + portion, last - _BATCHES_KEPT + 1)
    return connection.execute(delete(fault_batches).where(fault_batches.c.seq < end)).rowcount
