"""Sessions: an avatar in a room, for as long as a render worker shows it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from failwell.apis.agenthuman.rooms import Rooms
from failwell.apis.agenthuman.session_rows import (
    Capacity,
    add_session,
    check_start,
    count_running,
    end_session,
    find_session,
    list_sessions,
    minutes_used,
    plan_session,
    start_session,
)
from failwell.apis.agenthuman.session_schemas import (
    CREATED_SESSION,
    NEW_SESSION,
    SESSION,
    SESSION_LIST,
    SESSION_QUERY,
    STARTED,
    USAGE,
)
from failwell.apis.agenthuman.ulid import new_id
from failwell.apis.agenthuman.wire import BY_KEY, PLANS, Owner, good, owner_of, page, success
from failwell.core.clock import Clock, timestamp
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.stores.database import Database

__all__ = ["Sessions"]

_READING = ("sessions:read",)
_WRITING = ("sessions:write",)
_UPSTREAM = (Situation.BAD_GATEWAY, Situation.GATEWAY_TIMEOUT)


class Sessions:
    """The endpoints of sessions, and of what they use up.

    Args:
        database: ``agenthuman.db``.
        rooms: Opens rooms.
        workers: How many sessions run at once.
        lasts: Seconds a session lasts, and waits to be started.
        clock: Where the time comes from.
    """

    def __init__(
        self, database: Database, *, rooms: Rooms, workers: int, lasts: float, clock: Clock
    ) -> None:
        self._database = database
        self._rooms = rooms
        self._workers = workers
        self._lasts = lasts
        self._clock = clock

    async def create(self, call: Call) -> Reply:
        """Make a session, with its room open."""
        owner, body, now = owner_of(call), call.body, self._clock.now()
        capacity = self._capacity(call)
        place = await self._database.read(
            lambda connection: plan_session(connection, owner, body, capacity=capacity, now=now)
        )
        row = {
            "id": new_id("sess", now=now),
            "account_id": owner.account_id,
            "environment": owner.environment,
            "agent_id": place.agent_id,
            "avatar_id": place.avatar_id,
            "session_type": body.get("session_type", "agent_video"),
            "status": "created",
            "metadata": body.get("metadata", {}),
            "created_at": now,
            "started_at": None,
            "ended_at": None,
            "expires_at": now + self._lasts,
        }
        row["room_url"] = await self._rooms.open(row["id"], expires_at=row["expires_at"])

        def add(connection: Connection) -> int:
            add_session(connection, row)
            return count_running(connection, owner.account_id, now=now)

        usage = {
            "concurrency": _concurrency(await self._database.write(add), capacity),
            "minutes": {"total_remaining": None},
        }
        made = _session(row, now)
        return Reply(
            body=success(session=made, usage=usage, message="Session created successfully")
        )

    async def list(self, call: Call) -> Reply:
        """List the caller's sessions."""
        owner, now = owner_of(call), self._clock.now()
        status, (limit, offset) = call.query["status"], page(call)
        rows = await self._database.read(
            lambda connection: list_sessions(
                connection, owner, status, limit=limit, offset=offset, now=now
            )
        )
        return Reply(body=success(sessions=[_session(row, now) for row in rows]))

    async def get(self, call: Call) -> Reply:
        """Read a session."""
        owner, session_id, now = owner_of(call), call.path["session_id"], self._clock.now()
        row = await self._database.read(
            lambda connection: find_session(connection, owner, session_id, now=now)
        )
        return Reply(body=success(session=_session(row, now)))

    async def start(self, call: Call) -> Reply:
        """Start a session; starting a started one again changes nothing."""
        owner, session_id, now = owner_of(call), call.path["session_id"], self._clock.now()
        capacity = self._capacity(call)
        row = await self._database.read(
            lambda connection: check_start(
                connection, owner, session_id, capacity=capacity, now=now
            )
        )
        if row["status"] == "created":
            row = await self._started(owner, session_id, capacity)
        return Reply(
            body=success(
                ws_uri=row["room_url"],
                expiration=timestamp(row["expires_at"]),
                message="Session started successfully",
            )
        )

    async def end(self, call: Call) -> Reply:
        """End a session; ending an ended one again changes nothing."""
        owner, session_id, now = owner_of(call), call.path["session_id"], self._clock.now()
        row = await self._database.write(
            lambda connection: end_session(connection, owner, session_id, now=now)
        )
        return Reply(body=success(session=_session(row, now), message="Session ended successfully"))

    async def usage(self, call: Call) -> Reply:
        """Tell what the account uses, live and test together."""
        account_id, now, capacity = call.tenant, self._clock.now(), self._capacity(call)
        running, minutes = await self._database.read(
            lambda connection: (
                count_running(connection, account_id, now=now),
                minutes_used(connection, account_id, now=now),
            )
        )
        usage = {
            "concurrency": _concurrency(running, capacity),
            "minutes": {"used": minutes, "total_remaining": None},
        }
        return Reply(body=success(plan=call.caller.plan or "free", usage=usage))

    async def _started(self, owner: Owner, session_id: str, capacity: Capacity) -> dict[str, Any]:
        """Open the room, then take a worker: a provider that fails leaves no trace."""
        expires_at = self._clock.now() + self._lasts
        room_url = await self._rooms.open(session_id, expires_at=expires_at)
        now = self._clock.now()
        return await self._database.write(
            lambda connection: start_session(
                connection,
                owner,
                session_id,
                capacity=capacity,
                room_url=room_url,
                lasts=self._lasts,
                now=now,
            )
        )

    def _capacity(self, call: Call) -> Capacity:
        allowed = PLANS.get(call.caller.plan or "free", PLANS["free"])
        return Capacity(allowed=allowed, workers=self._workers)

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="POST",
                path="/sessions",
                handler=self.create,
                id="createSession",
                summary="Create a session.",
                tags=("sessions",),
                auth=BY_KEY,
                scopes=_WRITING,
                body=NEW_SESSION,
                status=201,
                returns=CREATED_SESSION,
                situations=(
                    Situation.NOT_FOUND,
                    Situation.CONFLICT,
                    Situation.UNPROCESSABLE,
                    *_UPSTREAM,
                ),
            ),
            Operation(
                method="GET",
                path="/sessions",
                handler=self.list,
                id="listSessions",
                summary="List sessions, the newest first.",
                tags=("sessions",),
                auth=BY_KEY,
                scopes=_READING,
                query=SESSION_QUERY,
                returns=SESSION_LIST,
            ),
            Operation(
                method="GET",
                path="/sessions/{session_id}",
                handler=self.get,
                id="getSession",
                summary="Read a session.",
                tags=("sessions",),
                auth=BY_KEY,
                scopes=_READING,
                returns=good(session=SESSION),
                situations=(Situation.NOT_FOUND,),
            ),
            *(self._starting(method) for method in ("PUT", "POST")),
            *(self._ending(method) for method in ("POST", "PUT")),
            Operation(
                method="GET",
                path="/usage",
                handler=self.usage,
                id="getUsage",
                summary="Read how many sessions run and how many minutes were used.",
                tags=("usage",),
                auth=BY_KEY,
                scopes=_READING,
                returns=USAGE,
            ),
        )

    def _starting(self, method: str) -> Operation:
        return Operation(
            method=method,
            path="/sessions/{session_id}/start",
            handler=self.start,
            id=f"startSession{method.capitalize()}",
            summary="Start a session.",
            description="It takes a render worker until it ends. Safe to repeat.",
            tags=("sessions",),
            auth=BY_KEY,
            scopes=_WRITING,
            returns=STARTED,
            situations=(Situation.NOT_FOUND, Situation.CONFLICT, *_UPSTREAM),
        )

    def _ending(self, method: str) -> Operation:
        return Operation(
            method=method,
            path="/sessions/{session_id}/end",
            handler=self.end,
            id=f"endSession{method.capitalize()}",
            summary="End a session.",
            description="Only a started one can be ended. Safe to repeat.",
            tags=("sessions",),
            auth=BY_KEY,
            scopes=_WRITING,
            returns=good(session=SESSION, message={"type": "string"}),
            situations=(Situation.NOT_FOUND, Situation.CONFLICT),
        )


def _concurrency(running: int, capacity: Capacity) -> dict[str, int]:
    available = max(0, capacity.allowed - running)
    return {"current": running, "max": capacity.allowed, "available": available}


def _session(row: Mapping[str, Any], now: float) -> dict[str, Any]:
    return {
        "session_id": row["id"],
        "status": row["status"],
        "agent_id": row["agent_id"],
        "avatar_id": row["avatar_id"],
        "session_type": row["session_type"],
        "room_url": row["room_url"],
        "created_at": timestamp(row["created_at"]),
        "started_at": timestamp(row["started_at"]),
        "ended_at": timestamp(row["ended_at"]),
        "expiration": timestamp(row["expires_at"]),
        "duration": _duration(row, now),
        "metadata": row["metadata"],
    }


def _duration(row: Mapping[str, Any], now: float) -> int:
    if row["started_at"] is None:
        return 0
    return max(0, int((row["ended_at"] or now) - row["started_at"]))
