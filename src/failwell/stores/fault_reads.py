"""Reading fault records: by request id, and the newest of a kind."""

import heapq
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from failwell.stores.fault_tables import fault_causes, fault_kinds, faults
from failwell.stores.fault_writes import clean
from failwell.stores.faults import FaultRecord, RecordQuery

__all__ = ["cause", "find", "newest", "oldest"]

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
        for seq in connection.scalars(_latest([column == wanted], _SAME_ID))
    }
    return tuple(record for _, record in _fetch(connection, seqs)[:_SAME_ID])


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


def newest(connection: Connection, query: RecordQuery) -> tuple[tuple[int, FaultRecord], ...]:
    """List records that fit a query, newest first."""
    conditions = _conditions(connection, query)
    if conditions is None:
        return ()
    kinds = _kind_ids(connection, query)
    if kinds is None:
        seqs: list[int] = list(connection.scalars(_latest(conditions, query.limit)))
    else:
        # One search per kind: the newest of it come first in its index, whereas the newest
        # of several would have to be sorted out of all there are.
        found = (
            connection.scalars(_latest([faults.c.kind_id == kind, *conditions], query.limit))
            for kind in kinds
        )
        seqs = heapq.nlargest(query.limit, (seq for some in found for seq in some))
    return tuple(_fetch(connection, seqs))


def oldest(connection: Connection) -> float | None:
    """Tell how far back records reach."""
    found: float | None = connection.scalar(select(func.min(faults.c.at)))
    return found


def _latest(conditions: Sequence[ColumnElement[bool]], limit: int) -> Select[Any]:
    return select(faults.c.seq).where(*conditions).order_by(faults.c.seq.desc()).limit(limit)


def _conditions(connection: Connection, query: RecordQuery) -> list[ColumnElement[bool]] | None:
    """Make the conditions beside those on the kind; ``None`` when nothing can fit."""
    conditions: list[ColumnElement[bool]] = []
    if query.severity is not None:
        conditions.append(faults.c.severity == query.severity)
    if query.tenant is not None:
        conditions.append(faults.c.tenant == clean(query.tenant))
    if query.before_seq is not None:
        conditions.append(faults.c.seq < query.before_seq)
    period = []
    if query.since is not None:
        period.append(faults.c.at >= query.since)
    if query.until is not None:
        period.append(faults.c.at < query.until)
    if not period:
        return conditions
    # Found in the index of moments alone; what remains to look at is then one stretch of rows.
    first, last = connection.execute(
        select(func.min(faults.c.seq), func.max(faults.c.seq)).where(*period)
    ).one()
    if first is None:
        return None
    return [*conditions, faults.c.seq.between(first, last), *period]


def _kind_ids(connection: Connection, query: RecordQuery) -> list[int] | None:
    wanted = {name: getattr(query, name) for name in ("api", "route", "code", "status")}
    conditions = [
        fault_kinds.c[name] == (clean(value) if isinstance(value, str) else value)
        for name, value in wanted.items()
        if value is not None
    ]
    if not conditions:
        return None
    return list(connection.scalars(select(fault_kinds.c.id).where(*conditions)))


def _fetch(connection: Connection, seqs: Sequence[int] | set[int]) -> list[tuple[int, FaultRecord]]:
    rows = connection.execute(_RECORD.where(faults.c.seq.in_(seqs)).order_by(faults.c.seq.desc()))
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
