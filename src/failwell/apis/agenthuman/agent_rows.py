"""Agents in the database: every function is one step of a transaction of its caller."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select
from sqlalchemy.exc import IntegrityError

from failwell.apis.agenthuman.avatar_rows import default_look, find_avatar
from failwell.apis.agenthuman.role_rows import check_role, find_role
from failwell.apis.agenthuman.tables import agents
from failwell.apis.agenthuman.ulid import new_id
from failwell.apis.agenthuman.wire import Owner
from failwell.core.exceptions import ConflictError, NotFoundError

__all__ = ["Row", "add_agent", "find_agent", "list_agents", "remove_agent"]

Row = dict[str, Any]
"""A row by the names of its columns."""


def add_agent(connection: Connection, owner: Owner, new: Mapping[str, Any], *, now: float) -> Row:
    """Add an agent.

    Args:
        connection: Inside a transaction.
        owner: Whose it will be.
        new: Its members as the caller wrote them; without an avatar it gets a public look.
        now: Unix seconds.

    Raises:
        NotFoundError: Its role or its avatar does not exist.
        ConflictError: The account has an agent of this name.
        ValidationError: Its role is disabled or does not speak its language.
    """
    row = {
        "id": new_id("agnt", now=now),
        "account_id": owner.account_id,
        "environment": owner.environment,
        "name": new["name"],
        "role_id": new["role_id"],
        "avatar_id": new.get("avatar_id") or default_look(connection),
        "language": new.get("language", "en"),
        "custom_greeting": new.get("custom_greeting"),
        "context": new.get("context"),
        "created_at": now,
    }
    role = find_role(connection, row["role_id"])
    find_avatar(connection, owner, row["avatar_id"])
    try:
        connection.execute(insert(agents).values(row))
    except IntegrityError as error:
        raise ConflictError(resource_type="agent", field="name", value=row["name"]) from error
    # Last, because a name that is taken is told before what does not fit; nothing is kept.
    check_role(role, language=row["language"])
    return row


def find_agent(connection: Connection, owner: Owner, agent_id: str) -> Row:
    """Find an agent of an account; a foreign one does not exist.

    Raises:
        NotFoundError: There is none.
    """
    query = select(agents).where(_own(owner), agents.c.id == agent_id)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFoundError(resource_type="agent", resource_id=agent_id)
    return dict(row)


def list_agents(connection: Connection, owner: Owner, *, limit: int, offset: int) -> list[Row]:
    """List agents of an account, the newest first."""
    newest = (agents.c.created_at.desc(), agents.c.id.desc())
    query = select(agents).where(_own(owner)).order_by(*newest).limit(limit).offset(offset)
    return [dict(row) for row in connection.execute(query).mappings()]


def remove_agent(connection: Connection, owner: Owner, agent_id: str) -> None:
    """Delete an agent; its sessions stay.

    Raises:
        NotFoundError: There is none.
    """
    gone = connection.execute(delete(agents).where(_own(owner), agents.c.id == agent_id))
    if gone.rowcount == 0:
        raise NotFoundError(resource_type="agent", resource_id=agent_id)


def _own(owner: Owner) -> ColumnElement[bool]:
    return and_(agents.c.account_id == owner.account_id, agents.c.environment == owner.environment)
