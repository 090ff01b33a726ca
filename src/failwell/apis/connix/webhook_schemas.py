"""JSON Schemas of webhooks, their deliveries, and what can be asked of them."""

from typing import get_args

from failwell.server.schemas import COUNT, MOMENT, OPTIONAL_MOMENT, Schema, answer, identifier
from failwell.stores.endpoints import EndpointState
from failwell.stores.outbox import AttemptError, DeliveryState
from failwell.webhooks.filters import EVENTS_SCHEMA, filter_schema
from failwell.webhooks.secret import DAY, LONGEST_OVERLAP

__all__ = [
    "CHANGES",
    "DELIVERY",
    "DELIVERY_LIST",
    "DELIVERY_QUERY",
    "DELIVERY_WITH_ATTEMPTS",
    "FILTER_KEYS",
    "NEW_WEBHOOK",
    "RANGE",
    "RECOVERY",
    "REDELIVERY",
    "ROTATION",
    "SAMPLE",
    "WEBHOOK",
    "WEBHOOK_LIST",
    "WEBHOOK_WITH_SECRET",
]

FILTER_KEYS = ("severity", "code", "status", "api", "endpoint")
"""What webhooks of Connix are filtered by: all there is but environments, which it has not."""

_URL: Schema = {
    "type": "string",
    "format": "uri",
    "minLength": 1,
    "maxLength": 2000,
    "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://",
}
_FILTERS: Schema = filter_schema(*FILTER_KEYS)
_YES_OR_NO: Schema = {"type": "boolean"}
_TEXT: Schema = {"type": "string"}
_PERHAPS_TEXT: Schema = {"type": ["string", "null"]}
_PERHAPS_STATUS: Schema = {"type": ["integer", "null"]}
_SECONDS: Schema = {"type": "number", "minimum": 0}
_FIELDS: Schema = {"type": "array", "items": {"type": "array", "items": _TEXT}}

NEW_WEBHOOK: Schema = {
    "type": "object",
    "properties": {"url": _URL, "events": EVENTS_SCHEMA, "filters": _FILTERS},
    "required": ["url", "events"],
}
"""Body of POST /webhooks."""

CHANGES: Schema = {
    "type": "object",
    "properties": {
        "url": _URL,
        "events": EVENTS_SCHEMA,
        "filters": {**_FILTERS, "description": "All of them anew; {} for every error."},
        "enabled": {
            **_YES_OR_NO,
            "description": "False stops deliveries. True begins again: after a pause one is "
            "sent, and the others when it has arrived.",
        },
    },
}
"""Body of PATCH /webhooks/{webhook_id}."""

WEBHOOK: Schema = answer(
    id=identifier("whk_1234567890abcdef"),
    url=_URL,
    events=EVENTS_SCHEMA,
    filters=_FILTERS,
    enabled=_YES_OR_NO,
    state={"type": "string", "enum": list(get_args(EndpointState))},
    disabled_reason={**_PERHAPS_TEXT, "description": "failing, gone (410) or manual."},
    failing_since=OPTIONAL_MOMENT,
    last_success_at=OPTIONAL_MOMENT,
    created_at=MOMENT,
)
"""A webhook, without its secret."""

WEBHOOK_WITH_SECRET: Schema = answer(
    **WEBHOOK["properties"],
    secret={**_TEXT, "description": "Signs what is sent. Shown this once."},
)
"""A webhook whose secret is new."""

WEBHOOK_LIST: Schema = answer(webhooks={"type": "array", "items": WEBHOOK})
"""The webhooks of an organization."""

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
}
"""Body of POST /webhooks/{webhook_id}/rotate."""

RANGE: Schema = {
    "type": "object",
    "properties": {
        "since": MOMENT,
        "until": {**MOMENT, "description": "Now when left out."},
    },
    "required": ["since"],
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

DELIVERY: Schema = answer(
    id=identifier("dlv_1234567890abcdef"),
    webhook_id=identifier("whk_1234567890abcdef"),
    event_id={**_TEXT, "description": "The webhook-id of every attempt."},
    event=_TEXT,
    state={"type": "string", "enum": list(get_args(DeliveryState))},
    test=_YES_OR_NO,
    request_id=_PERHAPS_TEXT,
    code=_PERHAPS_TEXT,
    severity=_PERHAPS_TEXT,
    attempts=COUNT,
    next_attempt_at=OPTIONAL_MOMENT,
    last_status=_PERHAPS_STATUS,
    last_error={"type": ["string", "null"], "enum": [*get_args(AttemptError), None]},
    created_at=MOMENT,
    finished_at=OPTIONAL_MOMENT,
)
"""One event for one webhook."""

_ATTEMPT: Schema = answer(
    number={"type": "integer", "minimum": 1},
    at=MOMENT,
    seconds=_SECONDS,
    url=_TEXT,
    request_headers=_FIELDS,
    status=_PERHAPS_STATUS,
    response_headers=_FIELDS,
    response_body={**_TEXT, "description": "Its first 4 KiB."},
    error=DELIVERY["properties"]["last_error"],
    worker=_TEXT,
)

DELIVERY_WITH_ATTEMPTS: Schema = answer(
    **DELIVERY["properties"],
    payload={**_TEXT, "description": "The body as it is signed and sent."},
    attempt_log={"type": "array", "items": _ATTEMPT},
)
"""A delivery with everything that was tried."""

DELIVERY_LIST: Schema = answer(
    deliveries={"type": "array", "items": DELIVERY},
    next={**_PERHAPS_TEXT, "description": "For `before`; null on the last page."},
)
"""One page of deliveries."""

DELIVERY_QUERY: Schema = {
    "type": "object",
    "properties": {
        "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
        "state": {"type": "string", "enum": list(get_args(DeliveryState))},
        "before": {
            "type": "string",
            "pattern": "^[0-9]{1,18}$",
            "description": "What `next` of the page before said.",
        },
    },
}
"""Query of GET /webhooks/{webhook_id}/deliveries."""

REDELIVERY: Schema = {
    "type": "object",
    "properties": {
        "force": {
            **_YES_OR_NO,
            "default": False,
            "description": "Also while an attempt is running or a retry is pending.",
        }
    },
}
"""Body of POST /deliveries/{delivery_id}/redeliver."""

SAMPLE: Schema = answer(
    delivered=_YES_OR_NO,
    **_ATTEMPT["properties"],
    delivery_id=identifier("dlv_1234567890abcdef"),
    payload=DELIVERY_WITH_ATTEMPTS["properties"]["payload"],
)
"""What a sample was answered with."""
