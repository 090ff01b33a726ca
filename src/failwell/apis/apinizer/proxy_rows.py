"""API proxies in the database: every function is one step of a transaction of its caller."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from failwell.apis.apinizer.tables import api_proxies
from failwell.apis.apinizer.wire import Page
from failwell.core.exceptions import ConflictError, NotFoundError
from failwell.security.keys import random_id

__all__ = [
    "RESOURCE",
    "Row",
    "add_proxy",
    "change_proxy",
    "check_name",
    "count_proxies",
    "find_proxy",
    "list_proxies",
    "replace_proxy",
]

RESOURCE = "API Proxy"
"""What proxies are called in errors."""

Row = dict[str, Any]
"""A row by the names of its columns."""


def add_proxy(
    connection: Connection, project_id: str, members: Mapping[str, Any], *, now: float
) -> Row:
    """Add a proxy to a project.

    Args:
        connection: The caller's transaction.
        project_id: The project.
        members: The columns that its maker chooses.
        now: Unix seconds.

    Raises:
        ConflictError: The project has a proxy of this name.
    """
    row = {
        "id": random_id("apx_"),
        "project_id": project_id,
        "categories": [],
        "sharing_type": "NONE",
        "revision": 1,
        "created_at": now,
        "updated_at": now,
        **members,
    }
    try:
        connection.execute(insert(api_proxies).values(row))
    except IntegrityError as error:
        raise _name_taken(row["name"]) from error
    return row


def check_name(connection: Connection, project_id: str, name: str) -> None:
    """Look early whether a name is free; whether it stays free only `add_proxy` can tell.

    Raises:
        ConflictError: The project has a proxy of this name.
    """
    query = select(api_proxies.c.id).where(
        api_proxies.c.project_id == project_id, api_proxies.c.name == name
    )
    if connection.execute(query).first() is not None:
        raise _name_taken(name)


def replace_proxy(
    connection: Connection, project_id: str, members: Mapping[str, Any], *, now: float
) -> Row:
    """Give the proxy of a name another specification, or add one of that name.

    Where it is deployed, the change arrives with the next deployment.
    """
    query = select(api_proxies).where(
        api_proxies.c.project_id == project_id, api_proxies.c.name == members["name"]
    )
    found = connection.execute(query).mappings().one_or_none()
    if found is None:
        return add_proxy(connection, project_id, members, now=now)
    changes = {**members, "revision": found["revision"] + 1, "updated_at": now}
    connection.execute(update(api_proxies).where(api_proxies.c.id == found["id"]).values(**changes))
    return {**found, **changes}


def find_proxy(connection: Connection, project_id: str, name: str) -> Row:
    """Find a proxy of a project; upper and lower case count.

    Raises:
        NotFoundError: There is none.
    """
    query = select(api_proxies).where(
        api_proxies.c.project_id == project_id, api_proxies.c.name == name
    )
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFoundError(resource_type=RESOURCE, resource_id=name)
    return dict(row)


def change_proxy(connection: Connection, proxy_id: str, changes: Row, *, now: float) -> None:
    """Change what describes a proxy; acts at once, without a deployment.

    Raises:
        ConflictError: The new name is taken.
    """
    change = update(api_proxies).where(api_proxies.c.id == proxy_id)
    try:
        connection.execute(change.values(**changes, updated_at=now))
    except IntegrityError as error:
        raise _name_taken(changes.get("name")) from error


def count_proxies(connection: Connection, project_id: str) -> int:
    """Count the proxies of a project."""
    query = select(func.count()).select_from(api_proxies)
    return connection.execute(query.where(api_proxies.c.project_id == project_id)).scalar_one()


def list_proxies(connection: Connection, project_id: str, page: Page) -> list[Row]:
    """List one page of the proxies of a project by name."""
    name = api_proxies.c.name.desc() if page.descending else api_proxies.c.name.asc()
    query = (
        select(api_proxies)
        .where(api_proxies.c.project_id == project_id)
        .order_by(name)
        .limit(page.limit)
        .offset(page.offset)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _name_taken(name: Any) -> ConflictError:
    return ConflictError(resource_type=RESOURCE, field="name", value=name)
