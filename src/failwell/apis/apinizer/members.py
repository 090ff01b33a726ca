"""Members: who belongs to a project, and what they may do in it."""

from sqlalchemy import Connection

from failwell.apis.apinizer.access import Access
from failwell.apis.apinizer.authentication import BEARER
from failwell.apis.apinizer.people_rows import (
    list_members,
    person_named,
    remove_member,
    set_member,
)
from failwell.apis.apinizer.project_rows import Row, find_project
from failwell.apis.apinizer.wire import ADMIN, DONE, NAME, ROLES, SUCCEEDED, successes, successful
from failwell.core.exceptions import NotFoundError
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.server.schemas import Schema, answer
from failwell.stores.database import Database

__all__ = ["Members"]

_LIST = "/projects/{projectName}/members/"
_ONE = "/projects/{projectName}/members/{username}/"
_ROLES: Schema = {"type": "object", "properties": {"roleNameList": ROLES}}
_MEMBER: Schema = answer(username=NAME, roleNameList=ROLES)


class Members:
    """The endpoints of members, for administrators of the installation or the project.

    Args:
        database: ``apinizer.db``.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._access = Access(database)

    async def list(self, call: Call) -> Reply:
        """List the members of a project by name."""
        rows = await self._database.read(
            lambda connection: list_members(connection, _project(connection, call)["id"])
        )
        return successful(
            [{"username": row["username"], "roleNameList": row["roles"]} for row in rows]
        )

    async def set(self, call: Call) -> Reply:
        """Make somebody a member with exactly these roles."""
        roles = call.body.get("roleNameList", [])

        def change(connection: Connection) -> None:
            project, user = _project(connection, call), _user(connection, call)
            set_member(connection, project["id"], user["user_id"], roles)

        await self._database.write(change)
        return Reply(body=SUCCEEDED)

    async def delete(self, call: Call) -> Reply:
        """Take somebody out of a project."""

        def remove(connection: Connection) -> None:
            project, user = _project(connection, call), _user(connection, call)
            if not remove_member(connection, project["id"], user["user_id"]):
                raise NotFoundError(resource_type="Member", resource_id=user["username"])

        await self._database.write(remove)
        return Reply(body=SUCCEEDED)

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="GET",
                path=_LIST,
                handler=self.list,
                id="listMembers",
                summary="List the members of a project.",
                tags=("members",),
                auth=BEARER,
                existence=self._access.needs(ADMIN),
                returns=successes(_MEMBER),
                situations=(Situation.NO_PERMISSION,),
            ),
            Operation(
                method="PUT",
                path=_ONE,
                handler=self.set,
                id="setMember",
                summary="Make a user a member of a project, with these roles in it.",
                tags=("members",),
                auth=BEARER,
                existence=self._access.needs(ADMIN),
                body=_ROLES,
                returns=DONE,
                situations=(Situation.NO_PERMISSION, Situation.NOT_FOUND),
            ),
            Operation(
                method="DELETE",
                path=_ONE,
                handler=self.delete,
                id="removeMember",
                summary="Take a user out of a project.",
                tags=("members",),
                auth=BEARER,
                existence=self._access.needs(ADMIN),
                returns=DONE,
                situations=(Situation.NO_PERMISSION, Situation.NOT_FOUND),
            ),
        )


def _project(connection: Connection, call: Call) -> Row:
    return find_project(connection, call.tenant, call.path["projectName"])


def _user(connection: Connection, call: Call) -> Row:
    return person_named(connection, call.tenant, call.path["username"])
