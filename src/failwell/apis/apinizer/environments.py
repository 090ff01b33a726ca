"""Environments: where proxies are deployed to. An installation comes with its own."""

from collections.abc import Mapping
from typing import Any

from failwell.apis.apinizer.access import Access
from failwell.apis.apinizer.authentication import BEARER
from failwell.apis.apinizer.environment_rows import list_environments
from failwell.apis.apinizer.project_rows import find_project
from failwell.apis.apinizer.wire import ADMIN, NAME, successes, successful
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.server.schemas import DESCRIPTION, Schema, answer
from failwell.stores.database import Database

__all__ = ["Environments"]

_ENVIRONMENT: Schema = answer(
    name=NAME,
    description=DESCRIPTION,
    type={"type": "string", "enum": ["PRODUCTION", "SANDBOX", "TEST"]},
    status={"type": "string", "enum": ["PUBLISHED", "UNPUBLISHED", "REPUBLISH_REQUIRED"]},
    accessUrl={"type": "string"},
    deployed={"type": "boolean", "description": "Whether a proxy is deployed there."},
    redeployRequired={"type": "boolean", "description": "Whether one was changed since."},
)


class Environments:
    """The endpoints of environments.

    Args:
        database: ``apinizer.db``.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._access = Access(database)

    async def list(self, call: Call) -> Reply:
        """List every environment of the installation."""
        tenant = call.tenant
        rows = await self._database.read(lambda connection: list_environments(connection, tenant))
        return successful([_environment(row) for row in rows])

    async def of_project(self, call: Call) -> Reply:
        """List the environments as one project sees them."""
        tenant, name = call.tenant, call.path["projectName"]
        rows = await self._database.read(
            lambda connection: list_environments(
                connection, tenant, find_project(connection, tenant, name)["id"]
            )
        )
        return successful([_environment(row) for row in rows])

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="GET",
                path="/environments/",
                handler=self.list,
                id="listEnvironments",
                summary="List the environments of the installation.",
                tags=("environments",),
                auth=BEARER,
                scopes=(ADMIN,),
                returns=successes(_ENVIRONMENT),
            ),
            Operation(
                method="GET",
                path="/environments/{projectName}",
                handler=self.of_project,
                id="listEnvironmentsOfProject",
                summary="List the environments with what a project has deployed to them.",
                tags=("environments",),
                auth=BEARER,
                existence=self._access.needs(),
                returns=successes(_ENVIRONMENT),
                situations=(Situation.NO_PERMISSION,),
            ),
        )


def _environment(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": row["name"],
        "description": row["description"],
        "type": row["type"],
        "status": row["status"],
        "accessUrl": row["access_url"],
        "deployed": row["deployed"],
        "redeployRequired": row["redeploy_required"],
    }
