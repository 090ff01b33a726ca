"""Deployments in the database: what runs where, what is on its way, what is in the way of what.

A deployment is written down before it begins and after it ends. One whose process was
killed in between is in nobody's way for longer than it could have taken.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from failwell.apis.apinizer.proxy_rows import RESOURCE
from failwell.apis.apinizer.tables import api_proxies, deployments, environments
from failwell.core.exceptions import ConflictError

__all__ = [
    "Row",
    "begin_deployment",
    "deployments_of",
    "finish_deployment",
    "remove_deployment",
    "remove_proxy",
]

Row = dict[str, Any]
"""A row by the names of its columns."""


def begin_deployment(
    connection: Connection, proxy: Row, environment: Row, *, now: float, until: float
) -> None:
    """Write down that a proxy is on its way to an environment.

    Args:
        connection: The caller's transaction.
        proxy: The proxy.
        environment: The environment.
        now: Unix seconds.
        until: When it has ended for certain.

    Raises:
        ConflictError: A deployment of it to this environment is running.
    """
    found = _find(connection, proxy, environment)
    _check_idle(proxy, [] if found is None else [found], now=now)
    values = {"next_revision": proxy["revision"], "runs_until": until}
    if found is None:
        place = {"api_proxy_id": proxy["id"], "environment_id": environment["id"]}
        connection.execute(insert(deployments).values(**place, **values))
    else:
        connection.execute(update(deployments).where(_at(proxy, environment)).values(**values))


def finish_deployment(connection: Connection, proxy: Row, environment: Row, *, now: float) -> bool:
    """Write down that a proxy has arrived; says whether it was still expected."""
    change = update(deployments).where(
        _at(proxy, environment), deployments.c.next_revision.is_not(None)
    )
    done = connection.execute(
        change.values(
            revision=deployments.c.next_revision,
            deployed_at=now,
            next_revision=None,
            runs_until=None,
        )
    )
    return done.rowcount > 0


def remove_deployment(connection: Connection, proxy: Row, environment: Row, *, now: float) -> None:
    """Take a proxy away from an environment.

    Raises:
        ConflictError: It is not there, or just on its way.
    """
    found = _find(connection, proxy, environment)
    _check_idle(proxy, [] if found is None else [found], now=now)
    if found is None or found["revision"] is None:
        name, place = proxy["name"], environment["name"]
        raise _in_the_way(f"{RESOURCE} '{name}' is not deployed to environment '{place}'")
    connection.execute(delete(deployments).where(_at(proxy, environment)))


def remove_proxy(connection: Connection, proxy: Row, *, now: float) -> list[str]:
    """Delete a proxy; returns the names of the environments it was deployed to.

    Raises:
        ConflictError: A deployment of it is running.
    """
    found = deployments_of(connection, proxy)
    _check_idle(proxy, found, now=now)
    connection.execute(delete(api_proxies).where(api_proxies.c.id == proxy["id"]))
    return [row["environment"] for row in found if row["revision"] is not None]


def deployments_of(connection: Connection, proxy: Row) -> list[Row]:
    """List the deployments of a proxy by the names of their environments."""
    query = (
        select(deployments, environments.c.name.label("environment"))
        .join(environments, environments.c.id == deployments.c.environment_id)
        .where(deployments.c.api_proxy_id == proxy["id"])
        .order_by(environments.c.name)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _find(connection: Connection, proxy: Row, environment: Row) -> Row | None:
    query = select(deployments).where(_at(proxy, environment))
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else dict(row)


def _at(proxy: Row, environment: Row) -> ColumnElement[bool]:
    return and_(
        deployments.c.api_proxy_id == proxy["id"],
        deployments.c.environment_id == environment["id"],
    )


def _check_idle(proxy: Row, found: Sequence[Row], *, now: float) -> None:
    if any(row["runs_until"] is not None and now < row["runs_until"] for row in found):
        raise _in_the_way(f"A deployment of {RESOURCE} '{proxy['name']}' is running")


def _in_the_way(reason: str) -> ConflictError:
    return ConflictError(resource_type=RESOURCE, field="deployment", reason=reason)
