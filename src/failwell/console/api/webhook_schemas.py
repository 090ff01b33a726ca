"""JSON Schemas of operators' webhooks and of what can be asked of them."""

from typing import get_args

from failwell.console.api.delivery_schemas import ATTEMPT, PAYLOAD
from failwell.console.api.paging import LIMIT, query_of
from failwell.server.schemas import COUNT, MOMENT, OPTIONAL_MOMENT, Schema, answer, identifier
from failwell.stores.endpoints import EndpointState
from failwell.webhooks.filters import EVENT_TYPES, FILTER_KEYS
from failwell.webhooks.secret import DAY, LONGEST_OVERLAP

__all__ = [
    "CHANGES",
    "EVENTS",
    "EVENT_QUERY",
    "NEW_WEBHOOK",
    "RECOVERY",
    "RECOVERY_RANGE",
    "ROTATION",
    "SAMPLE",
    "WEBHOOK",
    "WEBHOOKS",
    "WEBHOOK_QUERY",
    "WEBHOOK_WITH_SECRET",
]

_TEXT: Schema = {"type": "string"}
_WORD: Schema = {"type": "string", "minLength": 1, "maxLength": 500}
_PERHAPS_TEXT: Schema = {"type": ["string", "null"]}
_YES_OR_NO: Schema = {"type": "boolean"}

# What is well formed and yet names nothing there is, is refused with 422, not by these schemas.
_URL: Schema = {"type": "string", "minLength": 1, "maxLength": 2_000}
_EVENT_TYPES: Schema = {
    "type": "array",
    "items": _TEXT,
    "description": f"Of {', '.join(EVENT_TYPES)}.",
    "examples": [list(EVENT_TYPES)],
}
_FILTERS: Schema = {
    "type": "object",
    "description": f"Lists of accepted values, by {', '.join(FILTER_KEYS)}; {{}} for every error.",
    "examples": [{"severity": ["high", "critical"], "status": ["5xx"]}],
}
_SCHEDULE: Schema = {
    "type": ["array", "null"],
    "items": {"type": "number", "minimum": 0, "maximum": 604_800},
    "minItems": 1,
    "maxItems": 20,
    "description": "Seconds before each attempt; null for the usual ones.",
}

NEW_WEBHOOK: Schema = {
    "type": "object",
    "properties": {
        "url": _URL,
        "events": _EVENT_TYPES,
        "filters": _FILTERS,
        "schedule": _SCHEDULE,
    },
    "required": ["url", "events"],
    "additionalProperties": False,
}
"""Body of POST /webhooks."""

CHANGES: Schema = {
    "type": "object",
    "properties": {
        **NEW_WEBHOOK["properties"],
        "enabled": {
            **_YES_OR_NO,
            "description": "False stops deliveries. True begins again: after a pause one is "
            "sent, and the others when it has arrived.",
        },
    },
    "additionalProperties": False,
}
"""Body of PATCH /webhooks/{webhook_id}."""

WEBHOOK_QUERY: Schema = query_of(
    api={**_WORD, "description": "Only those registered with this API."},
    tenant={**_WORD, "description": "Only those of this tenant."},
)
"""Query of GET /webhooks."""

WEBHOOK: Schema = answer(
    id=identifier("whk_1234567890abcdef"),
    api={**_PERHAPS_TEXT, "description": "Null for operators' own, which hear of every API."},
    tenant={**_PERHAPS_TEXT, "description": "Null for operators' own."},
    url=_URL,
    events=_EVENT_TYPES,
    filters=_FILTERS,
    schedule=_SCHEDULE,
    enabled=_YES_OR_NO,
    state={"type": "string", "enum": list(get_args(EndpointState))},
    disabled_reason={**_PERHAPS_TEXT, "description": "failing, gone (410) or manual."},
    disabled_at=OPTIONAL_MOMENT,
    paused_until=OPTIONAL_MOMENT,
    failing_since=OPTIONAL_MOMENT,
    failed_attempts=COUNT,
    failed_deliveries=COUNT,
    last_success_at=OPTIONAL_MOMENT,
    secrets={
        "type": "array",
        "items": answer(expires_at=OPTIONAL_MOMENT),
        "description": "What signs, the newest first; never the secrets themselves.",
    },
    created_at=MOMENT,
    updated_at=MOMENT,
)
"""A webhook, without its secrets."""

WEBHOOK_WITH_SECRET: Schema = answer(
    **WEBHOOK["properties"],
    secret={**_TEXT, "description": "Signs what is sent. Shown this once."},
)
"""A webhook whose secret is new."""

WEBHOOKS: Schema = answer(webhooks={"type": "array", "items": WEBHOOK})
"""Webhooks, oldest first."""

ROTATION: Schema = {
    "type": "object",
    "properties": {
        "overlap_seconds": {
            "type": "integer",
            "minimum": 0,
            "maximum": int(LONGEST_OVERLAP),
            "default": int(DAY),
            "description": "How long the old secret goes on signing beside the new one.",
        }
    },
    "additionalProperties": False,
}
"""Body of POST /webhooks/{webhook_id}/rotate."""

SAMPLE: Schema = answer(
    delivered=_YES_OR_NO,
    **ATTEMPT["properties"],
    delivery_id=identifier("dlv_1234567890abcdef"),
    payload=PAYLOAD,
)
"""What a sample was answered with."""

RECOVERY_RANGE: Schema = {
    "type": "object",
    "properties": {
        "since": MOMENT,
        "until": {**MOMENT, "description": "Now when left out."},
    },
    "required": ["since"],
    "additionalProperties": False,
}
"""Body of POST /webhooks/{webhook_id}/recover."""

RECOVERY: Schema = answer(
    id=identifier("rcv_1234567890abcdef"),
    webhook_id=identifier("whk_1234567890abcdef"),
    since=MOMENT,
    until=MOMENT,
    state={"type": "string", "enum": ["running", "done", "cancelled"]},
    total=COUNT,
    done=COUNT,
    created_at=MOMENT,
)
"""A job that sends again what failed."""

EVENT_QUERY: Schema = query_of(endpoint_id=_WORD, limit=LIMIT)
"""Query of GET /events."""

EVENTS: Schema = answer(
    events={
        "type": "array",
        "items": answer(
            type=_TEXT,
            at=MOMENT,
            endpoint_id=_TEXT,
            tenant=_PERHAPS_TEXT,
            data={"type": "object"},
        ),
    }
)
"""What happened to webhooks themselves, newest first."""
