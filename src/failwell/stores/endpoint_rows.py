"""Rows of endpoints; every function is one step of a transaction."""

import operator
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, func, insert, select, update

from failwell.stores.driver import among, driver_text, listed
from failwell.stores.endpoints import Endpoint, EndpointSecret, OperationalEvent
from failwell.stores.outbox_tables import webhook_endpoints, webhook_events

__all__ = [
    "add_endpoint",
    "add_events",
    "count_endpoints",
    "find_endpoint",
    "find_endpoints",
    "list_endpoints",
    "store_endpoint",
    "store_standings",
    "store_success",
]

_FIELDS = Endpoint.__struct_fields__
_SELECT = select(*(webhook_endpoints.c[name] for name in _FIELDS))
_STANDING = (
    "state", "disabled_reason", "disabled_at", "paused_until", "failing_since",
    "failed_attempts", "failed_deliveries", "warned", "last_success_at",
)  # fmt: skip
_standing = operator.attrgetter(*_STANDING, "id")
# In the words of the driver: every batch of webhooks reads and writes those it went to.
_FIND = driver_text(_SELECT.where(among(webhook_endpoints.c.id)))
_STORE = driver_text(
    update(webhook_endpoints)
    .where(webhook_endpoints.c.id == bindparam("endpoint"))
    .ordered_values(*((name, bindparam(f"new_{name}")) for name in _STANDING))
)
_SUCCESS = driver_text(
    update(webhook_endpoints)
    .where(among(webhook_endpoints.c.id))
    .values(last_success_at=bindparam("success"))
)
_DECODERS = {
    name: msgspec.json.Decoder(kind).decode
    for name, kind in {
        "events": tuple[str, ...],
        "filters": dict[str, tuple[str, ...]],
        "secrets": tuple[EndpointSecret, ...],
        "schedule": tuple[float, ...] | None,
    }.items()
}


def find_endpoints(connection: Connection, ids: Iterable[str]) -> dict[str, Endpoint]:
    """Read some endpoints by their identifiers."""
    rows = connection.exec_driver_sql(_FIND, (listed(list(ids)),)).all()
    return {row[0]: _decoded(dict(zip(_FIELDS, row, strict=True))) for row in rows}


def _decoded(row: dict[str, Any]) -> Endpoint:
    for name, decode in _DECODERS.items():
        row[name] = decode(row[name] or b"null")
    return Endpoint(**row)


def find_endpoint(connection: Connection, endpoint_id: str) -> Endpoint | None:
    """Read one endpoint."""
    return find_endpoints(connection, (endpoint_id,)).get(endpoint_id)


def list_endpoints(
    connection: Connection, *, api: str | None = None, tenant: str | None = None
) -> tuple[Endpoint, ...]:
    """Read endpoints, oldest first; those of an API and of a tenant if given."""
    columns = webhook_endpoints.c
    query = _SELECT.order_by(columns.created_at, columns.id)
    if api is not None:
        query = query.where(columns.api == api)
    if tenant is not None:
        query = query.where(columns.tenant == tenant)
    return tuple(_endpoint(row) for row in connection.execute(query).all())


def count_endpoints(connection: Connection, *, api: str | None, tenant: str | None) -> int:
    """Count the endpoints of one owner."""
    columns = webhook_endpoints.c
    own = (columns.api.is_not_distinct_from(api), columns.tenant.is_not_distinct_from(tenant))
    query = select(func.count()).select_from(webhook_endpoints).where(*own)
    return connection.execute(query).scalar_one()


def add_endpoint(connection: Connection, endpoint: Endpoint) -> None:
    """Store a new endpoint."""
    connection.execute(insert(webhook_endpoints).values(_values(endpoint)))


def store_endpoint(connection: Connection, old: Endpoint, new: Endpoint) -> None:
    """Write what differs between two states of one endpoint."""
    changed = [name for name in _FIELDS if getattr(old, name) != getattr(new, name)]
    if changed:
        values = _values(new)
        connection.execute(
            update(webhook_endpoints)
            .where(webhook_endpoints.c.id == new.id)
            .values({name: values[name] for name in changed})
        )


def store_standings(connection: Connection, endpoints: Iterable[Endpoint]) -> None:
    """Write how endpoints are doing, and nothing else of them."""
    rows = [_standing(endpoint) for endpoint in endpoints]
    if rows:
        connection.exec_driver_sql(_STORE, rows)


def store_success(connection: Connection, ids: Iterable[str], at: float) -> None:
    """Note one more success of endpoints that are well."""
    connection.exec_driver_sql(_SUCCESS, (at, listed(list(ids))))


def add_events(connection: Connection, events: Sequence[OperationalEvent]) -> None:
    """Store operational events; the database numbers them."""
    rows = [msgspec.to_builtins(event) for event in events]
    for row in rows:
        del row["seq"]
    if rows:
        connection.execute(insert(webhook_events), rows)


def _endpoint(row: Any) -> Endpoint:
    return msgspec.convert(dict(zip(_FIELDS, row, strict=True)), Endpoint)


def _values(endpoint: Endpoint) -> dict[str, Any]:
    values: dict[str, Any] = msgspec.to_builtins(endpoint)
    return values
