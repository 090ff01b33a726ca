"""One maintenance window: when it is in force, for which requests, and what the public may know.

The same object drives the refusals of the API, the status page and the marks on charts. Moments
are Unix seconds.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

__all__ = [
    "LONGEST_MESSAGE",
    "LONGEST_WINDOW",
    "MOST_ROUTES",
    "MaintenanceWindow",
    "WindowChanges",
    "WindowState",
    "fits",
    "window_problems",
]

WindowState = Literal["upcoming", "in_progress", "completed", "cancelled"]
"""Where a window stands; ``cancelled`` was taken back before it began."""

LONGEST_MESSAGE = 500
"""Characters that operators may say about a window."""

LONGEST_WINDOW = 366 * 86_400.0
"""Seconds that a window may last, or lie ahead."""

MOST_ROUTES = 50
"""Routes that one window may name."""

_LATE = 60.0
"""Seconds that a command or a call may take to arrive."""

_ROUTE = re.compile(r"/[A-Za-z0-9._~!$&'()+,;=:@%{}/-]{0,198}(?:/\*)?")
_PLACEHOLDER = re.compile(r"\{[^{}/]*\}")
_BELOW = "/*"


class MaintenanceWindow(msgspec.Struct, frozen=True, kw_only=True):
    """One announced absence of one API, or of some of its routes."""

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
    """When somebody ended it early, or took it back before it began."""

    routes: tuple[str, ...] = ()
    """Route templates that are away, ``/*`` at the end for all below; none: the whole API."""

    publish_at: float | None = None
    """When the status page begins to announce it; ``None``: as soon as it is known."""

    manual_end: bool = False
    """Whether it stays in force after its planned end, until somebody ends it."""

    zone: str | None = None
    """Time zone (IANA) in which pages show its times, besides UTC."""

    created_at: float = 0.0
    """When it was written down."""

    updated_at: float = 0.0
    """When somebody changed it last."""

    @property
    def over_at(self) -> float | None:
        """When it was over or will be; ``None`` when that is open."""
        if self.ended_at is not None:
            return self.ended_at
        return None if self.manual_end else self.ends_at

    def covers(self, now: float) -> bool:
        """Whether it is in force at a moment."""
        if self.ended_at is not None or now < self.starts_at:
            return False
        over = self.over_at
        return over is None or now < over

    def concerns(self, route: str | None) -> bool:
        """Whether it is about a route.

        Args:
            route: The template; ``None`` for a path that no route matches, which only a window
                of the whole API concerns.
        """
        if not self.routes:
            return True
        return route is not None and any(fits(pattern, route) for pattern in self.routes)

    def state(self, now: float) -> WindowState:
        """Tell where it stands."""
        if self.ended_at is not None:
            return "cancelled" if self.ended_at < self.starts_at else "completed"
        if now < self.starts_at:
            return "upcoming"
        return "in_progress" if self.covers(now) else "completed"

    def published(self, now: float) -> bool:
        """Whether the public may know of it: in force it always may."""
        if self.publish_at is None:
            return True
        told_by = min(self.publish_at, self.starts_at)
        return now >= told_by and (self.ended_at is None or self.ended_at >= told_by)

    def changed_at(self, now: float) -> float:
        """Tell when what can be seen of it changed last: by somebody, or by the time."""
        moments = (self.updated_at, self.publish_at, self.starts_at, self.over_at)
        past = [each for each in moments if each is not None and each <= now]
        return max(past, default=self.created_at)


class WindowChanges(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What changes about a window; what is left out stays."""

    ends_at: float | msgspec.UnsetType | None = msgspec.UNSET
    message: str | msgspec.UnsetType | None = msgspec.UNSET
    publish_at: float | msgspec.UnsetType | None = msgspec.UNSET
    manual_end: bool | msgspec.UnsetType = msgspec.UNSET


def window_problems(
    window: MaintenanceWindow, *, now: float, new: bool = False
) -> tuple[tuple[str, str], ...]:
    """Say what is wrong with a window that somebody asks for.

    Args:
        window: As it would be stored.
        now: The moment.
        new: Whether it is announced now: then it begins now or later.

    Returns:
        The member and a sentence about it, for each problem; none when all is well.
    """
    return tuple(_problems(window, now, new=new))


def _problems(window: MaintenanceWindow, now: float, *, new: bool) -> Iterable[tuple[str, str]]:
    if new and window.starts_at < now - _LATE:
        yield "starts_at", "expected a moment that has not passed"
    if window.starts_at > now + LONGEST_WINDOW:
        yield "starts_at", "expected at most 366 days from now"
    if window.ends_at is not None:
        # One that is ended by hand may be past its planned end, and still be worded anew.
        lasting = window.manual_end and not new
        if window.ends_at <= (window.starts_at if lasting else max(window.starts_at, now)):
            yield "ends_at", "expected a moment after the start, and after now"
        elif window.ends_at > window.starts_at + LONGEST_WINDOW:
            yield "ends_at", "expected at most 366 days after the start"
    if window.publish_at is not None and window.publish_at > window.starts_at:
        yield "publish_at", "expected a moment before the start, or the start itself"
    if window.message is not None and not 0 < len(window.message.strip()) <= LONGEST_MESSAGE:
        yield "message", f"expected 1 to {LONGEST_MESSAGE} characters"
    if window.zone is not None and not _is_zone(window.zone):
        yield "zone", "expected the name of a time zone, such as Europe/Berlin"
    if len(window.routes) > MOST_ROUTES:
        yield "routes", f"expected at most {MOST_ROUTES} routes"
    for route in window.routes:
        if not _ROUTE.fullmatch(route):
            yield "routes", f"{route[:100]!r}: expected a path such as /api/v1/projects/{{id}}"


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def fits(pattern: str, route: str) -> bool:
    """Whether a route template is one that a window names.

    Args:
        pattern: As the window names it: placeholders may be called anything, and ``/*`` at the
            end takes everything below, too.
        route: The template.
    """
    wanted, found = _nameless(pattern), _nameless(route)
    if not wanted.endswith(_BELOW):
        return wanted == found
    above = wanted.removesuffix(_BELOW)
    return found == above or found.startswith(above + "/")


@lru_cache(maxsize=1024)
def _nameless(template: str) -> str:
    """Forget how placeholders are called: people remember a route, not its variables."""
    return _PLACEHOLDER.sub("{}", template)
