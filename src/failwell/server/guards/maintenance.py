"""Maintenance: while a window is open every request that it concerns gets the same answer."""

import math
from typing import Protocol

from failwell.core.clock import Clock, SystemClock, moment
from failwell.core.exceptions import UnavailableError

__all__ = ["MaintenanceGuard", "Window", "Windows"]

_OPEN_END = 60.0
"""Seconds a caller is asked to wait when nobody knows the end."""


class Window(Protocol):
    """One announced absence."""

    @property
    def ends_at(self) -> float | None:
        """When it ends, in Unix seconds; ``None`` when nobody knows."""
        ...

    @property
    def message(self) -> str | None:
        """What operators say about it."""
        ...


class Windows(Protocol):
    """Where announced absences are kept."""

    async def active(self, api: str, now: float, route: str | None = None, /) -> Window | None:
        """Find the window a route of an API is in; asked for every request, so it must be cheap.

        Args:
            api: The API.
            now: The moment.
            route: The route template; ``None`` where no route matches the path, which only an
                absence of the whole API concerns.
        """
        ...


class MaintenanceGuard:
    """Answers for an API that is away.

    Args:
        windows: Where absences are kept.
        api: The API to look for.
        clock: Where the time comes from.
    """

    def __init__(self, windows: Windows, *, api: str, clock: Clock | None = None) -> None:
        self._windows = windows
        self._api = api
        self._clock = clock or SystemClock()

    async def check(self, route: str | None = None) -> None:
        """Let a request pass unless a window is open for its route.

        Args:
            route: The route template; ``None`` where no route matches the path.

        Raises:
            UnavailableError: One is; with the moment it ends, where that is known.
        """
        now = self._clock.now()
        window = await self._windows.active(self._api, now, route)
        if window is not None:
            raise _away(window, now)


def _away(window: Window, now: float) -> UnavailableError:
    # Past its planned end a window stays open where somebody wants to end it by hand.
    if window.ends_at is None or window.ends_at <= now:
        return UnavailableError(window.message, reason="maintenance", retry_after=_OPEN_END)
    return UnavailableError(
        window.message,
        reason="maintenance",
        resume_at=moment(window.ends_at),
        retry_after=float(max(1, math.ceil(window.ends_at - now))),
    )
