"""Credentials of projects in the database: who may call the proxies of a project."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from failwell.apis.apinizer.tables import project_credentials
from failwell.core.exceptions import ConflictError, NotFoundError
from failwell.security.keys import random_id

__all__ = ["RESOURCE", "Row", "add_credential", "list_credentials", "remove_credential"]

RESOURCE = "Credential"
"""What credentials are called in errors."""

Row = dict[str, Any]
"""A row by the names of its columns."""


def add_credential(
    connection: Connection,
    tenant_id: str,
    project_id: str,
    members: Mapping[str, Any],
    *,
    now: float,
) -> None:
    """Add a credential to a project.

    Raises:
        ConflictError: A credential of any project of the installation has this username.
    """
    row = {
        "id": random_id("crd_"),
        "tenant_id": tenant_id,
        "project_id": project_id,
        "created_at": now,
        **members,
    }
    try:
        connection.execute(insert(project_credentials).values(row))
    except IntegrityError as error:
        raise ConflictError(
            resource_type=RESOURCE, field="username", value=members["username"]
        ) from error


def list_credentials(connection: Connection, project_id: str) -> list[Row]:
    """List the credentials of a project by username."""
    query = (
        select(project_credentials)
        .where(project_credentials.c.project_id == project_id)
        .order_by(project_credentials.c.username)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def remove_credential(connection: Connection, project_id: str, username: str) -> None:
    """Delete a credential of a project.

    Raises:
        NotFoundError: There is none.
    """
    gone = connection.execute(
        delete(project_credentials).where(
            project_credentials.c.project_id == project_id,
            project_credentials.c.username == username,
        )
    )
    if gone.rowcount == 0:
        raise NotFoundError(resource_type=RESOURCE, resource_id=username)
