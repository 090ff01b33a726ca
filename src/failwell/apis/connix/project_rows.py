"""Projects in the database: every function is one step of a transaction of its caller."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from failwell.apis.connix.tables import projects
from failwell.core.exceptions import ConflictError, NotFoundError
from failwell.security.keys import random_id

__all__ = [
    "DEFAULT_TOOLS",
    "TOOLS",
    "Row",
    "add_project",
    "change_project",
    "count_projects",
    "find_project",
    "list_projects",
    "remove_project",
]

TOOLS = ("web_search", "code_execution", "data_analysis")
"""Every tool an agent can be given."""

DEFAULT_TOOLS = ("web_search", "data_analysis")
"""What a new project allows its agents; running code has to be allowed on purpose."""

Row = dict[str, Any]
"""A row by the names of its columns."""


def add_project(connection: Connection, organization_id: str, name: str, *, now: float) -> Row:
    """Add a project.

    Raises:
        ConflictError: The organization has a project of this name.
    """
    row = {
        "id": random_id("proj_"),
        "organization_id": organization_id,
        "name": name,
        "enabled_tools": list(DEFAULT_TOOLS),
        "created_at": now,
        "updated_at": now,
    }
    try:
        connection.execute(insert(projects).values(row))
    except IntegrityError as error:
        raise _name_taken(name) from error
    return row


def find_project(connection: Connection, organization_id: str, project_id: str) -> Row:
    """Find a project of an organization; a foreign one does not exist.

    Raises:
        NotFoundError: There is none.
    """
    query = select(projects).where(*_own(organization_id, project_id))
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFoundError(resource_type="project", resource_id=project_id)
    return dict(row)


def change_project(
    connection: Connection, organization_id: str, project_id: str, changes: Row, *, now: float
) -> Row:
    """Change some members of a project and return the whole.

    Raises:
        NotFoundError: There is none.
        ConflictError: The new name is taken.
    """
    find_project(connection, organization_id, project_id)
    change = update(projects).where(*_own(organization_id, project_id))
    try:
        connection.execute(change.values(**changes, updated_at=now))
    except IntegrityError as error:
        raise _name_taken(changes.get("name")) from error
    return find_project(connection, organization_id, project_id)


def remove_project(connection: Connection, organization_id: str, project_id: str) -> None:
    """Delete a project and its agents.

    Raises:
        NotFoundError: There is none.
    """
    gone = connection.execute(delete(projects).where(*_own(organization_id, project_id)))
    if gone.rowcount == 0:
        raise NotFoundError(resource_type="project", resource_id=project_id)


def count_projects(connection: Connection, organization_id: str, search: str | None) -> int:
    """Count the projects of an organization whose name contains a text."""
    query = select(func.count()).select_from(projects).where(*_matching(organization_id, search))
    return connection.execute(query).scalar_one()


def list_projects(
    connection: Connection,
    organization_id: str,
    search: str | None,
    *,
    sort: str,
    order: str,
    limit: int,
    offset: int,
) -> list[Row]:
    """List one page of the projects of an organization whose name contains a text."""
    # The id settles equal moments and names, so that no page repeats a row.
    columns = (projects.c[sort], projects.c.id)
    query = (
        select(projects)
        .where(*_matching(organization_id, search))
        .order_by(*(column.desc() if order == "desc" else column.asc() for column in columns))
        .limit(limit)
        .offset(offset)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _own(organization_id: str, project_id: str) -> tuple[ColumnElement[bool], ...]:
    return projects.c.organization_id == organization_id, projects.c.id == project_id


def _matching(organization_id: str, search: str | None) -> tuple[ColumnElement[bool], ...]:
    own = projects.c.organization_id == organization_id
    if search is None:
        return (own,)
    return own, projects.c.name.icontains(search, autoescape=True)


def _name_taken(name: Any) -> ConflictError:
    return ConflictError(resource_type="project", field="name", value=name)
