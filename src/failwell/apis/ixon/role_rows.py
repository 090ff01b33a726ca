"""Roles, groups and memberships of a company; every function is one step of a transaction."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from failwell.apis.ixon.public_ids import public_id
from failwell.apis.ixon.rows import Row, first_row
from failwell.apis.ixon.tables import groups, memberships, roles
from failwell.core.exceptions import ConflictError
from failwell.core.fault import Location, Violation

__all__ = [
    "add_group",
    "add_membership",
    "add_role",
    "change_role",
    "find_group",
    "find_role",
    "is_member",
]

_USUAL = {"description": None, "enforce2fa": False, "enforce_sso": False, "permissions": ()}


def add_role(
    connection: Connection, company_id: str, role_id: str, values: Mapping[str, Any]
) -> None:
    """Add a role; what is not given of it is nothing.

    Args:
        connection: A writer.
        company_id: Whose role it is.
        role_id: Its name on the wire.
        values: The other columns.
    """
    row = {**_USUAL, **values, "id": role_id, "company_id": company_id}
    connection.execute(insert(roles).values(row))


def find_role(connection: Connection, company_id: str, role_id: str) -> Row | None:
    """Find a role of a company."""
    query = select(roles).where(roles.c.company_id == company_id, roles.c.id == role_id)
    return first_row(connection, query)


def change_role(
    connection: Connection, company_id: str, role_id: str, changes: Mapping[str, Any]
) -> Row | None:
    """Change some members of a role and return the whole."""
    change = update(roles).where(roles.c.company_id == company_id, roles.c.id == role_id)
    if changes:
        connection.execute(change.values(**changes))
    return find_role(connection, company_id, role_id)


def add_group(connection: Connection, company_id: str, name: str, *, now: float) -> str:
    """Add a group and return its name on the wire."""
    group_id = public_id(now)
    connection.execute(insert(groups).values(id=group_id, company_id=company_id, name=name))
    return group_id


def find_group(connection: Connection, company_id: str, group_id: str) -> Row | None:
    """Find a group of a company."""
    query = select(groups).where(groups.c.company_id == company_id, groups.c.id == group_id)
    return first_row(connection, query)


def is_member(connection: Connection, company_id: str, user_id: str) -> Row | None:
    """Find a membership of a person in a company, one of perhaps several."""
    query = select(memberships).where(
        memberships.c.company_id == company_id, memberships.c.user_id == user_id
    )
    return first_row(connection, query)


def add_membership(
    connection: Connection,
    company_id: str,
    values: Mapping[str, Any],
    *,
    now: float,
    place: tuple[int, ...] = (),
) -> str:
    """Give a person a role in a group and return the name of that on the wire.

    Args:
        connection: A writer.
        company_id: The company.
        values: The other columns.
        now: Unix seconds.
        place: Where in the body it was asked for.

    Raises:
        ConflictError: The person has this role in this group.
    """
    row = {**values, "id": public_id(now), "company_id": company_id}
    try:
        connection.execute(insert(memberships).values(row))
    except IntegrityError as error:
        where = Violation(location=Location((*place, "user")))
        raise ConflictError(resource_type="membership", violations=[where]) from error
    return str(row["id"])
