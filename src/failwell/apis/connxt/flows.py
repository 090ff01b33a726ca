"""Flow types: which payment gateways there are, and what each of them needs."""

from typing import Any

from sqlalchemy import Connection

from failwell.apis.connxt.flow_rows import Row, find_flow_type, list_targets
from failwell.apis.connxt.flow_schemas import DEFINITIONS, DEFINITIONS_QUERY
from failwell.apis.connxt.wire import AUTH, answered, owner_of
from failwell.core.clock import Clock
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.stores.database import Database

__all__ = ["Flows"]


class Flows:
    """The endpoint of flow types.

    Args:
        database: ``connxt.db``.
        clock: Where the time comes from.
    """

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def definitions(self, call: Call) -> Reply:
        """Tell everything about the targets of a flow type."""
        owner, name = owner_of(call), call.query["type"]

        def look_up(connection: Connection) -> list[Row]:
            found = find_flow_type(connection, owner, name)
            return list_targets(connection, owner, found["id"])

        targets = await self._database.read(look_up)
        data = {"name": name, "targets": [_target(row) for row in targets]}
        return Reply(body=answered(data, now=self._clock.now()))

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoint."""
        return (
            Operation(
                method="GET",
                path="/flow-types/definitions",
                handler=self.definitions,
                id="getFlowTypeDefinitions",
                summary="List the payment gateways with their schemas and actions.",
                tags=("flows",),
                auth=AUTH,
                scopes=("flows:read",),
                query=DEFINITIONS_QUERY,
                returns=DEFINITIONS,
                situations=(Situation.NOT_FOUND,),
            ),
        )


def _target(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "logo": row["logo"],
        "status": row["status"],
        "credentialSchema": row["credential_schema"],
        "inputSchema": {
            "paymentMethods": _choices(row["payment_methods"]),
            "countries": _choices(row["countries"]),
            "currencies": _choices(row["currencies"]),
        },
        "actions": [_action(action) for action in row["actions"]],
    }


def _choices(allowed: list[str]) -> dict[str, Any]:
    return {"type": "array", "items": {"enum": allowed, "type": "string"}}


def _action(row: Row) -> dict[str, Any]:
    definition = {
        "id": row["definition_id"],
        "description": row["definition_description"],
        "inputSchema": row["definition_schema"],
    }
    ready = row["definition_id"] is not None
    return {"id": row["id"], "name": row["name"], "definition": definition if ready else None}
