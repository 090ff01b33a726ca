"""Roles: what an agent can be; the same for every account."""

from collections.abc import Mapping
from typing import Any

from failwell.apis.agenthuman.role_rows import LANGUAGES, list_roles
from failwell.apis.agenthuman.wire import BY_KEY, good, success
from failwell.server.operation import Call, Operation, Reply
from failwell.server.schemas import Schema, answer, identifier
from failwell.stores.database import Database

__all__ = ["Roles"]

_ROLE: Schema = answer(
    role_id=identifier("role_01HM56NZ000000000C0NC1ERGE"),
    name={"type": "string"},
    description={"type": "string"},
    languages={
        "type": "array",
        "items": {"type": "string", "enum": list(LANGUAGES)},
        "description": "Languages that agents with this role can speak.",
    },
    enabled={"type": "boolean", "description": "Whether new agents can have it."},
)


class Roles:
    """The endpoint of roles.

    Args:
        database: ``agenthuman.db``.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, call: Call) -> Reply:
        """List every role."""
        rows = await self._database.read(list_roles)
        return Reply(body=success(roles=[_role(row) for row in rows]))

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoint."""
        return (
            Operation(
                method="GET",
                path="/roles",
                handler=self.list,
                id="listRoles",
                summary="List the roles an agent can have.",
                description="They are the same for everybody; any key may read them.",
                tags=("roles",),
                auth=BY_KEY,
                returns=good(roles={"type": "array", "items": _ROLE}),
            ),
        )


def _role(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "role_id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "languages": row["languages"],
        "enabled": row["enabled"],
    }
