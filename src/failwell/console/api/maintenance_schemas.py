"""JSON Schemas of maintenance windows."""

from typing import get_args

from failwell.console.api.paging import query_of
from failwell.server.schemas import MOMENT, OPTIONAL_MOMENT, Schema, answer, identifier
from failwell.stores.maintenance_window import LONGEST_MESSAGE, MOST_ROUTES, WindowState

__all__ = ["CHANGES", "NEW_WINDOW", "WINDOW", "WINDOWS", "WINDOW_QUERY"]

_TEXT: Schema = {"type": "string"}
_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 100}
_MESSAGE: Schema = {
    "type": ["string", "null"],
    "maxLength": LONGEST_MESSAGE,
    "description": "Shown to callers and on the status page.",
}
_ENDS_AT: Schema = {**OPTIONAL_MOMENT, "description": "Null when nobody knows."}
_PUBLISH_AT: Schema = {
    **OPTIONAL_MOMENT,
    "description": "When the status page begins to announce it; null for at once.",
}
_MANUAL_END: Schema = {
    "type": "boolean",
    "description": "Whether the API stays away after `ends_at` until somebody ends the window.",
}
_ROUTES: Schema = {
    "type": "array",
    "items": {"type": "string", "maxLength": 200},
    "maxItems": MOST_ROUTES,
    "description": "Route templates, `/*` at the end for all below; none for the whole API.",
}

NEW_WINDOW: Schema = {
    "type": "object",
    "properties": {
        "api": _NAME,
        "starts_at": {**MOMENT, "description": "Now when left out."},
        "ends_at": _ENDS_AT,
        "message": _MESSAGE,
        "routes": _ROUTES,
        "publish_at": _PUBLISH_AT,
        "manual_end": _MANUAL_END,
    },
    "required": ["api"],
    "additionalProperties": False,
}
"""Body of POST /maintenance."""

CHANGES: Schema = {
    "type": "object",
    "properties": {
        "ends_at": _ENDS_AT,
        "message": _MESSAGE,
        "publish_at": _PUBLISH_AT,
        "manual_end": _MANUAL_END,
    },
    "additionalProperties": False,
}
"""Body of PATCH /maintenance/{window_id}."""

WINDOW_QUERY: Schema = query_of(api=_NAME)
"""Query of GET /maintenance."""

WINDOW: Schema = answer(
    id=identifier("mnt_1234567890abcdef"),
    api=_TEXT,
    state={"type": "string", "enum": list(get_args(WindowState))},
    starts_at=MOMENT,
    ends_at=OPTIONAL_MOMENT,
    ended_at=OPTIONAL_MOMENT,
    routes=_ROUTES,
    message={"type": ["string", "null"]},
    publish_at=OPTIONAL_MOMENT,
    manual_end={"type": "boolean"},
    zone={"type": ["string", "null"]},
)
"""A maintenance window."""

WINDOWS: Schema = answer(windows={"type": "array", "items": WINDOW})
"""Maintenance windows, oldest first."""
