"""JSON Schemas of deliveries and attempts."""

from typing import get_args

from failwell.console.api.paging import BEFORE, LIMIT, NEXT, RANGE, query_of
from failwell.server.schemas import COUNT, MOMENT, OPTIONAL_MOMENT, Schema, answer, identifier
from failwell.stores.outbox import AttemptError, DeliveryState

__all__ = [
    "ATTEMPT",
    "DELIVERIES",
    "DELIVERY",
    "DELIVERY_IN_FULL",
    "DELIVERY_QUERY",
    "PAYLOAD",
    "REDELIVERY",
]

_TEXT: Schema = {"type": "string"}
_WORD: Schema = {"type": "string", "minLength": 1, "maxLength": 500}
_PERHAPS_TEXT: Schema = {"type": ["string", "null"]}
_PERHAPS_STATUS: Schema = {"type": ["integer", "null"]}
_STATE: Schema = {"type": "string", "enum": list(get_args(DeliveryState))}
_ERROR: Schema = {"type": ["string", "null"], "enum": [*get_args(AttemptError), None]}
_FIELDS: Schema = {"type": "array", "items": {"type": "array", "items": _TEXT}}

DELIVERY_QUERY: Schema = query_of(
    endpoint_id=_WORD,
    api=_WORD,
    tenant=_WORD,
    request_id=_WORD,
    state=_STATE,
    **RANGE,
    before=BEFORE,
    limit=LIMIT,
)
"""Query of GET /deliveries."""

DELIVERY: Schema = answer(
    id=identifier("dlv_1234567890abcdef"),
    event_id={**_TEXT, "description": "The webhook-id of every attempt."},
    endpoint_id=identifier("whk_1234567890abcdef"),
    event=_TEXT,
    api=_PERHAPS_TEXT,
    tenant=_PERHAPS_TEXT,
    state=_STATE,
    test={"type": "boolean"},
    request_id=_PERHAPS_TEXT,
    code=_PERHAPS_TEXT,
    status=_PERHAPS_STATUS,
    severity=_PERHAPS_TEXT,
    route=_PERHAPS_TEXT,
    attempts=COUNT,
    next_attempt_at=OPTIONAL_MOMENT,
    last_status=_PERHAPS_STATUS,
    last_error=_ERROR,
    created_at=MOMENT,
    finished_at=OPTIONAL_MOMENT,
)
"""One event for one endpoint."""

ATTEMPT: Schema = answer(
    number={"type": "integer", "minimum": 1},
    at=MOMENT,
    seconds={"type": "number", "minimum": 0},
    url=_TEXT,
    request_headers=_FIELDS,
    status=_PERHAPS_STATUS,
    response_headers=_FIELDS,
    response_body={**_TEXT, "description": "Its first 4 KiB."},
    error=_ERROR,
    worker=_TEXT,
)
"""One sending of a delivery."""

PAYLOAD: Schema = {**_TEXT, "description": "The body as it is signed and sent."}
"""What is sent."""

DELIVERY_IN_FULL: Schema = answer(
    **DELIVERY["properties"], payload=PAYLOAD, attempt_log={"type": "array", "items": ATTEMPT}
)
"""A delivery with everything that was tried."""

DELIVERIES: Schema = answer(deliveries={"type": "array", "items": DELIVERY}, next=NEXT)
"""One page of deliveries."""

REDELIVERY: Schema = {
    "type": "object",
    "properties": {
        "force": {
            "type": "boolean",
            "default": False,
            "description": "Also while an attempt is running or a retry is pending.",
        }
    },
    "additionalProperties": False,
}
"""Body of POST /deliveries/{delivery_id}/redeliver."""
