"""The state of the APIs for programs: ``summary.json`` in the shape of Statuspage's API v2."""

import hashlib
from typing import Any

import msgspec

from failwell.console.running_api import RunningApi, Status
from failwell.console.window_text import message_of
from failwell.core.clock import timestamp
from failwell.stores.maintenance_window import MaintenanceWindow, WindowState

__all__ = ["summary"]

_STATES: dict[WindowState, str] = {"upcoming": "scheduled", "in_progress": "in_progress"}
_COMPONENT = {True: "under_maintenance", False: "operational"}


def summary(status: Status, *, page_url: str) -> bytes:
    """Write the document.

    Args:
        status: What is known; windows that are over are not in this document.
        page_url: Where the status page is.
    """
    page_id = hashlib.sha256(page_url.encode()).hexdigest()[:12]
    open_windows = status.in_state("upcoming", "in_progress")
    return msgspec.json.encode(
        {
            "page": {
                "id": page_id,
                "name": "Failwell",
                "url": page_url,
                "time_zone": "Etc/UTC",
                "updated_at": timestamp(status.changed_at),
            },
            "components": [_component(api, status, page_id) for api in status.apis],
            "incidents": [],
            "scheduled_maintenances": [
                _maintenance(window, status, page_id, page_url) for window in open_windows
            ],
            "status": _overall(status),
        }
    )


def _overall(status: Status) -> dict[str, str]:
    if status.away:
        return {"indicator": "maintenance", "description": "Service Under Maintenance"}
    return {"indicator": "none", "description": "All Systems Operational"}


def _component(api: RunningApi, status: Status, page_id: str) -> dict[str, Any]:
    changes = [w.changed_at(status.now) for w in status.windows if w.api == api.name]
    return {
        "id": api.name,
        "name": api.title,
        "status": _COMPONENT[status.state_of(api) != "operational"],
        "created_at": timestamp(status.since),
        "updated_at": timestamp(max(changes, default=status.since)),
        "position": status.apis.index(api) + 1,
        "description": None,
        "showcase": False,
        "start_date": None,
        "group_id": None,
        "page_id": page_id,
        "group": False,
        "only_show_if_degraded": False,
    }


def _maintenance(
    window: MaintenanceWindow, status: Status, page_id: str, page_url: str
) -> dict[str, Any]:
    now = status.now
    begun = window.starts_at <= now
    return {
        "id": window.id,
        "name": f"Maintenance of {status.title_of(window)}",
        "status": _STATES[window.state(now)],
        "created_at": timestamp(window.created_at),
        "updated_at": timestamp(window.changed_at(now)),
        "monitoring_at": None,
        "resolved_at": None,
        "impact": "maintenance",
        "shortlink": f"{page_url}#{window.id}",
        "started_at": timestamp(window.starts_at) if begun else None,
        "page_id": page_id,
        "incident_updates": _updates(window, now),
        "components": [
            _component(api, status, page_id) for api in status.apis if api.name == window.api
        ],
        "scheduled_for": timestamp(window.starts_at),
        "scheduled_until": timestamp(window.ends_at),
    }


def _updates(window: MaintenanceWindow, now: float) -> list[dict[str, Any]]:
    """Tell what was announced, the newest first."""
    announced = max(window.created_at, window.publish_at or 0.0)
    told = [("scheduled", min(announced, window.starts_at))] if announced <= now else []
    if window.starts_at <= now:
        told.append(("in_progress", window.starts_at))
    return [_update(window, word, at) for word, at in reversed(told)]


def _update(window: MaintenanceWindow, word: str, at: float) -> dict[str, Any]:
    return {
        "id": f"{window.id}_{word}",
        "status": word,
        "body": message_of(window),
        "incident_id": window.id,
        "created_at": timestamp(at),
        "updated_at": timestamp(max(at, window.updated_at)),
        "display_at": timestamp(at),
    }
