"""What pages, feeds and documents say about a maintenance window, word for word the same.

Texts come from people; what could move a reader's eye or a terminal (control characters,
characters that turn the direction of writing) is shown as an escape. Whoever puts a text into
HTML or XML escapes it for that.
"""

from collections.abc import Mapping
from datetime import UTC, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from failwell.core.clock import moment
from failwell.core.redaction import log_text
from failwell.stores.maintenance_window import LONGEST_MESSAGE, MaintenanceWindow, WindowState

__all__ = ["STATES", "message_of", "routes_of", "shown_time", "times_of"]

STATES: Mapping[WindowState, str] = {
    "upcoming": "Upcoming",
    "in_progress": "In progress",
    "completed": "Completed",
    "cancelled": "Cancelled",
}
"""The states in words."""


def message_of(window: MaintenanceWindow) -> str:
    """Give the words of operators about a window, harmless, or those for when they said nothing."""
    words = " ".join((window.message or "Scheduled maintenance").split())
    return log_text(words, longest=LONGEST_MESSAGE)


def routes_of(window: MaintenanceWindow) -> tuple[str, ...]:
    """Give the routes a window is about, harmless; none: the whole API."""
    return tuple(map(log_text, window.routes))


def times_of(window: MaintenanceWindow, now: float) -> str:
    """Say when a window is, in UTC and in its own zone.

    Args:
        window: The window.
        now: The moment: a planned end that has passed is told as such.
    """
    zone = _zone(window.zone)
    spans = [_span(window, UTC, "UTC", now)]
    if zone is not None:
        spans.append(_span(window, zone, log_text(window.zone or "", longest=40), now))
    return " · ".join(spans)


def shown_time(seconds: float, zone: tzinfo = UTC, *, day: bool = True) -> str:
    """Write a moment to the minute: ``2024-01-15 16:20``."""
    return moment(seconds).astimezone(zone).strftime("%Y-%m-%d %H:%M" if day else "%H:%M")


def _span(window: MaintenanceWindow, zone: tzinfo, name: str, now: float) -> str:
    begin = shown_time(window.starts_at, zone)
    if window.state(now) == "cancelled":
        return f"{begin} {name}"
    end = window.ended_at if window.ended_at is not None else window.ends_at
    if end is None:
        return f"from {begin} {name}, end not yet known"
    same_day = begin[:10] == shown_time(end, zone)[:10]
    span = f"{begin} - {shown_time(end, zone, day=not same_day)} {name}"
    return span if window.over_at is not None or now < end else f"{span}, and still in progress"


@lru_cache(maxsize=64)
def _zone(name: str | None) -> ZoneInfo | None:
    """Find a zone; a machine may have no list of them, and then UTC has to do."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
