"""How commands show maintenance windows."""

from collections.abc import Sequence
from typing import Any

from failwell.cli.terminal import print_json, print_table, say
from failwell.core.clock import moment
from failwell.core.redaction import log_text
from failwell.stores.maintenance_window import MaintenanceWindow

__all__ = ["as_document", "print_windows", "told"]

_COLUMNS = ("id", "api", "state", "starts_at", "ends_at", "routes", "message")


def as_document(window: MaintenanceWindow) -> dict[str, Any]:
    """Give a window as JSON has it: five members always, more where they say something."""
    ends_at = window.ends_at if window.ended_at is None else window.ended_at
    document: dict[str, Any] = {
        "id": window.id,
        "api": window.api,
        "starts_at": _moment(window.starts_at),
        "ends_at": _moment(ends_at),
        "message": window.message,
    }
    further = {
        "routes": window.routes,
        "publish_at": _moment(window.publish_at),
        "manual_end": window.manual_end,
        "zone": window.zone,
    }
    return document | {name: value for name, value in further.items() if value}


def print_windows(
    windows: Sequence[MaintenanceWindow], *, now: float, as_json: bool, none: str
) -> None:
    """Print windows as JSON or as a table; `none` is said when there are none."""
    if as_json:
        print_json([as_document(window) for window in windows])
    elif not windows:
        say(none)
    else:
        print_table(_COLUMNS, [_row(window, now) for window in windows])


def told(window: MaintenanceWindow, now: float) -> str:
    """Say in a sentence what a window means."""
    what = f"{window.api} ({', '.join(window.routes)})" if window.routes else window.api
    verb = "is in maintenance" if window.starts_at <= now else "will be in maintenance"
    begin = "" if window.starts_at <= now else f" from {_minute(window.starts_at)}"
    open_end = window.ends_at is None or window.manual_end
    end = "until it is ended" if open_end else f"until {_minute(window.ends_at or 0.0)}"
    return f"{what} {verb}{begin} {end} ({window.id})"


def _row(window: MaintenanceWindow, now: float) -> tuple[Any, ...]:
    document = as_document(window)
    message = None if window.message is None else log_text(window.message, longest=500)
    state = window.state(now).replace("_", " ")
    moments = (document["starts_at"], document["ends_at"])
    return (window.id, window.api, state, *moments, window.routes, message)


def _moment(seconds: float | None) -> Any:
    return None if seconds is None else moment(int(seconds))


def _minute(seconds: float) -> str:
    return f"{moment(seconds):%Y-%m-%d %H:%M} UTC"
