"""The APIs a console shows, and in which state their maintenance windows put them."""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from failwell.stores.maintenance_window import MaintenanceWindow

__all__ = ["ApiState", "RunningApi", "Status"]

ApiState = Literal["operational", "partial_maintenance", "maintenance"]
"""In ``partial_maintenance`` only some routes are away."""


class RunningApi(msgspec.Struct, frozen=True, kw_only=True):
    """One API that runs."""

    name: str
    """Key of the API, such as ``connix``."""

    title: str
    """Name as its vendor writes it."""

    base_url: str
    """Where it answers."""


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """What is known at one moment."""

    now: float
    """The moment, Unix seconds."""

    since: float
    """When the console began to know anything."""

    apis: tuple[RunningApi, ...]
    """Every API."""

    windows: tuple[MaintenanceWindow, ...]
    """Maintenance windows that may be shown, by start."""

    def in_state(self, *states: str) -> tuple[MaintenanceWindow, ...]:
        """Give the windows that are in one of some states, by start."""
        return tuple(each for each in self.windows if each.state(self.now) in states)

    def state_of(self, api: RunningApi) -> ApiState:
        """Tell the state of an API."""
        return _state(w for w in self.in_state("in_progress") if w.api == api.name)

    @property
    def away(self) -> Sequence[RunningApi]:
        """The APIs that are not wholly there."""
        return [api for api in self.apis if self.state_of(api) != "operational"]

    @property
    def changed_at(self) -> float:
        """When anything of it changed last."""
        return max((w.changed_at(self.now) for w in self.windows), default=self.since)

    def title_of(self, window: MaintenanceWindow) -> str:
        """Give the name of the API that a window is about."""
        titles = {api.name: api.title for api in self.apis}
        return titles.get(window.api, window.api)


def _state(open_windows: Iterable[MaintenanceWindow]) -> ApiState:
    found = list(open_windows)
    if any(not window.routes for window in found):
        return "maintenance"
    return "partial_maintenance" if found else "operational"
