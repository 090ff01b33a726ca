"""Projects: what an organization keeps its agents in."""

from collections.abc import Mapping
from typing import Any

from failwell.apis.connix.project_rows import (
    add_project,
    change_project,
    count_projects,
    find_project,
    list_projects,
    remove_project,
)
from failwell.apis.connix.project_schemas import (
    NEW_PROJECT,
    PROJECT,
    PROJECT_CHANGES,
    PROJECT_LIST,
    PROJECT_QUERY,
)
from failwell.apis.connix.wire import BOTH
from failwell.core.clock import Clock, timestamp
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.stores.database import Database

__all__ = ["Projects"]

_CHANGEABLE = ("name", "enabled_tools")


class Projects:
    """The endpoints of projects.

    Args:
        database: ``connix.db``.
        clock: Where the time comes from.
    """

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list(self, call: Call) -> Reply:
        """List one page of the caller's projects."""
        query = dict(call.query)
        page, search = query.pop("page"), query.pop("search", None)
        tenant, offset = call.tenant, (page - 1) * query["limit"]
        rows, total = await self._database.read(
            lambda connection: (
                list_projects(connection, tenant, search, offset=offset, **query),
                count_projects(connection, tenant, search),
            )
        )
        found = [{"id": row["id"], "name": row["name"]} for row in rows]
        return Reply(body={"projects": found, "pagination": _pages(page, query["limit"], total)})

    async def create(self, call: Call) -> Reply:
        """Make a project."""
        tenant, now = call.tenant, self._clock.now()
        row = await self._database.write(
            lambda connection: add_project(connection, tenant, call.body["name"], now=now)
        )
        return Reply(body=_project(row))

    async def get(self, call: Call) -> Reply:
        """Read a project."""
        tenant, project_id = call.tenant, call.path["project_id"]
        row = await self._database.read(
            lambda connection: find_project(connection, tenant, project_id)
        )
        return Reply(body=_project(row))

    async def change(self, call: Call) -> Reply:
        """Change the members that are given."""
        tenant, project_id, now = call.tenant, call.path["project_id"], self._clock.now()
        changes = {name: call.body[name] for name in _CHANGEABLE if name in call.body}
        row = await self._database.write(
            lambda connection: change_project(connection, tenant, project_id, changes, now=now)
        )
        return Reply(body=_project(row))

    async def delete(self, call: Call) -> Reply:
        """Delete a project with its agents."""
        tenant, project_id = call.tenant, call.path["project_id"]
        await self._database.write(
            lambda connection: remove_project(connection, tenant, project_id)
        )
        return Reply()

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="GET",
                path="/projects",
                handler=self.list,
                id="listProjects",
                summary="List projects.",
                tags=("projects",),
                auth=BOTH,
                scopes=("projects:read",),
                query=PROJECT_QUERY,
                returns=PROJECT_LIST,
            ),
            Operation(
                method="POST",
                path="/projects",
                handler=self.create,
                id="createProject",
                summary="Create a project.",
                tags=("projects",),
                auth=BOTH,
                scopes=("projects:write",),
                body=NEW_PROJECT,
                status=201,
                returns=PROJECT,
                situations=(Situation.CONFLICT,),
            ),
            Operation(
                method="GET",
                path="/projects/{project_id}",
                handler=self.get,
                id="getProject",
                summary="Read a project.",
                tags=("projects",),
                auth=BOTH,
                scopes=("projects:read",),
                returns=PROJECT,
                situations=(Situation.NOT_FOUND,),
            ),
            Operation(
                method="PATCH",
                path="/projects/{project_id}",
                handler=self.change,
                id="changeProject",
                summary="Rename a project or change the tools it enables.",
                tags=("projects",),
                auth=BOTH,
                scopes=("projects:write",),
                body=PROJECT_CHANGES,
                returns=PROJECT,
                situations=(Situation.NOT_FOUND, Situation.CONFLICT),
            ),
            Operation(
                method="DELETE",
                path="/projects/{project_id}",
                handler=self.delete,
                id="deleteProject",
                summary="Delete a project and its agents.",
                tags=("projects",),
                auth=BOTH,
                scopes=("projects:write",),
                status=204,
                situations=(Situation.NOT_FOUND,),
            ),
        )


def _project(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "created_at": timestamp(row["created_at"]),
        "updated_at": timestamp(row["updated_at"]),
        "enabled_tools": row["enabled_tools"],
    }


def _pages(page: int, limit: int, total: int) -> dict[str, Any]:
    pages = -(-total // limit)
    return {
        "page": page,
        "limit": limit,
        "total": total,
        "pages": pages,
        "has_next": page < pages,
        "has_prev": page > 1,
    }
