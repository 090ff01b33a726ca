"""Maintenance windows: times in which an API answers only that it is away."""

import contextlib
import secrets
from typing import Any

import msgspec
from sqlalchemy import Connection, insert, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from failwell.core.clock import Clock, SystemClock
from failwell.core.exceptions import UnavailableError
from failwell.stores.database import Database
from failwell.stores.recent import Recent
from failwell.stores.tables import maintenance_windows

__all__ = ["MaintenanceStore", "MaintenanceWindow"]


class MaintenanceWindow(msgspec.Struct, frozen=True, kw_only=True):
    """One announced absence of one API. Moments are Unix seconds."""

    id: str
    """Its identifier, ``mnt_`` and 16 hexadecimal digits."""

    api: str
    """The API that is away."""

    starts_at: float
    """When it begins."""

    ends_at: float | None
    """When it is planned to end; ``None`` when nobody knows."""

    message: str | None
    """What operators say about it."""

    ended_at: float | None
    """When somebody ended it early."""

    def covers(self, now: float) -> bool:
        """Whether the API is away at a moment."""
        if self.ended_at is not None or now < self.starts_at:
            return False
        return self.ends_at is None or now < self.ends_at


class MaintenanceStore:
    """Maintenance windows in a database.

    Args:
        database: ``failwell.db``.
        clock: Where the time comes from.
    """

    def __init__(self, database: Database, *, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()
        self._last: tuple[MaintenanceWindow, ...] = ()
        self._recent: Recent[None, tuple[MaintenanceWindow, ...]] = Recent(
            self._load, clock=self._clock
        )

    async def start(
        self, api: str, *, ends_at: float | None = None, message: str | None = None
    ) -> MaintenanceWindow:
        """Begin a window now, in place of one that is running."""
        window = MaintenanceWindow(
            id=f"mnt_{secrets.token_hex(8)}",
            api=api,
            starts_at=self._clock.now(),
            ends_at=ends_at,
            message=message,
            ended_at=None,
        )

        def begin(connection: Connection) -> None:
            _end(connection, api, window.starts_at)
            connection.execute(insert(maintenance_windows).values(msgspec.structs.asdict(window)))

        await self._database.write(begin)
        self._recent.forget()
        return window

    async def end(self, api: str) -> tuple[MaintenanceWindow, ...]:
        """End what is running; returns the windows that were ended."""
        now = self._clock.now()
        ended = await self._database.write(lambda connection: _end(connection, api, now))
        self._recent.forget()
        return ended

    async def list(self, *, api: str | None = None) -> tuple[MaintenanceWindow, ...]:
        """List all windows, past ones too, oldest first."""
        query = select(maintenance_windows).order_by(maintenance_windows.c.starts_at)
        if api is not None:
            query = query.where(maintenance_windows.c.api == api)
        return await self._database.read(lambda connection: _rows(connection, query))

    async def active(self, api: str, now: float) -> MaintenanceWindow | None:
        """Find the window an API is in, from a state at most half a second old.

        While the database cannot be read the last known state holds: an API does not
        come back, or go away, because of that.
        """
        for window in await self._recent.get(None):
            if window.api == api and window.covers(now):
                return window
        return None

    async def _load(self, _key: None) -> tuple[MaintenanceWindow, ...]:
        query = _running(self._clock.now())
        with contextlib.suppress(SQLAlchemyError, UnavailableError):
            self._last = await self._database.read(lambda connection: _rows(connection, query))
        return self._last


def _running(now: float) -> Any:
    table = maintenance_windows
    return (
        select(table)
        .where(table.c.ended_at.is_(None), or_(table.c.ends_at.is_(None), table.c.ends_at > now))
        .order_by(table.c.starts_at.desc())
    )


def _end(connection: Connection, api: str, now: float) -> tuple[MaintenanceWindow, ...]:
    table = maintenance_windows
    running = _rows(connection, _running(now).where(table.c.api == api))
    for window in running:
        connection.execute(update(table).where(table.c.id == window.id).values(ended_at=now))
    return tuple(msgspec.structs.replace(window, ended_at=now) for window in running)


def _rows(connection: Connection, query: Any) -> tuple[MaintenanceWindow, ...]:
    return tuple(MaintenanceWindow(**row._mapping) for row in connection.execute(query))
