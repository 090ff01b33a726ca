"""Projects: what proxies and credentials are kept in, and what people are members of."""

from failwell.apis.apinizer.access import Access
from failwell.apis.apinizer.authentication import BEARER
from failwell.apis.apinizer.project_rows import (
    add_project,
    count_projects,
    list_projects,
    remove_project,
)
from failwell.apis.apinizer.wire import (
    ADMIN,
    DONE,
    NAME,
    PAGE_QUERY,
    SUCCEEDED,
    counted,
    listing,
    page_of,
)
from failwell.core.clock import Clock
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.server.schemas import DESCRIPTION, Schema, answer
from failwell.stores.database import Database

__all__ = ["Projects"]

_EMAIL: Schema = {
    "type": ["string", "null"],
    # Apart, since makers of examples overlook a format beside several types.
    "anyOf": [{"type": "string", "format": "email", "maxLength": 254}, {"type": "null"}],
    "description": "Whom to ask about the project.",
}
_NEW: Schema = {
    "type": "object",
    "properties": {"name": NAME, "description": DESCRIPTION, "email": _EMAIL},
    "required": ["name"],
}
_PROJECT: Schema = answer(name=NAME, description=DESCRIPTION)


class Projects:
    """The endpoints of projects.

    Args:
        database: ``apinizer.db``.
        clock: Where the time comes from.
    """

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._access = Access(database)
        self._clock = clock

    async def list(self, call: Call) -> Reply:
        """List one page of the projects the caller is a member of."""
        tenant, caller, page = call.tenant, call.caller, page_of(call)
        # Any role in every project makes a member of every project.
        member = None if caller.scopes else caller.user
        rows, total = await self._database.read(
            lambda connection: (
                list_projects(connection, tenant, member, page),
                count_projects(connection, tenant, member),
            )
        )
        found = [{"name": row["name"], "description": row["description"]} for row in rows]
        return listing(found, total)

    async def create(self, call: Call) -> Reply:
        """Make a project."""
        tenant, body, now = call.tenant, call.body, self._clock.now()
        await self._database.write(
            lambda connection: add_project(
                connection,
                tenant,
                body["name"],
                description=body.get("description"),
                email=body.get("email"),
                now=now,
            )
        )
        return Reply(body=SUCCEEDED)

    async def delete(self, call: Call) -> Reply:
        """Delete a project with everything in it."""
        tenant, name = call.tenant, call.path["projectName"]
        await self._database.write(lambda connection: remove_project(connection, tenant, name))
        return Reply(body=SUCCEEDED)

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="GET",
                path="/projects/",
                handler=self.list,
                id="listProjects",
                summary="List the projects you are a member of.",
                tags=("projects",),
                auth=BEARER,
                query=PAGE_QUERY,
                returns=counted(_PROJECT),
            ),
            Operation(
                method="POST",
                path="/projects/",
                handler=self.create,
                id="createProject",
                summary="Create a project.",
                tags=("projects",),
                auth=BEARER,
                scopes=(ADMIN,),
                body=_NEW,
                status=201,
                returns=DONE,
                situations=(Situation.CONFLICT,),
            ),
            Operation(
                method="DELETE",
                path="/projects/{projectName}/",
                handler=self.delete,
                id="deleteProject",
                summary="Delete a project with everything in it.",
                tags=("projects",),
                auth=BEARER,
                existence=self._access.needs(ADMIN),
                returns=DONE,
                situations=(Situation.NO_PERMISSION,),
            ),
        )
