"""Recoveries in ``failwell.db``: a range of failed deliveries, requeued in portions.

A recovery remembers how far it came, by the moment and the number of the delivery it requeued
last: what fails once more lies behind it, and a restart goes on where it was.
"""

from typing import Any

from msgspec.structs import replace
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    func,
    insert,
    literal_column,
    select,
    tuple_,
    update,
)

from failwell.stores.database import Database
from failwell.stores.endpoint_rows import find_endpoint
from failwell.stores.outbox import Recovery
from failwell.stores.outbox_tables import FAILED, webhook_deliveries, webhook_recoveries
from failwell.stores.requeuing import restart

__all__ = ["SqlRecoveryStore"]

_deliveries, _recoveries = webhook_deliveries.c, webhook_recoveries.c
_FAILED: ColumnElement[bool] = literal_column(FAILED)
_FIELDS = tuple(_recoveries[name] for name in Recovery.__struct_fields__)


class SqlRecoveryStore:
    """Recoveries in ``failwell.db``; implements `RecoveryStore`.

    Args:
        database: ``failwell.db``.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, recovery: Recovery) -> Recovery:
        """Store a new one, with the total of failed deliveries in its range.

        Failed is what is exhausted, refused, parked or was skipped for a disabled endpoint.
        """
        return await self._database.write(lambda connection: _begin(connection, recovery))

    async def recovery(self, recovery_id: str) -> Recovery | None:
        """Look one up."""
        found = await self._list(_recoveries.id == recovery_id)
        return found[0] if found else None

    async def running(self) -> tuple[Recovery, ...]:
        """List those that still work, oldest first."""
        return await self._list(_recoveries.state == "running")

    async def advance(self, recovery_id: str, *, limit: int, now: float) -> Recovery | None:
        """Requeue the next failed deliveries of its range, oldest first, each of them once.

        Without any left it is done; it is cancelled when its endpoint is disabled or gone.
        """
        return await self._database.write(
            lambda connection: _advance(connection, recovery_id, limit=limit, now=now)
        )

    async def _list(self, which: ColumnElement[bool]) -> tuple[Recovery, ...]:
        query = select(*_FIELDS).where(which).order_by(_recoveries.created_at, _recoveries.id)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return tuple(Recovery(**row._mapping) for row in rows)


def _begin(connection: Connection, recovery: Recovery) -> Recovery:
    count = select(func.count()).select_from(webhook_deliveries).where(*_range(recovery))
    begun = replace(recovery, total=connection.execute(count).scalar_one())
    row: dict[str, Any] = {name: getattr(begun, name) for name in Recovery.__struct_fields__}
    start = {"position_at": recovery.since, "position": 0}
    connection.execute(insert(webhook_recoveries).values(row | start))
    return begun


def _advance(
    connection: Connection, recovery_id: str, *, limit: int, now: float
) -> Recovery | None:
    row = connection.execute(select(*_FIELDS).where(_recoveries.id == recovery_id)).first()
    recovery = None if row is None else Recovery(**row._mapping)
    if recovery is None or recovery.state != "running":
        return recovery
    endpoint = find_endpoint(connection, recovery.endpoint_id)
    if endpoint is None or endpoint.state == "disabled":
        return _update(connection, replace(recovery, state="cancelled"))
    found = connection.execute(_next(recovery).limit(limit)).all()
    if not found:
        return _update(connection, replace(recovery, state="done"))
    restart(connection, _deliveries.seq.in_([each.seq for each in found]), now)
    done = recovery.done + len(found)
    # Something may have failed since it was counted; progress never passes the end.
    recovery = replace(recovery, done=done, total=max(recovery.total, done))
    return _update(connection, recovery, position_at=found[-1].created_at, position=found[-1].seq)


def _range(recovery: Recovery) -> tuple[ColumnElement[bool], ...]:
    return (
        _deliveries.endpoint_id == recovery.endpoint_id,
        _deliveries.created_at >= recovery.since,
        _deliveries.created_at < recovery.until,
        _FAILED,
    )


def _next(recovery: Recovery) -> Select[tuple[int, float]]:
    at = select(_recoveries.position_at).where(_recoveries.id == recovery.id).scalar_subquery()
    number = select(_recoveries.position).where(_recoveries.id == recovery.id).scalar_subquery()
    place = tuple_(_deliveries.created_at, _deliveries.seq)
    return (
        select(_deliveries.seq, _deliveries.created_at)
        .where(*_range(recovery), _deliveries.created_at >= at, place > tuple_(at, number))
        .order_by(_deliveries.created_at, _deliveries.seq)
    )


def _update(connection: Connection, recovery: Recovery, **position: float) -> Recovery:
    values = {"state": recovery.state, "done": recovery.done, "total": recovery.total}
    connection.execute(
        update(webhook_recoveries).where(_recoveries.id == recovery.id).values(**values, **position)
    )
    return recovery
