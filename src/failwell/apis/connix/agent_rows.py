"""Agents in the database: every function is one step of a transaction of its caller."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from failwell.apis.connix.tables import agents
from failwell.core.exceptions import NotFoundError
from failwell.security.keys import random_id

__all__ = [
    "Row",
    "add_agent",
    "change_agent",
    "count_agents",
    "find_agent",
    "list_agents",
    "remove_agent",
    "touch_agent",
]

Row = dict[str, Any]
"""A row by the names of its columns."""


def add_agent(
    connection: Connection,
    organization_id: str,
    project_id: str,
    values: Mapping[str, Any],
    *,
    now: float,
) -> Row:
    """Add an agent to a project that is known to exist; it begins stopped."""
    row = {
        "id": random_id("agent_"),
        "organization_id": organization_id,
        "project_id": project_id,
        **values,
        "status": "stopped",
        "created_at": now,
        "updated_at": now,
        "last_activity": None,
        "next_status": None,
        "due_at": None,
        "launched": False,
    }
    connection.execute(insert(agents).values(row))
    return row


def find_agent(connection: Connection, organization_id: str, agent_id: str) -> Row:
    """Find an agent of an organization; a foreign one does not exist.

    Raises:
        NotFoundError: There is none.
    """
    query = select(agents).where(*_own(organization_id, agent_id))
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFoundError(resource_type="agent", resource_id=agent_id)
    return dict(row)


def change_agent(
    connection: Connection,
    organization_id: str,
    agent_id: str,
    changes: Mapping[str, Any],
    *,
    now: float,
) -> Row:
    """Change some members of an agent and return the whole.

    Raises:
        NotFoundError: There is none.
    """
    change = update(agents).where(*_own(organization_id, agent_id))
    connection.execute(change.values(**changes, updated_at=now))
    return find_agent(connection, organization_id, agent_id)


def touch_agent(connection: Connection, agent_id: str, *, now: float) -> None:
    """Note that an agent has just been used."""
    connection.execute(update(agents).where(agents.c.id == agent_id).values(last_activity=now))


def remove_agent(connection: Connection, organization_id: str, agent_id: str) -> None:
    """Delete an agent, whatever it is doing.

    Raises:
        NotFoundError: There is none.
    """
    gone = connection.execute(delete(agents).where(*_own(organization_id, agent_id)))
    if gone.rowcount == 0:
        raise NotFoundError(resource_type="agent", resource_id=agent_id)


def count_agents(connection: Connection, project_id: str, status: str | None) -> int:
    """Count the agents of a project, of one status if given."""
    query = select(func.count()).select_from(agents).where(*_matching(project_id, status))
    return connection.execute(query).scalar_one()


def list_agents(
    connection: Connection,
    project_id: str,
    status: str | None,
    *,
    sort: str,
    limit: int,
    offset: int,
) -> list[Row]:
    """List a part of the agents of a project, of one status if given.

    Args:
        sort: A column, with a minus in front for the other direction.
    """
    columns = (agents.c[sort.removeprefix("-")], agents.c.id)
    query = (
        select(agents)
        .where(*_matching(project_id, status))
        .order_by(*(column.desc() if sort[0] == "-" else column.asc() for column in columns))
        .limit(limit)
        .offset(offset)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _own(organization_id: str, agent_id: str) -> tuple[ColumnElement[bool], ...]:
    return agents.c.organization_id == organization_id, agents.c.id == agent_id


def _matching(project_id: str, status: str | None) -> tuple[ColumnElement[bool], ...]:
    own = agents.c.project_id == project_id
    return (own,) if status is None else (own, agents.c.status == status)
