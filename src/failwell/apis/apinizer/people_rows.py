"""People and their memberships in the database, step by step of their callers' transactions."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from failwell.apis.apinizer.tables import memberships, people
from failwell.core.exceptions import NotFoundError

__all__ = [
    "Row",
    "add_person",
    "change_person",
    "ensure_person",
    "find_person",
    "list_members",
    "list_people",
    "note_login",
    "person_named",
    "remove_member",
    "set_member",
]

Row = dict[str, Any]
"""A row by the names of its columns."""


def find_person(connection: Connection, tenant_id: str | None, user_id: str | None) -> Row | None:
    """Find a person of an installation by the id of the account."""
    query = select(people).where(*_own(tenant_id, user_id))
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else dict(row)


def person_named(connection: Connection, tenant_id: str, username: str) -> Row:
    """Find a person of an installation by the name.

    Raises:
        NotFoundError: There is none.
    """
    query = select(people).where(people.c.tenant_id == tenant_id, people.c.username == username)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFoundError(resource_type="User", resource_id=username)
    return dict(row)


def add_person(
    connection: Connection,
    tenant_id: str,
    user_id: str,
    username: str,
    *,
    roles: Sequence[str],
    now: float,
) -> None:
    """Add a person to an installation, for an account that was just made."""
    connection.execute(
        insert(people).values(
            user_id=user_id,
            tenant_id=tenant_id,
            username=username,
            enabled=True,
            roles=list(roles),
            created_at=now,
        )
    )


def ensure_person(
    connection: Connection,
    tenant_id: str,
    user_id: str,
    username: str,
    *,
    roles: Sequence[str],
    now: float,
) -> None:
    """Add a person to an installation unless it is there, whatever its roles are by now."""
    if find_person(connection, tenant_id, user_id) is None:
        add_person(connection, tenant_id, user_id, username, roles=roles, now=now)


def change_person(connection: Connection, tenant_id: str, user_id: str, changes: Row) -> None:
    """Change whether a person may log in, and its roles in every project."""
    if changes:
        connection.execute(update(people).where(*_own(tenant_id, user_id)).values(**changes))


def note_login(connection: Connection, tenant_id: str, user_id: str, *, now: float) -> bool:
    """Note that a person logs in; says whether it is one who may."""
    change = update(people).where(*_own(tenant_id, user_id), people.c.enabled.is_(True))
    return connection.execute(change.values(last_login_at=now)).rowcount > 0


def list_people(connection: Connection, tenant_id: str) -> list[Row]:
    """List the people of an installation by name."""
    query = select(people).where(people.c.tenant_id == tenant_id).order_by(people.c.username)
    return [dict(row) for row in connection.execute(query).mappings()]


def list_members(connection: Connection, project_id: str) -> list[Row]:
    """List who belongs to a project, with the roles in it, by name."""
    query = (
        select(people.c.username, memberships.c.roles)
        .join(people, people.c.user_id == memberships.c.user_id)
        .where(memberships.c.project_id == project_id)
        .order_by(people.c.username)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def set_member(connection: Connection, project_id: str, user_id: str, roles: Sequence[str]) -> None:
    """Make somebody a member of a project with exactly these roles."""
    remove_member(connection, project_id, user_id)
    connection.execute(
        insert(memberships).values(project_id=project_id, user_id=user_id, roles=list(roles))
    )


def remove_member(connection: Connection, project_id: str, user_id: str) -> bool:
    """Take somebody out of a project; says whether there was somebody to take out."""
    gone = delete(memberships).where(
        memberships.c.project_id == project_id, memberships.c.user_id == user_id
    )
    return connection.execute(gone).rowcount > 0


def _own(tenant_id: str | None, user_id: str | None) -> tuple[ColumnElement[bool], ...]:
    return people.c.tenant_id == tenant_id, people.c.user_id == user_id
