"""Environments in the database: each begins with its own copy of the flow catalogue."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, insert, select

from failwell.apis.connxt import identifiers
from failwell.apis.connxt.catalogue import CATALOGUE, FLOW_TYPE_NAME, Gateway
from failwell.apis.connxt.tables import environments, flow_actions, flow_targets, flow_types
from failwell.apis.connxt.wire import Owner

__all__ = ["ensure_environment"]

Row = dict[str, Any]


def ensure_environment(connection: Connection, brand_id: str, name: str, *, now: float) -> Owner:
    """Find an environment of a brand by its name, or make it with all it needs."""
    query = select(environments.c.id).where(
        environments.c.brand_id == brand_id, environments.c.name == name
    )
    found = connection.execute(query).scalar_one_or_none()
    if found is not None:
        return Owner(brand_id, found)
    made = Owner(brand_id, identifiers.ENVIRONMENT.generate())
    row = {"id": made.environment_id, "brand_id": brand_id, "name": name, "created_at": now}
    connection.execute(insert(environments).values(row))
    _fill(connection, made.environment_id)
    return made


def _fill(connection: Connection, environment_id: str) -> None:
    flow_type = {
        "id": identifiers.FLOW_TYPE.generate(),
        "environment_id": environment_id,
        "name": FLOW_TYPE_NAME,
    }
    connection.execute(insert(flow_types).values(flow_type))
    for position, gateway in enumerate(CATALOGUE):
        target = _target(gateway, flow_type, position)
        connection.execute(insert(flow_targets).values(target))
        connection.execute(insert(flow_actions), list(_actions(gateway, target["id"])))


def _target(gateway: Gateway, flow_type: Row, position: int) -> Row:
    return {
        "id": identifiers.FLOW_TARGET.generate(),
        "environment_id": flow_type["environment_id"],
        "flow_type_id": flow_type["id"],
        "position": position,
        "name": gateway.name,
        "logo": gateway.logo,
        "status": gateway.status,
        "credential_schema": dict(gateway.credential_schema),
        "payment_methods": list(gateway.payment_methods),
        "countries": list(gateway.countries),
        "currencies": list(gateway.currencies),
    }


def _actions(gateway: Gateway, target_id: str) -> Iterator[Row]:
    for position, name in enumerate((*gateway.actions, *gateway.unfinished)):
        ready = name in gateway.actions
        about = f"SYS-PSP-{name}-{gateway.name.upper().replace(' ', '-')}"
        yield {
            "id": identifiers.FLOW_ACTION.generate(),
            "flow_target_id": target_id,
            "position": position,
            "name": name,
            "definition_id": identifiers.FLOW_DEFINITION.generate() if ready else None,
            "definition_description": about if ready else None,
            "definition_schema": {} if ready else None,
        }
