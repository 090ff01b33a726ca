"""Who may do what in a project: found, member, role, in this order and before anything else.

A project that is not there is not found, also for an administrator; whoever is no member
learns only that it exists; a member without the role may not act; the proxy that the path
names is looked for last. Endpoints hand one of these to `Operation.existence`.
"""

from collections.abc import Awaitable, Callable, Collection

from sqlalchemy import Connection, select

from failwell.apis.apinizer.project_rows import Row, find_project
from failwell.apis.apinizer.proxy_rows import find_proxy
from failwell.apis.apinizer.tables import memberships
from failwell.apis.apinizer.wire import ADMIN, SCOPES
from failwell.core.exceptions import PermissionDeniedError
from failwell.server.operation import Call
from failwell.stores.database import Database

__all__ = ["Access", "check_roles", "roles_in"]


class Access:
    """Makes the checks that endpoints inside a project begin with.

    Args:
        database: ``apinizer.db``.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def needs(self, *any_of: str) -> Callable[[Call], Awaitable[None]]:
        """Make the check for one of some roles; without any, being a member is enough."""

        async def check(call: Call) -> None:
            await self._database.read(lambda connection: _check(connection, call, any_of))

        return check


def _check(connection: Connection, call: Call, any_of: Collection[str]) -> None:
    project = find_project(connection, call.tenant, call.path["projectName"])
    check_roles(roles_in(connection, project, call), any_of)
    if "apiProxyName" in call.path:
        find_proxy(connection, project["id"], call.path["apiProxyName"])


def roles_in(connection: Connection, project: Row, call: Call) -> Collection[str]:
    """Tell what a caller may do in a project.

    Args:
        connection: The caller's transaction.
        project: A project of the caller's installation.
        call: The call.

    Raises:
        PermissionDeniedError: The caller is no member of it.
    """
    caller = call.caller
    if ADMIN in caller.scopes:
        return SCOPES
    query = select(memberships.c.roles).where(
        memberships.c.project_id == project["id"], memberships.c.user_id == caller.user
    )
    own = connection.execute(query).scalar_one_or_none()
    # A role in every project makes its owner a member of every project.
    if own is None and not caller.scopes:
        raise PermissionDeniedError(resource_type="Project")
    roles = {*caller.scopes, *(own or ())}
    return SCOPES if ADMIN in roles else roles


def check_roles(roles: Collection[str], any_of: Collection[str]) -> None:
    """Let a member with one of some roles pass.

    Raises:
        PermissionDeniedError: There is none of them.
    """
    if any_of and not set(any_of) & set(roles):
        raise PermissionDeniedError(required=list(any_of), provided=list(roles))
