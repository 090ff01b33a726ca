"""Maintenance windows: announcing an absence, changing it, ending it."""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from failwell.console.api.maintenance_schemas import (
    CHANGES,
    NEW_WINDOW,
    WINDOW,
    WINDOW_QUERY,
    WINDOWS,
)
from failwell.console.api.moments import precise, seconds_of
from failwell.console.api.token import BEARER
from failwell.core.clock import Clock
from failwell.core.exceptions import ConflictError, NotFoundError, ValidationError
from failwell.core.fault import Location, Violation
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.stores.maintenance import MaintenanceStore, WindowOverError
from failwell.stores.maintenance_window import MaintenanceWindow, WindowChanges, window_problems

__all__ = ["Maintenance"]

_MOMENTS = ("starts_at", "ends_at", "publish_at")


class Maintenance:
    """The endpoints of maintenance windows.

    Args:
        windows: Where they are kept.
        apis: The names of all APIs.
        clock: Where the time comes from.
    """

    def __init__(self, windows: MaintenanceStore, *, apis: Collection[str], clock: Clock) -> None:
        self._windows = windows
        self._apis = apis
        self._clock = clock

    async def list(self, call: Call) -> Reply:
        """List windows, past ones too, oldest first."""
        found = await self._windows.list(api=call.query.get("api"))
        return Reply(body={"windows": [self._view(each) for each in found]})

    async def start(self, call: Call) -> Reply:
        """Announce an absence, from now on or later."""
        given, now = _given(call.body), self._clock.now()
        if given["api"] not in self._apis:
            _refuse([("api", f"expected one of {', '.join(sorted(self._apis))}")])
        planned = MaintenanceWindow(
            **{"id": "", "starts_at": now, "ends_at": None, "message": None, **given},
            ended_at=None,
        )
        _refuse(window_problems(planned, now=now, new=True))
        return Reply(body=self._view(await self._windows.start(given.pop("api"), **given)))

    async def change(self, call: Call) -> Reply:
        """Extend a window, cut it short or word it anew."""
        window_id, given = call.path["window_id"], _given(call.body)
        window, now = await self._found(window_id), self._clock.now()
        if window.state(now) in ("upcoming", "in_progress"):
            _refuse(window_problems(msgspec.structs.replace(window, **given), now=now))
        try:
            changed = await self._windows.change(window_id, WindowChanges(**given))
        except WindowOverError:
            raise _over(window.state(now)) from None
        return Reply(body=self._view(changed or window))

    async def end(self, call: Call) -> Reply:
        """End a window, or take it back before it begins."""
        window = await self._found(call.path["window_id"])
        try:
            ended = await self._windows.close(window.id)
        except WindowOverError:
            raise _over(window.state(self._clock.now())) from None
        return Reply(body=self._view(ended or window))

    async def _found(self, window_id: str) -> MaintenanceWindow:
        for window in await self._windows.list():
            if window.id == window_id:
                return window
        raise NotFoundError(resource_type="maintenance", resource_id=window_id)

    def _view(self, window: MaintenanceWindow) -> dict[str, Any]:
        return {
            "id": window.id,
            "api": window.api,
            "state": window.state(self._clock.now()),
            "starts_at": precise(window.starts_at),
            "ends_at": precise(window.ends_at),
            "ended_at": precise(window.ended_at),
            "routes": window.routes,
            "message": window.message,
            "publish_at": precise(window.publish_at),
            "manual_end": window.manual_end,
            "zone": window.zone,
        }

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="GET",
                path="/maintenance",
                handler=self.list,
                id="listMaintenance",
                summary="List maintenance windows, past ones too, oldest first.",
                tags=("maintenance",),
                auth=BEARER,
                query=WINDOW_QUERY,
                returns=WINDOWS,
            ),
            Operation(
                method="POST",
                path="/maintenance",
                handler=self.start,
                id="startMaintenance",
                summary="Announce that an API is away, from now on or later.",
                tags=("maintenance",),
                auth=BEARER,
                body=NEW_WINDOW,
                status=201,
                returns=WINDOW,
                situations=(Situation.UNPROCESSABLE,),
            ),
            Operation(
                method="PATCH",
                path="/maintenance/{window_id}",
                handler=self.change,
                id="changeMaintenance",
                summary="Extend a window, cut it short or word it anew.",
                tags=("maintenance",),
                auth=BEARER,
                body=CHANGES,
                returns=WINDOW,
                situations=(Situation.NOT_FOUND, Situation.CONFLICT, Situation.UNPROCESSABLE),
            ),
            Operation(
                method="POST",
                path="/maintenance/{window_id}/end",
                handler=self.end,
                id="endMaintenance",
                summary="End a window, or take it back before it begins.",
                tags=("maintenance",),
                auth=BEARER,
                returns=WINDOW,
                situations=(Situation.NOT_FOUND, Situation.CONFLICT),
            ),
        )


def _given(body: Mapping[str, Any]) -> dict[str, Any]:
    given = dict(body)
    for name in _MOMENTS:
        if given.get(name) is not None:
            given[name] = seconds_of(given[name])
    if "routes" in given:
        given["routes"] = tuple(given["routes"])
    return given


def _refuse(problems: Collection[tuple[str, str]]) -> None:
    found = [Violation(detail=text, location=Location((name,))) for name, text in problems]
    if found:
        raise ValidationError(situation=Situation.UNPROCESSABLE, violations=found)


def _over(state: str) -> ConflictError:
    return ConflictError(
        resource_type="maintenance",
        field="state",
        value=state,
        reason=f"The window is over ({state}); announce a new one",
    )
