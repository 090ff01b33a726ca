"""Rows of deliveries; every function is one step of a transaction."""

import operator
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, literal, select, update

from failwell.stores.listed import as_list, listed
from failwell.stores.outbox import Delivery, DeliveryQuery, DeliveryState, NewDelivery
from failwell.stores.outbox_tables import webhook_deliveries, webhook_endpoints

__all__ = [
    "add_deliveries",
    "cancel_deliveries",
    "find_delivery",
    "lease_deliveries",
    "list_deliveries",
    "park",
    "park_strays",
    "unlease",
    "unpark",
]

_columns = webhook_deliveries.c
_NAMES = Delivery.__struct_fields__
_SEQ = _NAMES.index("seq")
_FIELDS = tuple(_columns[name] for name in _NAMES)
_STATES = select(webhook_endpoints.c.id, webhook_endpoints.c.state).where(
    webhook_endpoints.c.id.in_(listed("ids"))
)
_LEASE = (
    update(webhook_deliveries)
    .where(_columns.seq.in_(listed("numbers")))
    .values(leased_by=bindparam("worker"), leased_until=bindparam("until"))
    .returning(*_FIELDS)
)
# Written out: the index of what is pending is only used where the text says so.
_PENDING = _columns.state == literal("pending", literal_execute=True)
_WAITING = (_PENDING, _columns.leased_until.is_(None))
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
    rows = connection.execute(_STATES, {"ids": as_list(ids)}).all()
    return {row[0]: row[1] for row in rows}


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
    return _read(connection, wanted.order_by(_columns.seq.desc()).limit(query.limit))


def _conditions(query: DeliveryQuery) -> Iterable[ColumnElement[bool]]:
    for name in ("endpoint_id", "tenant", "api", "request_id", "state"):
        if (value := getattr(query, name)) is not None:
            yield _columns[name] == value
    if query.since is not None:
        yield _columns.created_at >= query.since
    if query.until is not None:
        yield _columns.created_at < query.until
    if query.before_seq is not None:
        yield _columns.seq < query.before_seq


def _read(connection: Connection, query: Select[Any]) -> tuple[Delivery, ...]:
    return tuple(map(_delivery, connection.execute(query).all()))


def _delivery(row: Iterable[Any]) -> Delivery:
    return Delivery(**dict(zip(_NAMES, row, strict=True)))


def lease_deliveries(
    connection: Connection, numbers: Sequence[int], worker: str, until: float
) -> tuple[Delivery, ...]:
    """Give deliveries to a worker, and read them; the order stays."""
    given = {"worker": worker, "until": until, "numbers": as_list(numbers)}
    leased = {row[_SEQ]: _delivery(row) for row in connection.execute(_LEASE, given).all()}
    return tuple(leased[number] for number in numbers)


def unlease(connection: Connection, *which: ColumnElement[bool]) -> int:
    """Void leases; returns how many."""
    leased = _columns.leased_until.is_not(None)
    voided = update(webhook_deliveries).where(leased, *which)
    count = connection.execute(voided.values(leased_by=None, leased_until=None)).rowcount
    if count:
        park_strays(connection)
    return count


def park(connection: Connection, endpoint_id: str) -> None:
    """Let what waits for a disabled endpoint wait for its return; what is being sent goes on."""
    _park(connection, _columns.endpoint_id == endpoint_id)


def park_strays(connection: Connection) -> None:
    """Park what was being sent while its endpoint was disabled, and has to be sent again."""
    endpoints = webhook_endpoints.c
    disabled = select(endpoints.id).where(endpoints.state == "disabled")
    _park(connection, _columns.endpoint_id.in_(disabled))


def _park(connection: Connection, which: ColumnElement[bool]) -> None:
    parked = update(webhook_deliveries).where(which, *_WAITING)
    connection.execute(parked.values(state="parked", next_at=None))


def unpark(connection: Connection, endpoint_id: str, *, next_at: float) -> None:
    """Let parked deliveries of an endpoint begin anew."""
    parked = (_columns.endpoint_id == endpoint_id, _columns.state == "parked")
    connection.execute(
        update(webhook_deliveries).where(*parked).values(state="pending", tries=0, next_at=next_at)
    )


def cancel_deliveries(connection: Connection, endpoint_id: str, *, now: float) -> None:
    """End what waits for an endpoint that is gone."""
    waits = _columns.state.in_(("pending", "parked"))
    ended = {"leased_by": None, "leased_until": None, "next_at": None, "finished_at": now}
    connection.execute(
        update(webhook_deliveries)
        .where(_columns.endpoint_id == endpoint_id, waits)
        .values(state="cancelled", **ended)
    )
