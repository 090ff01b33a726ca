"""Agents: what a project runs. They are configured, started, paused, stopped and invoked."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from failwell.apis.connix.agent_rows import (
    Row,
    add_agent,
    change_agent,
    count_agents,
    find_agent,
    list_agents,
    remove_agent,
)
from failwell.apis.connix.agent_schemas import (
    AGENT,
    AGENT_CHANGES,
    AGENT_LIST,
    AGENT_QUERY,
    NEW_AGENT,
)
from failwell.apis.connix.lifecycle import PAUSE, START, STOP, Lifecycle, Transition, begin
from failwell.apis.connix.project_rows import find_project
from failwell.apis.connix.wire import BOTH
from failwell.core.clock import Clock, timestamp
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.stores.database import Database

__all__ = ["Agents"]

_DEFAULT_CONFIG = {"model": "gpt-4", "temperature": 0.7, "max_tokens": 2048, "tools": []}


class Agents:
    """The endpoints of agents, but for invoking them.

    Args:
        database: ``connix.db``.
        lifecycle: Moves agents on after they were told to start, pause or stop.
        clock: Where the time comes from.
        transition_seconds: How long starting, pausing and stopping takes.
    """

    def __init__(
        self,
        database: Database,
        *,
        lifecycle: Lifecycle,
        clock: Clock,
        transition_seconds: float,
    ) -> None:
        self._database = database
        self._lifecycle = lifecycle
        self._clock = clock
        self._transition_seconds = transition_seconds

    async def list(self, call: Call) -> Reply:
        """List a part of the agents of a project."""
        query = dict(call.query)
        tenant, project_id = call.tenant, call.path["project_id"]
        status = query.pop("status", None)

        def page(connection: Connection) -> tuple[list[Row], int]:
            find_project(connection, tenant, project_id)
            rows = list_agents(connection, project_id, status, **query)
            return rows, count_agents(connection, project_id, status)

        rows, total = await self._database.read(page)
        found = [_agent(row) for row in rows]
        return Reply(body={"agents": found, "total": total, **_window(query)})

    async def create(self, call: Call) -> Reply:
        """Make an agent in a project."""
        tenant, project_id, now = call.tenant, call.path["project_id"], self._clock.now()
        values = _new_values(call.body, created_by=call.caller.user)

        def create(connection: Connection) -> Row:
            find_project(connection, tenant, project_id)
            return add_agent(connection, tenant, project_id, values, now=now)

        return Reply(body=_agent(await self._database.write(create)))

    async def get(self, call: Call) -> Reply:
        """Read an agent."""
        tenant, agent_id = call.tenant, call.path["agent_id"]
        row = await self._database.read(lambda connection: find_agent(connection, tenant, agent_id))
        return Reply(body=_agent(row))

    async def change(self, call: Call) -> Reply:
        """Change the members that are given."""
        tenant, agent_id, now = call.tenant, call.path["agent_id"], self._clock.now()

        def change(connection: Connection) -> Row:
            changes = _changes(find_agent(connection, tenant, agent_id), call.body)
            return change_agent(connection, tenant, agent_id, changes, now=now)

        return Reply(body=_agent(await self._database.write(change)))

    async def delete(self, call: Call) -> Reply:
        """Delete an agent."""
        tenant, agent_id = call.tenant, call.path["agent_id"]
        await self._database.write(lambda connection: remove_agent(connection, tenant, agent_id))
        return Reply()

    def tell(self, transition: Transition) -> Callable[[Call], Awaitable[Reply]]:
        """Make the handler that sends an agent on its way to another status."""

        async def handler(call: Call) -> Reply:
            tenant, agent_id, now = call.tenant, call.path["agent_id"], self._clock.now()
            due_at = now + self._transition_seconds
            row = await self._database.write(
                lambda connection: begin(
                    connection, tenant, agent_id, transition, now=now, due_at=due_at
                )
            )
            self._lifecycle.wake()
            return Reply(body=_agent(row))

        return handler

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="GET",
                path="/projects/{project_id}/agents",
                handler=self.list,
                id="listAgents",
                summary="List the agents of a project.",
                tags=("agents",),
                auth=BOTH,
                scopes=("agents:read",),
                query=AGENT_QUERY,
                returns=AGENT_LIST,
                situations=(Situation.NOT_FOUND,),
            ),
            Operation(
                method="POST",
                path="/projects/{project_id}/agents",
                handler=self.create,
                id="createAgent",
                summary="Create an agent; it begins stopped.",
                tags=("agents",),
                auth=BOTH,
                scopes=("agents:write",),
                body=NEW_AGENT,
                status=201,
                returns=AGENT,
                situations=(Situation.NOT_FOUND,),
            ),
            Operation(
                method="GET",
                path="/agents/{agent_id}",
                handler=self.get,
                id="getAgent",
                summary="Read an agent.",
                tags=("agents",),
                auth=BOTH,
                scopes=("agents:read",),
                returns=AGENT,
                situations=(Situation.NOT_FOUND,),
            ),
            Operation(
                method="PATCH",
                path="/agents/{agent_id}",
                handler=self.change,
                id="changeAgent",
                summary="Change an agent.",
                tags=("agents",),
                auth=BOTH,
                scopes=("agents:write",),
                body=AGENT_CHANGES,
                returns=AGENT,
                situations=(Situation.NOT_FOUND,),
            ),
            Operation(
                method="DELETE",
                path="/agents/{agent_id}",
                handler=self.delete,
                id="deleteAgent",
                summary="Delete an agent.",
                tags=("agents",),
                auth=BOTH,
                scopes=("agents:write",),
                status=204,
                situations=(Situation.NOT_FOUND,),
            ),
            self._telling("start", START, Situation.UNPROCESSABLE),
            self._telling("pause", PAUSE),
            self._telling("stop", STOP),
        )

    def _telling(self, verb: str, transition: Transition, *more: Situation) -> Operation:
        return Operation(
            method="POST",
            path=f"/agents/{{agent_id}}/{verb}",
            handler=self.tell(transition),
            id=f"{verb}Agent",
            summary=f"{verb.capitalize()} an agent; it is {transition.goal} a moment later.",
            tags=("agents",),
            auth=BOTH,
            scopes=("agents:write",),
            status=202,
            returns=AGENT,
            situations=(Situation.NOT_FOUND, Situation.CONFLICT, *more),
        )


def _window(query: Mapping[str, Any]) -> dict[str, int]:
    return {"limit": query["limit"], "offset": query["offset"]}


def _new_values(body: Mapping[str, Any], *, created_by: str | None) -> dict[str, Any]:
    return {
        "name": body["name"],
        "description": body.get("description"),
        "config": _config(_DEFAULT_CONFIG, body.get("config", {})),
        "metadata": _metadata(body.get("metadata", {}), created_by),
    }


def _changes(row: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    changes = {name: body[name] for name in ("name", "description") if name in body}
    if "config" in body:
        changes["config"] = _config(row["config"], body["config"])
    if "metadata" in body:
        changes["metadata"] = _metadata(body["metadata"], row["metadata"].get("created_by"))
    return changes


def _metadata(given: Mapping[str, Any], created_by: str | None) -> dict[str, Any]:
    own = {key: value for key, value in given.items() if key != "created_by"}
    return own if created_by is None else {"created_by": created_by, **own}


def _config(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    # Only what the schema knows: unknown members are accepted and not kept.
    config = {name: given.get(name, value) for name, value in before.items()}
    # JSON Schema counts 5.0 as an integer.
    return config | {"max_tokens": int(config["max_tokens"])}


def _agent(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", "name", "description", "project_id", "status", "config", "metadata")
    moments = ("created_at", "updated_at", "last_activity")
    return {name: row[name] for name in names} | {name: timestamp(row[name]) for name in moments}
