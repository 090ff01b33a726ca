"""Environments in the database: where proxies are deployed to."""

from typing import Any

from sqlalchemy import Connection, func, insert, select

from failwell.apis.apinizer.tables import api_proxies, deployments, environments
from failwell.core.exceptions import NotFoundError
from failwell.security.keys import random_id

__all__ = ["Row", "add_environment", "find_environment", "list_environments"]

Row = dict[str, Any]
"""A row by the names of its columns."""


def add_environment(
    connection: Connection, tenant_id: str, name: str, *, kind: str, access_url: str
) -> None:
    """Add an environment to an installation."""
    connection.execute(
        insert(environments).values(
            id=random_id("env_"),
            tenant_id=tenant_id,
            name=name,
            description=f"{name.capitalize()} environment",
            type=kind,
            status="PUBLISHED",
            access_url=access_url,
        )
    )


def find_environment(connection: Connection, tenant_id: str, name: str) -> Row:
    """Find an environment of an installation.

    Raises:
        NotFoundError: There is none.
    """
    query = select(environments).where(
        environments.c.tenant_id == tenant_id, environments.c.name == name
    )
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFoundError(resource_type="Environment", resource_id=name)
    return dict(row)


def list_environments(
    connection: Connection, tenant_id: str, project_id: str | None = None
) -> list[Row]:
    """List the environments of an installation by name, with what is deployed there.

    Args:
        connection: The caller's transaction.
        tenant_id: The installation.
        project_id: The project whose proxies count; those of all projects when not given.
    """
    behind = _behind(connection, tenant_id, project_id)
    query = (
        select(environments)
        .where(environments.c.tenant_id == tenant_id)
        .order_by(environments.c.name)
    )
    return [
        {
            **row,
            "deployed": row["id"] in behind,
            "redeploy_required": behind.get(row["id"], 0) > 0,
        }
        for row in connection.execute(query).mappings()
    ]


def _behind(connection: Connection, tenant_id: str, project_id: str | None) -> dict[str, int]:
    """Tell for each environment with proxies how many changes the one furthest behind lacks."""
    query = (
        select(
            deployments.c.environment_id,
            func.max(api_proxies.c.revision - deployments.c.revision).label("behind"),
        )
        .join(api_proxies, api_proxies.c.id == deployments.c.api_proxy_id)
        .join(environments, environments.c.id == deployments.c.environment_id)
        .where(environments.c.tenant_id == tenant_id, deployments.c.revision.is_not(None))
        .group_by(deployments.c.environment_id)
    )
    if project_id is not None:
        query = query.where(api_proxies.c.project_id == project_id)
    return {row.environment_id: row.behind for row in connection.execute(query)}
