"""Rows of maintenance windows; every function is one step of a transaction."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, or_, select, update

from failwell.core.exceptions import FailwellError
from failwell.stores.maintenance_window import MaintenanceWindow
from failwell.stores.tables import maintenance_windows

__all__ = ["WindowOverError", "end", "find", "not_over", "rows", "running"]


class WindowOverError(FailwellError):
    """A window that is over was to be changed or ended."""


def not_over(since: float) -> Any:
    """Select what was not over before a moment; the planned end counts unless ended by hand."""
    columns = maintenance_windows.c
    return or_(
        columns.ended_at > since,
        columns.ended_at.is_(None)
        & (columns.manual_end | columns.ends_at.is_(None) | (columns.ends_at > since)),
    )


def running(connection: Connection, api: str, now: float) -> list[MaintenanceWindow]:
    """Read the windows of an API that are in force, the latest first."""
    table = maintenance_windows
    query = select(table).where(not_over(now), table.c.api == api)
    found = rows(connection, query.order_by(table.c.starts_at.desc()))
    return [window for window in found if window.covers(now)]


def find(connection: Connection, window_id: str, now: float) -> MaintenanceWindow | None:
    """Read a window that can still be changed; ``None`` when there is none of this id.

    Raises:
        WindowOverError: It is over.
    """
    table = maintenance_windows
    found = rows(connection, select(table).where(table.c.id == window_id))
    if not found:
        return None
    if found[0].state(now) in ("completed", "cancelled"):
        raise WindowOverError(f"{window_id} is over; start a new window")
    return found[0]


def end(
    connection: Connection, windows: Sequence[MaintenanceWindow], now: float
) -> tuple[MaintenanceWindow, ...]:
    """End windows now; returns them as they are then."""
    table = maintenance_windows
    for window in windows:
        connection.execute(
            update(table).where(table.c.id == window.id).values(ended_at=now, updated_at=now)
        )
    return tuple(
        msgspec.structs.replace(window, ended_at=now, updated_at=now) for window in windows
    )


def rows(connection: Connection, query: Any) -> tuple[MaintenanceWindow, ...]:
    """Read what a query finds."""
    return tuple(
        MaintenanceWindow(**{**row._mapping, "routes": tuple(row.routes)})
        for row in connection.execute(query)
    )
