"""Flow types, targets and actions in the database; an environment sees its own only."""

from typing import Any

from sqlalchemy import Connection, select

from failwell.apis.connxt.tables import flow_actions, flow_targets, flow_types
from failwell.apis.connxt.wire import Owner
from failwell.core.exceptions import NotFoundError

__all__ = ["Row", "find_flow_type", "find_target", "list_targets", "targets_by_id"]

Row = dict[str, Any]
"""A row by the names of its columns; a target also has ``actions``."""


def find_flow_type(connection: Connection, owner: Owner, name: str) -> Row:
    """Find a flow type by its name.

    Raises:
        NotFoundError: There is none.
    """
    query = select(flow_types).where(
        flow_types.c.environment_id == owner.environment_id, flow_types.c.name == name
    )
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFoundError(resource_type="flow type", resource_id=name)
    return dict(row)


def list_targets(connection: Connection, owner: Owner, flow_type_id: str) -> list[Row]:
    """List the targets of a flow type with their actions."""
    return _targets(connection, owner, flow_targets.c.flow_type_id == flow_type_id)


def targets_by_id(connection: Connection, owner: Owner) -> dict[str, Row]:
    """Give every target of an environment, with its actions."""
    return {row["id"]: row for row in _targets(connection, owner)}


def find_target(connection: Connection, owner: Owner, target_id: str) -> Row:
    """Find a target with its actions; a foreign one does not exist.

    Raises:
        NotFoundError: There is none.
    """
    found = _targets(connection, owner, flow_targets.c.id == target_id)
    if not found:
        raise NotFoundError(resource_type="flow target", resource_id=target_id)
    return found[0]


def _targets(connection: Connection, owner: Owner, *conditions: Any) -> list[Row]:
    query = (
        select(flow_targets)
        .where(flow_targets.c.environment_id == owner.environment_id, *conditions)
        .order_by(flow_targets.c.position)
    )
    rows = {row["id"]: {**row, "actions": []} for row in connection.execute(query).mappings()}
    actions = (
        select(flow_actions)
        .where(flow_actions.c.flow_target_id.in_(rows))
        .order_by(flow_actions.c.position)
    )
    for action in connection.execute(actions).mappings():
        rows[action["flow_target_id"]]["actions"].append(dict(action))
    return list(rows.values())
