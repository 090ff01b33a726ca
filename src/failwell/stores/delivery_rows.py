"""Rows of deliveries; every function is one step of a transaction."""

import operator
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    literal_column,
    select,
    update,
)
from sqlalchemy.engine.interfaces import DBAPICursor

from failwell.stores.driver import among, driver_text, gathered, listed, rows_of
from failwell.stores.outbox import Delivery, DeliveryQuery, DeliveryState, NewDelivery
from failwell.stores.outbox_tables import FAILED, webhook_deliveries, webhook_endpoints

__all__ = [
    "add_deliveries",
    "find_delivery",
    "lease_deliveries",
    "list_deliveries",
    "unlease",
]

_FAILED_STATES = ("exhausted", "refused", "parked", "skipped_disabled")
_FAILED: ColumnElement[bool] = literal_column(FAILED)

_columns = webhook_deliveries.c
_NAMES = Delivery.__struct_fields__
_FIELDS = tuple(_columns[name] for name in _NAMES)
_NEW = operator.attrgetter(
    "id", "event_id", "endpoint_id", "api", "tenant", "event_type", "body", "created_at",
    "request_id", "code", "status", "severity", "route", "test",
)  # fmt: skip
# In the words of the driver: somebody waits for their answer until this is on disk.
_INSERT = """
    INSERT INTO webhook_deliveries (id, event_id, endpoint_id, api, tenant, event_type, body,
    created_at, request_id, code, status, severity, route, test, state, next_at, finished_at,
    attempts, tries) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)
    ON CONFLICT DO NOTHING
"""

_LEASE = driver_text(
    update(webhook_deliveries)
    .where(among(_columns.seq), _columns.state == literal_column("'pending'"))
    .ordered_values(
        (_columns.leased_by, bindparam("worker")), (_columns.leased_until, bindparam("until"))
    )
)
_READ = gathered(
    ", ".join("hex(body)" if name == "body" else name for name in _NAMES),
    "webhook_deliveries WHERE seq IN (SELECT value FROM json_each(?))",
)


def add_deliveries(connection: Connection, deliveries: Sequence[NewDelivery]) -> int:
    """Add deliveries that are not in the outbox yet; returns how many were added.

    Whoever matched an event looked at the endpoints a moment ago: what comes for one that was
    disabled since is skipped, and what comes for one that is gone is cancelled.
    """
    if not deliveries:
        return 0
    states = _states(connection, {each.endpoint_id for each in deliveries})
    rows = [_new_row(each, _state(each, states.get(each.endpoint_id))) for each in deliveries]
    return connection.exec_driver_sql(_INSERT, rows).rowcount


def _states(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    columns = webhook_endpoints.c
    query = select(columns.id, columns.state).where(columns.id.in_(tuple(ids)))
    return {row.id: row.state for row in connection.execute(query).all()}


def _state(new: NewDelivery, endpoint: str | None) -> DeliveryState:
    if endpoint is None:
        return "cancelled"
    return "skipped_disabled" if endpoint == "disabled" and not new.test else new.state


def _new_row(new: NewDelivery, state: DeliveryState) -> tuple[Any, ...]:
    next_at = new.created_at if state == "pending" else None
    finished_at = new.created_at if state == "cancelled" else None
    return (*_NEW(new), state, next_at, finished_at)


def find_delivery(connection: Connection, delivery_id: str) -> Delivery | None:
    """Read one delivery."""
    found = _read(connection, select(*_FIELDS).where(_columns.id == delivery_id))
    return found[0] if found else None


def list_deliveries(connection: Connection, query: DeliveryQuery) -> tuple[Delivery, ...]:
    """Read deliveries, newest first."""
    wanted = select(*_FIELDS).where(*_conditions(query))
    # What failed is rare and has an index: asked for a plain order, SQLite would rather go
    # through everything else as well.
    newest = _columns.seq + 0 if query.state in _FAILED_STATES else _columns.seq
    return _read(connection, wanted.order_by(newest.desc()).limit(query.limit))


def _conditions(query: DeliveryQuery) -> Iterable[ColumnElement[bool]]:
    for name in ("endpoint_id", "tenant", "api", "request_id", "state"):
        if (value := getattr(query, name)) is not None:
            yield _columns[name] == value
    if query.state in _FAILED_STATES:
        yield _FAILED
    if query.since is not None:
        yield _columns.created_at >= query.since
    if query.until is not None:
        yield _columns.created_at < query.until
    if query.before_seq is not None:
        yield _columns.seq < query.before_seq


def _read(connection: Connection, query: Select[Any]) -> tuple[Delivery, ...]:
    return tuple(Delivery(**row._mapping) for row in connection.execute(query).all())


def lease_deliveries(
    cursor: DBAPICursor, numbers: Sequence[int], worker: str, until: float
) -> dict[int, Delivery]:
    """Give pending deliveries to a worker; returns them by their numbers."""
    which = listed(numbers)
    cursor.execute(_LEASE, (worker, until, which))
    return {each.seq: each for each in map(_leased, rows_of(cursor, _READ, (which,)))}


def _leased(row: Sequence[Any]) -> Delivery:
    values = dict(zip(_NAMES, row, strict=True))
    values["body"] = bytes.fromhex(values["body"])
    values["test"] = bool(values["test"])
    return Delivery(**values)


def unlease(connection: Connection, *which: ColumnElement[bool]) -> int:
    """Void leases; returns how many."""
    leased = _columns.leased_until.is_not(None)
    voided = update(webhook_deliveries).where(leased, *which)
    return connection.execute(voided.values(leased_by=None, leased_until=None)).rowcount
