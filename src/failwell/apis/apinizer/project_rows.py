"""Projects in the database: every function is one step of a transaction of its caller."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError

from failwell.apis.apinizer.tables import memberships, projects
from failwell.apis.apinizer.wire import Page
from failwell.core.exceptions import ConflictError, NotFoundError
from failwell.security.keys import random_id

__all__ = [
    "Row",
    "add_project",
    "count_projects",
    "find_project",
    "list_projects",
    "remove_project",
]

Row = dict[str, Any]
"""A row by the names of its columns."""


def add_project(
    connection: Connection,
    tenant_id: str,
    name: str,
    *,
    description: str | None = None,
    email: str | None = None,
    now: float,
) -> Row:
    """Add a project.

    Raises:
        ConflictError: The installation has a project of this name.
    """
    row = {
        "id": random_id("prj_"),
        "tenant_id": tenant_id,
        "name": name,
        "description": description,
        "email": email,
        "created_at": now,
    }
    try:
        connection.execute(insert(projects).values(row))
    except IntegrityError as error:
        raise ConflictError(resource_type="Project", field="name", value=name) from error
    return row


def find_project(connection: Connection, tenant_id: str, name: str) -> Row:
    """Find a project of an installation; a foreign one does not exist.

    Raises:
        NotFoundError: There is none.
    """
    query = select(projects).where(*_named(tenant_id, name))
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFoundError(resource_type="Project", resource_id=name)
    return dict(row)


def remove_project(connection: Connection, tenant_id: str, name: str) -> None:
    """Delete a project with everything in it.

    Raises:
        NotFoundError: There is none.
    """
    gone = connection.execute(delete(projects).where(*_named(tenant_id, name)))
    if gone.rowcount == 0:
        raise NotFoundError(resource_type="Project", resource_id=name)


def count_projects(connection: Connection, tenant_id: str, member: str | None) -> int:
    """Count the projects of an installation, or only those of one member."""
    query = select(func.count()).select_from(projects).where(*_visible(tenant_id, member))
    return connection.execute(query).scalar_one()


def list_projects(
    connection: Connection, tenant_id: str, member: str | None, page: Page
) -> list[Row]:
    """List one page of the projects of an installation, or only of those of one member."""
    name = projects.c.name.desc() if page.descending else projects.c.name.asc()
    query = select(projects).where(*_visible(tenant_id, member)).order_by(name)
    rows = connection.execute(query.limit(page.limit).offset(page.offset)).mappings()
    return [dict(row) for row in rows]


def _named(tenant_id: str, name: str) -> tuple[ColumnElement[bool], ...]:
    return projects.c.tenant_id == tenant_id, projects.c.name == name


def _visible(tenant_id: str, member: str | None) -> tuple[ColumnElement[bool], ...]:
    own = projects.c.tenant_id == tenant_id
    if member is None:
        return (own,)
    joined = select(memberships.c.project_id).where(memberships.c.user_id == member)
    return own, projects.c.id.in_(joined)
