"""Reading fault records by their ids."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, func, select

from failwell.stores.fault_tables import fault_causes, fault_kinds, faults
from failwell.stores.fault_writes import clean
from failwell.stores.faults import FaultRecord

__all__ = ["cause", "fetch", "find", "oldest"]

_SAME_ID = 100
"""Most records one id finds: a caller may use one id of its own for every request."""

_OF_KIND = ("api", "route", "code", "status", "planned")
_RECORD = select(faults, *(fault_kinds.c[name] for name in _OF_KIND)).join_from(
    faults, fault_kinds, faults.c.kind_id == fault_kinds.c.id
)


def find(connection: Connection, request_id: str) -> tuple[FaultRecord, ...]:
    """Find what carries an id, as ours or as the caller's own, newest first."""
    wanted = clean(request_id)
    seqs = {
        seq
        for column in (faults.c.request_id, faults.c.parent_id)
        for seq in connection.scalars(
            select(faults.c.seq)
            .where(column == wanted)
            .order_by(faults.c.seq.desc())
            .limit(_SAME_ID)
        )
    }
    return tuple(record for _, record in fetch(connection, seqs)[:_SAME_ID])


def cause(connection: Connection, request_id: str) -> str | None:
    """Find the private cause of the newest fault that has this id and a cause."""
    query = (
        select(fault_causes.c.cause)
        .join_from(faults, fault_causes, faults.c.seq == fault_causes.c.seq)
        .where(faults.c.request_id == clean(request_id))
        .order_by(faults.c.seq.desc())
        .limit(1)
    )
    return connection.scalar(query)


def oldest(connection: Connection) -> float | None:
    """Tell how far back records reach."""
    found: float | None = connection.scalar(select(func.min(faults.c.at)))
    return found


def fetch(connection: Connection, seqs: Collection[int]) -> list[tuple[int, FaultRecord]]:
    """Read records by their numbers, newest first."""
    rows = connection.execute(
        _RECORD.where(faults.c.seq.in_(seqs)).order_by(faults.c.at.desc(), faults.c.seq.desc())
    )
    return [(row.seq, _record(row)) for row in rows]


def _record(row: Row[Any]) -> FaultRecord:
    return FaultRecord(
        request_id=row.request_id,
        at=row.at,
        api=row.api,
        route=row.route,
        method=row.method,
        code=row.code,
        status=row.status,
        severity=row.severity,
        situation=row.situation,
        failure=row.failure,
        message=row.message,
        parent_id=row.parent_id,
        tenant=row.tenant,
        user_id=row.user_id,
        credential_id=row.credential_id,
        environment=row.environment,
        affected=tuple(row.affected),
        headers=tuple((name, value) for name, value in row.headers),
        body=row.body,
        seconds=row.seconds,
        planned=row.planned,
    )
