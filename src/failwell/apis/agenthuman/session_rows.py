"""Sessions in the database: every function is one step of a transaction of its caller.

created -> started -> ended. A started session holds a render worker and counts for the
plan of its account until it ends, by a call or by its time. Both counts are queries, so a
process that is killed leaves nothing to be put right, and the one writer of the database
decides who gets the last worker.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from failwell.apis.agenthuman.agent_rows import find_agent
from failwell.apis.agenthuman.avatar_rows import check_look, find_avatar
from failwell.apis.agenthuman.tables import sessions
from failwell.apis.agenthuman.wire import Owner
from failwell.core.exceptions import ConflictError, NotFoundError, UnavailableError

__all__ = [
    "STATUSES",
    "Capacity",
    "Place",
    "Row",
    "add_session",
    "check_start",
    "count_running",
    "end_session",
    "find_session",
    "list_sessions",
    "list_started",
    "minutes_used",
    "move_room",
    "plan_session",
    "start_session",
]

STATUSES = ("all", "created", "started", "ended", "active", "completed")
"""What a list can be asked for; the last two are older words for not ended and ended."""

Row = dict[str, Any]
"""A row by the names of its columns, as it is seen at a moment."""

# Somebody else's session may end at any time; nobody knows when.
_WORTH_ASKING_AGAIN = 5.0


class Capacity(msgspec.Struct, frozen=True, kw_only=True):
    """How much there is to give."""

    allowed: int
    """Sessions an account may have started at a time, by its plan."""

    workers: int
    """Render workers, for all accounts together."""


class Place(msgspec.Struct, frozen=True):
    """What a new session is about, once that is found to be good."""

    agent_id: str | None
    """The agent."""

    avatar_id: str
    """The look."""


def plan_session(
    connection: Connection,
    owner: Owner,
    wanted: Mapping[str, Any],
    *,
    capacity: Capacity,
    now: float,
) -> Place:
    """Check that a session could be made, and that it could be started just now.

    Args:
        connection: Inside a transaction.
        owner: Whose it will be.
        wanted: An agent, an avatar instead of the agent's, or an avatar alone.
        capacity: How much there is to give.
        now: Unix seconds.

    Raises:
        NotFoundError: The agent or the avatar does not exist.
        ConflictError: The plan allows no further session.
        ValidationError: The avatar is a character.
        UnavailableError: No render worker is free.
    """
    agent_id = wanted.get("agent_id")
    agent = {} if agent_id is None else find_agent(connection, owner, agent_id)
    avatar = find_avatar(connection, owner, wanted.get("avatar_id") or agent["avatar_id"])
    _check_plan(connection, owner, capacity, now=now)
    check_look(avatar)
    _check_workers(connection, capacity, now=now)
    return Place(agent_id, avatar["id"])


def add_session(connection: Connection, row: Row) -> None:
    """Add a session that was planned."""
    connection.execute(insert(sessions).values(row))


def find_session(connection: Connection, owner: Owner, session_id: str, *, now: float) -> Row:
    """Find a session of an account; a foreign one does not exist.

    Raises:
        NotFoundError: There is none.
    """
    query = select(sessions).where(_own(owner), sessions.c.id == session_id)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFoundError(resource_type="session", resource_id=session_id)
    return _seen(dict(row), now)


def list_sessions(
    connection: Connection, owner: Owner, status: str, *, limit: int, offset: int, now: float
) -> list[Row]:
    """List sessions of an account in one of `STATUSES`, the newest first."""
    newest = (sessions.c.created_at.desc(), sessions.c.id.desc())
    query = select(sessions).where(_own(owner), _in_status(status, now)).order_by(*newest)
    rows = connection.execute(query.limit(limit).offset(offset)).mappings()
    return [_seen(dict(row), now) for row in rows]


def check_start(
    connection: Connection, owner: Owner, session_id: str, *, capacity: Capacity, now: float
) -> Row:
    """Check that a session can be started; one that is started already is fine.

    Raises:
        NotFoundError: There is no such session.
        ConflictError: It has ended, or the plan allows no further session.
        UnavailableError: No render worker is free.
    """
    row = find_session(connection, owner, session_id, now=now)
    if row["status"] == "ended":
        raise _wrong_moment(row)
    if row["status"] == "created":
        _check_plan(connection, owner, capacity, now=now)
        _check_workers(connection, capacity, now=now)
    return row


def start_session(
    connection: Connection,
    owner: Owner,
    session_id: str,
    *,
    capacity: Capacity,
    room_url: str,
    lasts: float,
    now: float,
) -> Row:
    """Give a session a render worker; one that has one keeps it.

    Everything is checked again: what was true before the room was opened may not be now.

    Args:
        connection: Inside a transaction of the writer.
        owner: Whose it is.
        session_id: The session.
        capacity: How much there is to give.
        room_url: Where it takes place.
        lasts: Seconds until it ends by itself.
        now: Unix seconds.

    Raises:
        NotFoundError: There is no such session.
        ConflictError: It has ended, or the plan allows no further session.
        UnavailableError: No render worker is free.
    """
    row = check_start(connection, owner, session_id, capacity=capacity, now=now)
    if row["status"] == "started":
        return row
    changes = {
        "status": "started",
        "started_at": now,
        "expires_at": now + lasts,
        "room_url": room_url,
    }
    return _change(connection, row, changes)


def end_session(connection: Connection, owner: Owner, session_id: str, *, now: float) -> Row:
    """End a session; one that has ended stays as it is.

    Raises:
        NotFoundError: There is no such session.
        ConflictError: It was not started.
    """
    row = find_session(connection, owner, session_id, now=now)
    if row["status"] == "created":
        raise _wrong_moment(row)
    changes = {"status": "ended", "ended_at": row["ended_at"] or now}
    return _change(connection, row, changes)


def count_running(connection: Connection, account_id: str | None = None, *, now: float) -> int:
    """Count the sessions that run, of one account or of all; live and test ones together."""
    whose = true() if account_id is None else sessions.c.account_id == account_id
    query = select(func.count()).where(whose, _in_status("started", now))
    return connection.execute(query).scalar_one()


def minutes_used(connection: Connection, account_id: str, *, now: float) -> float:
    """Add up how long the sessions of an account have run, in minutes."""
    latest = case((sessions.c.expires_at < now, sessions.c.expires_at), else_=now)
    end = func.coalesce(sessions.c.ended_at, latest)
    query = select(func.sum(end - sessions.c.started_at)).where(
        sessions.c.account_id == account_id, sessions.c.started_at.is_not(None)
    )
    return round((connection.execute(query).scalar_one() or 0.0) / 60, 2)


def list_started(connection: Connection, *, now: float) -> list[Row]:
    """List the sessions of all accounts that run."""
    rows = connection.execute(select(sessions).where(_in_status("started", now)))
    return [dict(row) for row in rows.mappings()]


def move_room(connection: Connection, session_id: str, room_url: str) -> None:
    """Note that a session takes place somewhere else."""
    change = update(sessions).where(sessions.c.id == session_id)
    connection.execute(change.values(room_url=room_url))


def _check_plan(connection: Connection, owner: Owner, capacity: Capacity, *, now: float) -> None:
    running = count_running(connection, owner.account_id, now=now)
    if running >= capacity.allowed:
        raise ConflictError(resource_type="concurrency", limit=capacity.allowed, current=running)


def _check_workers(connection: Connection, capacity: Capacity, *, now: float) -> None:
    if count_running(connection, now=now) >= capacity.workers:
        raise UnavailableError(reason="overload", retry_after=_WORTH_ASKING_AGAIN)


def _change(connection: Connection, row: Row, changes: Row) -> Row:
    connection.execute(update(sessions).where(sessions.c.id == row["id"]).values(changes))
    return row | changes


def _seen(row: Row, now: float) -> Row:
    """See a row as it is at a moment: what is past its time has ended, then."""
    if row["status"] != "ended" and row["expires_at"] <= now:
        return row | {"status": "ended", "ended_at": row["expires_at"]}
    return row


def _in_status(status: str, now: float) -> ColumnElement[bool]:
    over = or_(sessions.c.status == "ended", sessions.c.expires_at <= now)
    not_over = and_(sessions.c.status != "ended", sessions.c.expires_at > now)
    match status:
        case "all":
            return true()
        case "ended" | "completed":
            return over
        case "active":
            return not_over
    return and_(sessions.c.status == status, sessions.c.expires_at > now)


def _own(owner: Owner) -> ColumnElement[bool]:
    return and_(
        sessions.c.account_id == owner.account_id, sessions.c.environment == owner.environment
    )


def _wrong_moment(row: Row) -> ConflictError:
    return ConflictError(
        resource_type="session", session_id=row["id"], current_status=row["status"]
    )
