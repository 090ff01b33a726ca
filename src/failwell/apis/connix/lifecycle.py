"""Starting, pausing and stopping agents: asked for now, done a moment later.

A request only writes down where an agent is going. What is written down is the whole
state, so the worker that moves agents on may be killed at any time: the next one finds
the same rows.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select, update

from failwell.apis.connix.agent_rows import Row, change_agent, find_agent
from failwell.apis.connix.project_rows import find_project
from failwell.apis.connix.tables import agents
from failwell.core.clock import Clock
from failwell.core.exceptions import ConflictError, ValidationError
from failwell.core.situation import Situation
from failwell.stores.database import Database

__all__ = ["PAUSE", "START", "STOP", "Lifecycle", "Transition", "begin"]

_log = logging.getLogger(__name__)

_IDLE = 5.0
_AFTER_FAILURE = 1.0


class Transition(msgspec.Struct, frozen=True):
    """One thing an agent can be told to do."""

    goal: str
    """The status it ends in."""

    allowed: tuple[str, ...]
    """The statuses it can be told so in."""


START = Transition("running", ("stopped", "paused", "error"))
"""Begin or go on working."""

PAUSE = Transition("paused", ("running",))
"""Stop working for a while."""

STOP = Transition("stopped", ("running", "paused", "error"))
"""Stop working."""


def begin(
    connection: Connection,
    organization_id: str,
    agent_id: str,
    transition: Transition,
    *,
    now: float,
    due_at: float,
) -> Row:
    """Write down that an agent is on its way to another status.

    Raises:
        NotFoundError: There is no such agent.
        ConflictError: Its status does not allow that.
        ValidationError: It would run with a tool its project has not enabled.
    """
    agent = find_agent(connection, organization_id, agent_id)
    if agent["status"] not in transition.allowed:
        raise ConflictError(resource_type="agent", field="status", value=agent["status"])
    if transition is START:
        _check_tools(agent, find_project(connection, organization_id, agent["project_id"]))
    first = transition is START and not agent["launched"]
    changes = {
        "status": "creating" if first else "updating",
        "next_status": transition.goal,
        "due_at": due_at,
        "launched": agent["launched"] or first,
    }
    return change_agent(connection, organization_id, agent_id, changes, now=now)


def _check_tools(agent: Mapping[str, Any], project: Mapping[str, Any]) -> None:
    for tool in agent["config"]["tools"]:
        if tool not in project["enabled_tools"]:
            raise ValidationError(
                situation=Situation.UNPROCESSABLE,
                field="config.tools",
                reason=f"Tool {tool} is not enabled in project {project['id']}",
            )


class Lifecycle:
    """The worker that moves agents on when they are due.

    Args:
        database: ``connix.db``.
        clock: Where the time comes from.
    """

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Work from now on, beginning with what an earlier process left."""
        self._task = asyncio.create_task(self._work(), name="connix lifecycle")

    async def close(self) -> None:
        """Stop working; what is not due yet stays written down."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def wake(self) -> None:
        """Tell the worker that something new is written down."""
        self._news.set()

    async def _work(self) -> None:
        while True:
            self._news.clear()
            wait = await self._step()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), timeout=wait)

    async def _step(self) -> float:
        """Move on what is due; returns the seconds until there may be more to do."""
        try:
            due_at = await self._database.read(_next_due)
            if due_at is not None and due_at <= self._clock.now():
                now = self._clock.now()
                await self._database.write(lambda connection: _move_on(connection, now))
                due_at = await self._database.read(_next_due)
        except Exception:
            # A locked or full file passes; agents move on when it has.
            _log.warning("agents could not be moved on; trying again", exc_info=True)
            return _AFTER_FAILURE
        return _IDLE if due_at is None else min(_IDLE, max(0.0, due_at - self._clock.now()))


def _next_due(connection: Connection) -> float | None:
    due_at: float | None = connection.execute(select(func.min(agents.c.due_at))).scalar_one()
    return due_at


def _move_on(connection: Connection, now: float) -> None:
    connection.execute(
        update(agents)
        .where(agents.c.due_at <= now)
        .values(
            status=agents.c.next_status,
            next_status=None,
            due_at=None,
            updated_at=now,
            last_activity=now,
        )
    )
