"""A new installation: what has to be there before anybody can work."""

from sqlalchemy import Connection

from failwell.apis.apinizer.environment_rows import add_environment, list_environments
from failwell.apis.apinizer.project_rows import Row, add_project, find_project
from failwell.core.exceptions import NotFoundError

__all__ = ["DEFAULT_PROJECT", "ensure_installation", "ensure_project"]

DEFAULT_PROJECT = "DefaultProject"
"""The project that every installation begins with."""

_ENVIRONMENTS = (
    ("production", "PRODUCTION", "https://api.apinizer.example"),
    ("test", "TEST", "https://api-test.apinizer.example"),
)


def ensure_installation(
    connection: Connection, tenant_id: str, *, project: str = DEFAULT_PROJECT, now: float
) -> None:
    """Give an installation its environments and its first project, once.

    Args:
        connection: The caller's transaction.
        tenant_id: The installation.
        project: Name of the first project.
        now: Unix seconds.
    """
    # An installation that has environments was here before; its owner may have tidied up.
    if list_environments(connection, tenant_id):
        return
    for name, kind, access_url in _ENVIRONMENTS:
        add_environment(connection, tenant_id, name, kind=kind, access_url=access_url)
    ensure_project(connection, tenant_id, project, now=now)


def ensure_project(connection: Connection, tenant_id: str, name: str, *, now: float) -> Row:
    """Find a project, or make it."""
    try:
        return find_project(connection, tenant_id, name)
    except NotFoundError:
        return add_project(connection, tenant_id, name, now=now)
