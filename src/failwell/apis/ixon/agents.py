"""Agents: the routers that connect machines. They register themselves; here they are named."""

from typing import Any

from sqlalchemy import Connection, select, update

from failwell.apis.ixon.fields import Fields
from failwell.apis.ixon.listing import Filters, Listing
from failwell.apis.ixon.operations import for_company
from failwell.apis.ixon.rows import Row, first_row
from failwell.apis.ixon.tables import agents
from failwell.apis.ixon.wire import item, listed, one, reply
from failwell.core.exceptions import NotFoundError
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.server.schemas import Schema, text
from failwell.stores.database import Database

__all__ = ["Agents", "find_agent"]

_COORDINATE: Schema = {"type": "string", "pattern": r"^-?[0-9]{1,3}(\.[0-9]{1,12})?$"}
_LOCATION: Schema = {
    "type": ["object", "null"],
    "properties": {
        "name": text(1, 255),
        "latitude": _COORDINATE,
        "longitude": _COORDINATE,
    },
    "required": ["name", "latitude", "longitude"],
}
_CHANGES: Schema = {
    "type": "object",
    "properties": {
        "name": text(1, 255),
        "description": {**text(0, 65_535), "type": ["string", "null"]},
        "location": _LOCATION,
    },
}
_AGENT: Schema = item(
    name={"type": ["string", "null"]},
    deviceId={"type": "string"},
    description={"type": ["string", "null"]},
    location=_LOCATION,
)
_FIELDS = Fields("name", "deviceId", "description", location=("name", "latitude", "longitude"))
_FILTERS = Filters(
    publicId=agents.c.id,
    name=agents.c.name,
    deviceId=agents.c.device_id,
    description=agents.c.description,
)
_QUERY: Schema = {"type": "object", "properties": {"fields": _FIELDS.schema}}


def _shown(row: Row) -> dict[str, Any]:
    return {
        "publicId": row["id"],
        "name": row["name"],
        "deviceId": row["device_id"],
        "description": row["description"],
        "location": row["location"],
    }


_LIST = Listing("AgentList", agents.c.id, _shown, _FIELDS, _FILTERS)


class Agents:
    """The endpoints of agents.

    Args:
        database: ``ixon.db``.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, call: Call) -> Reply:
        """List the agents of the company."""
        query = select(agents).where(agents.c.company_id == call.tenant)
        return await _LIST.answer(self._database, call, query)

    async def get(self, call: Call) -> Reply:
        """Read an agent."""
        tenant, agent_id = call.tenant, call.path["public_id"]
        row = await self._database.read(lambda connection: find_agent(connection, tenant, agent_id))
        return reply("Agent", _FIELDS.choose(_shown(row), call.query.get("fields")))

    async def change(self, call: Call) -> Reply:
        """Change the members that are given."""
        tenant, agent_id = call.tenant, call.path["public_id"]
        names = ("name", "description", "location")
        changes = {name: call.body[name] for name in names if name in call.body}
        row = await self._database.write(
            lambda connection: _change(connection, tenant, agent_id, changes)
        )
        return reply("Agent", _shown(row))

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            for_company(
                "AgentList",
                "GET",
                "/agents",
                self.list,
                permission="agents:view",
                summary="List agents.",
                query=_LIST.query,
                returns=listed("AgentList", _AGENT),
            ),
            for_company(
                "Agent",
                "GET",
                "/agents/{public_id}",
                self.get,
                permission="agents:view",
                summary="Read an agent.",
                query=_QUERY,
                returns=one("Agent", _AGENT),
                situations=(Situation.NOT_FOUND,),
            ),
            for_company(
                "Agent",
                "PATCH",
                "/agents/{public_id}",
                self.change,
                permission="agents:manage",
                summary="Change name, description or location of an agent.",
                body=_CHANGES,
                returns=one("Agent", _AGENT),
                situations=(Situation.NOT_FOUND,),
            ),
        )


def find_agent(connection: Connection, company_id: str, agent_id: str) -> Row:
    """Find an agent of a company; a foreign one does not exist.

    Raises:
        NotFoundError: There is none.
    """
    query = select(agents).where(agents.c.company_id == company_id, agents.c.id == agent_id)
    row = first_row(connection, query)
    if row is None:
        raise NotFoundError(resource_type="agent", resource_id=agent_id)
    return row


def _change(connection: Connection, company_id: str, agent_id: str, changes: dict[str, Any]) -> Row:
    find_agent(connection, company_id, agent_id)
    if changes:
        change = update(agents).where(agents.c.company_id == company_id, agents.c.id == agent_id)
        connection.execute(change.values(**changes))
    return find_agent(connection, company_id, agent_id)
