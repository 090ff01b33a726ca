"""Agents: a role with an avatar, ready for sessions."""

from collections.abc import Mapping
from typing import Any

from failwell.apis.agenthuman.agent_rows import add_agent, find_agent, list_agents, remove_agent
from failwell.apis.agenthuman.agent_schemas import (
    AGENT,
    AGENT_LIST,
    AGENT_QUERY,
    CREATED_AGENT,
    DELETED,
    NEW_AGENT,
)
from failwell.apis.agenthuman.wire import BY_KEY, good, owner_of, page, success
from failwell.core.clock import Clock, timestamp
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.stores.database import Database

__all__ = ["Agents"]

_READING = ("agents:read",)
_WRITING = ("agents:write",)


class Agents:
    """The endpoints of agents.

    Args:
        database: ``agenthuman.db``.
        clock: Where the time comes from.
    """

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def create(self, call: Call) -> Reply:
        """Make an agent."""
        owner, now = owner_of(call), self._clock.now()
        row = await self._database.write(
            lambda connection: add_agent(connection, owner, call.body, now=now)
        )
        return Reply(body=success(agent=_agent(row), message="Agent created successfully"))

    async def list(self, call: Call) -> Reply:
        """List the caller's agents."""
        owner, (limit, offset) = owner_of(call), page(call)
        rows = await self._database.read(
            lambda connection: list_agents(connection, owner, limit=limit, offset=offset)
        )
        return Reply(body=success(agents=[_agent(row) for row in rows]))

    async def get(self, call: Call) -> Reply:
        """Read an agent."""
        owner, agent_id = owner_of(call), call.path["agent_id"]
        row = await self._database.read(lambda connection: find_agent(connection, owner, agent_id))
        return Reply(body=success(agent=_agent(row)))

    async def delete(self, call: Call) -> Reply:
        """Delete an agent; its sessions stay what they are."""
        owner, agent_id = owner_of(call), call.path["agent_id"]
        await self._database.write(lambda connection: remove_agent(connection, owner, agent_id))
        return Reply(body=success(message="Agent deleted successfully"))

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="POST",
                path="/agents",
                handler=self.create,
                id="createAgent",
                summary="Create an agent.",
                tags=("agents",),
                auth=BY_KEY,
                scopes=_WRITING,
                body=NEW_AGENT,
                status=201,
                returns=CREATED_AGENT,
                situations=(Situation.NOT_FOUND, Situation.CONFLICT, Situation.UNPROCESSABLE),
            ),
            Operation(
                method="GET",
                path="/agents",
                handler=self.list,
                id="listAgents",
                summary="List agents, the newest first.",
                tags=("agents",),
                auth=BY_KEY,
                scopes=_READING,
                query=AGENT_QUERY,
                returns=AGENT_LIST,
            ),
            Operation(
                method="GET",
                path="/agents/{agent_id}",
                handler=self.get,
                id="getAgent",
                summary="Read an agent.",
                tags=("agents",),
                auth=BY_KEY,
                scopes=_READING,
                returns=good(agent=AGENT),
                situations=(Situation.NOT_FOUND,),
            ),
            Operation(
                method="DELETE",
                path="/agents/{agent_id}",
                handler=self.delete,
                id="deleteAgent",
                summary="Delete an agent; its sessions stay.",
                tags=("agents",),
                auth=BY_KEY,
                scopes=_WRITING,
                returns=DELETED,
                situations=(Situation.NOT_FOUND,),
            ),
        )


def _agent(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "agent_id": row["id"],
        "name": row["name"],
        "role_id": row["role_id"],
        "avatar_id": row["avatar_id"],
        "language": row["language"],
        "custom_greeting": row["custom_greeting"],
        "context": row["context"],
        "status": "active",
        "created_at": timestamp(row["created_at"]),
    }
