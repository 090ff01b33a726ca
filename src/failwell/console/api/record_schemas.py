"""JSON Schemas of fault records and of how often errors occur."""

from typing import Any, get_args

from failwell.console.api.delivery_schemas import DELIVERY
from failwell.console.api.paging import BEFORE, LIMIT, NEXT, RANGE, query_of
from failwell.core.fault import Severity
from failwell.server.schemas import COUNT, MOMENT, OPTIONAL_MOMENT, Schema, answer

__all__ = [
    "CAUSE_QUERY",
    "RATES",
    "RATE_QUERY",
    "RECORDS",
    "RECORD_LOOKUP",
    "RECORD_QUERY",
    "SPLITS",
]

_TEXT: Schema = {"type": "string"}
_PERHAPS_TEXT: Schema = {"type": ["string", "null"]}
_YES_OR_NO: Schema = {"type": "boolean"}
_STATUS: Schema = {"type": "integer", "minimum": 400, "maximum": 599}
_SEVERITY: Schema = {"type": "string", "enum": list(get_args(Severity))}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_WORD: Schema = {"type": "string", "minLength": 1, "maxLength": 500}

SPLITS = ("moment", "api", "route", "code", "status", "planned")
"""What counts can be kept apart by."""

RECORD_QUERY: Schema = query_of(
    api=_WORD,
    route=_WORD,
    code=_WORD,
    status=_STATUS,
    severity=_SEVERITY,
    tenant=_WORD,
    **RANGE,
    before=BEFORE,
    limit=LIMIT,
)
"""Query of GET /records."""

CAUSE_QUERY: Schema = query_of(
    cause={
        **_YES_OR_NO,
        "default": False,
        "description": "Also the trace of what was raised; for operators only.",
    }
)
"""Query of GET /records/{request_id}."""

_CATALOGUE: Schema = {
    "type": ["object", "null"],
    "description": "What the contract says of the code; null for a code it does not declare.",
    "properties": {
        "code": _TEXT,
        "says": _PERHAPS_TEXT,
        "causes": _TEXTS,
        "fix": _TEXTS,
        "retry": _TEXT,
        "user": {"type": "object", "additionalProperties": _TEXT},
        "see": _PERHAPS_TEXT,
    },
}

_RECORD_MEMBERS: dict[str, Any] = {
    "request_id": _TEXT,
    "parent_id": _PERHAPS_TEXT,
    "at": MOMENT,
    "api": _TEXT,
    "method": _TEXT,
    "route": _TEXT,
    "status": _STATUS,
    "code": _TEXT,
    "severity": _SEVERITY,
    "message": _PERHAPS_TEXT,
    "situation": _PERHAPS_TEXT,
    "failure": _PERHAPS_TEXT,
    "planned": _YES_OR_NO,
    "tenant": _PERHAPS_TEXT,
    "user_id": _PERHAPS_TEXT,
    "credential_id": _PERHAPS_TEXT,
    "environment": _PERHAPS_TEXT,
    "affected": _TEXTS,
    "headers": {"type": "array", "items": {"type": "array", "items": _TEXT}},
    "body": {**_TEXT, "description": "As it was sent, redacted."},
    "seconds": {"type": "number", "minimum": 0},
}

_RECORD: Schema = answer(**_RECORD_MEMBERS)
_RECORD_IN_FULL: Schema = {
    "type": "object",
    "properties": _RECORD_MEMBERS | {"catalogue": _CATALOGUE, "cause": _PERHAPS_TEXT},
    "required": [*_RECORD_MEMBERS, "catalogue"],
}

RECORDS: Schema = answer(records={"type": "array", "items": _RECORD}, next=NEXT)
"""One page of records."""

RECORD_LOOKUP: Schema = answer(
    records={
        "type": "array",
        "items": _RECORD_IN_FULL,
        "description": "Usually one; several where a caller used one id of its own again.",
    },
    deliveries={"type": "array", "items": DELIVERY, "description": "What webhooks told of it."},
)
"""What is known by a request id."""

RATE_QUERY: Schema = query_of(
    **RANGE,
    step={"type": "string", "enum": ["minute", "hour"], "default": "hour"},
    by={
        "type": "array",
        "items": {"type": "string", "enum": list(SPLITS)},
        "uniqueItems": True,
        "default": ["moment"],
        "description": "What is counted apart; give it once for each.",
    },
    api=_WORD,
    route=_WORD,
    code=_WORD,
    status=_STATUS,
    planned=_YES_OR_NO,
)
"""Query of GET /rates."""

_RATE: Schema = {
    "type": "object",
    "properties": {
        "count": COUNT,
        "moment": MOMENT,
        "api": _TEXT,
        "route": _TEXT,
        "code": _TEXT,
        "status": _STATUS,
        "planned": _YES_OR_NO,
    },
    "required": ["count"],
}

RATES: Schema = answer(
    since=MOMENT,
    until=MOMENT,
    step=_TEXT,
    records_since=OPTIONAL_MOMENT,
    rates={"type": "array", "items": _RATE},
    truncated={**_YES_OR_NO, "description": "Whether there are more: ask for less at once."},
)
"""How often errors occurred."""
