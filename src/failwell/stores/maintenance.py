"""Maintenance windows: times in which an API answers only that it is away."""

import contextlib
import secrets
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from failwell.core.clock import Clock, SystemClock
from failwell.core.exceptions import FailwellError, UnavailableError
from failwell.stores.database import Database
from failwell.stores.maintenance_rows import (
    WindowOverError,
    end,
    find,
    not_over,
    rows,
    running,
)
from failwell.stores.maintenance_window import MaintenanceWindow, WindowChanges, window_problems
from failwell.stores.recent import Recent
from failwell.stores.tables import maintenance_windows

__all__ = ["MaintenanceStore", "MaintenanceWindow", "WindowChanges", "WindowOverError"]

_SHOWN_FOR = 30 * 86_400.0
_MOST_SHOWN = 500


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
        self._last_shown: tuple[MaintenanceWindow, ...] | None = None
        self._recent: Recent[None, tuple[MaintenanceWindow, ...]] = Recent(
            self._load, clock=self._clock
        )
        self._shown: Recent[None, tuple[MaintenanceWindow, ...]] = Recent(
            self._load_shown, clock=self._clock
        )

    async def start(
        self,
        api: str,
        *,
        starts_at: float | None = None,
        ends_at: float | None = None,
        message: str | None = None,
        routes: Sequence[str] = (),
        publish_at: float | None = None,
        manual_end: bool = False,
        zone: str | None = None,
    ) -> MaintenanceWindow:
        """Begin a window now, in place of one for the same routes that is running, or announce one.

        Args:
            api: The API.
            starts_at: When it begins; ``None`` for now.
            ends_at: When it is planned to end; ``None`` when nobody knows.
            message: What operators say about it.
            routes: Route templates; none for the whole API.
            publish_at: When the status page begins to announce it; ``None`` for now.
            manual_end: Whether it lasts until somebody ends it, whatever was planned.
            zone: Time zone in which pages show it, besides UTC.

        Raises:
            FailwellError: Such a window makes no sense; the text says why.
        """
        now = self._clock.now()
        window = MaintenanceWindow(
            id=f"mnt_{secrets.token_hex(8)}",
            api=api,
            starts_at=now if starts_at is None else starts_at,
            ends_at=ends_at,
            message=message,
            ended_at=None,
            routes=tuple(dict.fromkeys(routes)),
            publish_at=publish_at,
            manual_end=manual_end,
            zone=zone,
            created_at=now,
            updated_at=now,
        )
        _check(window, now, new=True)

        def begin(connection: Connection) -> None:
            if window.covers(now):
                replaced = [w for w in running(connection, api, now) if _same_routes(w, window)]
                end(connection, replaced, now)
            connection.execute(insert(maintenance_windows).values(msgspec.structs.asdict(window)))

        await self._database.write(begin)
        self._forget()
        return window

    async def change(self, window_id: str, changes: WindowChanges) -> MaintenanceWindow | None:
        """Extend a window, cut it short or word it anew; ``None`` when there is no such window.

        Raises:
            WindowOverError: It is over.
            FailwellError: What would come of it makes no sense; the text says why.
        """
        now = self._clock.now()

        def apply(connection: Connection) -> MaintenanceWindow | None:
            window = find(connection, window_id, now)
            if window is None:
                return None
            given = {n: v for n, v in _members(changes).items() if v is not msgspec.UNSET}
            changed = msgspec.structs.replace(window, **given, updated_at=now)
            _check(changed, now)
            table = maintenance_windows
            connection.execute(
                update(table).where(table.c.id == window_id).values(**given, updated_at=now)
            )
            return changed

        changed = await self._database.write(apply)
        self._forget()
        return changed

    async def end(self, api: str) -> tuple[MaintenanceWindow, ...]:
        """End what is running; returns the windows that were ended."""
        now = self._clock.now()
        ended = await self._database.write(
            lambda connection: end(connection, running(connection, api, now), now)
        )
        self._forget()
        return ended

    async def close(self, window_id: str) -> MaintenanceWindow | None:
        """End one window, or take it back before it begins; ``None`` when there is no such window.

        Raises:
            WindowOverError: It is over.
        """
        now = self._clock.now()

        def end_one(connection: Connection) -> MaintenanceWindow | None:
            window = find(connection, window_id, now)
            return None if window is None else end(connection, [window], now)[0]

        ended = await self._database.write(end_one)
        self._forget()
        return ended

    async def list(
        self, *, api: str | None = None, since: float | None = None
    ) -> tuple[MaintenanceWindow, ...]:
        """List all windows, past ones too, oldest first.

        Args:
            api: Only those of this API.
            since: Only those that were not over before this moment.
        """
        table = maintenance_windows
        query = select(table).order_by(table.c.starts_at)
        if api is not None:
            query = query.where(table.c.api == api)
        if since is not None:
            query = query.where(not_over(since))
        return await self._database.read(lambda connection: rows(connection, query))

    async def active(
        self, api: str, now: float, route: str | None = None
    ) -> MaintenanceWindow | None:
        """Find the window a route of an API is in, from a state at most half a second old.

        While the database cannot be read the last known state holds: an API does not
        come back, or go away, because of that.

        Args:
            api: The API.
            now: The moment.
            route: The route template; ``None`` finds windows of the whole API only.

        Returns:
            Of several the one that ends last: before that nothing works again.
        """
        found = [
            window
            for window in await self._recent.get(None)
            if window.api == api and window.covers(now) and window.concerns(route)
        ]
        return max(found, key=lambda window: _known_end(window, now)) if found else None

    async def published(self, now: float) -> tuple[MaintenanceWindow, ...]:
        """List what the public may know of, by start: also what was over in the last 30 days.

        Of very many the 500 that begin nearest to now. At most half a second old, and the
        last known state while the database cannot be read.

        Raises:
            SQLAlchemyError: It cannot be read, and has not been before.
        """
        return tuple(each for each in await self._shown.get(None) if each.published(now))

    def _forget(self) -> None:
        self._recent.forget()
        self._shown.forget()

    async def _load(self, _key: None) -> tuple[MaintenanceWindow, ...]:
        query = select(maintenance_windows).where(not_over(self._clock.now()))
        with contextlib.suppress(SQLAlchemyError, UnavailableError):
            self._last = await self._database.read(lambda connection: rows(connection, query))
        return self._last

    async def _load_shown(self, _key: None) -> tuple[MaintenanceWindow, ...]:
        table, now = maintenance_windows, self._clock.now()
        query = (
            select(table)
            .where(not_over(now - _SHOWN_FOR))
            .order_by(func.abs(table.c.starts_at - now))
            .limit(_MOST_SHOWN)
        )
        try:
            nearest = await self._database.read(lambda connection: rows(connection, query))
        except (SQLAlchemyError, UnavailableError):
            if self._last_shown is None:
                raise
        else:
            self._last_shown = tuple(sorted(nearest, key=lambda window: window.starts_at))
        return self._last_shown or ()


def _check(window: MaintenanceWindow, now: float, *, new: bool = False) -> None:
    for member, problem in window_problems(window, now=now, new=new):
        raise FailwellError(f"maintenance window, {member}: {problem}")


def _members(changes: WindowChanges) -> dict[str, Any]:
    return {name: getattr(changes, name) for name in changes.__struct_fields__}


def _same_routes(one: MaintenanceWindow, other: MaintenanceWindow) -> bool:
    return set(one.routes) == set(other.routes)


def _known_end(window: MaintenanceWindow, now: float) -> float:
    ends_at = window.ends_at
    return float("inf") if ends_at is None or ends_at <= now else ends_at
