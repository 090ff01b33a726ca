"""What requests and answers about flow types look like."""

from failwell.apis.connxt.wire import STATUS, enveloped
from failwell.server.schemas import Schema, answer, identifier, text

__all__ = ["DEFINITIONS", "DEFINITIONS_QUERY"]

DEFINITIONS_QUERY: Schema = {
    "type": "object",
    "properties": {
        "type": text(1, 100, title="Flow type", description="Name of the flow type, PSP."),
    },
    "required": ["type"],
}
"""Query of GET /flow-types/definitions."""

_CHOICES: Schema = {"type": "object", "description": "JSON Schema; an empty enum has no limit."}

_DEFINITION: Schema = {
    "type": ["object", "null"],
    "properties": {
        "id": identifier("fld_01jwraa3kffey9h1f83mjfj0sv"),
        "description": {"type": "string"},
        "inputSchema": {"type": "object", "description": "JSON Schema of what it wants besides."},
    },
    "required": ["id", "description", "inputSchema"],
    "description": "How the action is done; null while it is not set up.",
}

_TARGET: Schema = answer(
    id=identifier("ftg_01jwra8pvkfey9h1f71gsw1qsw"),
    name={"type": "string"},
    logo={"type": ["string", "null"]},
    status=STATUS,
    credentialSchema={
        "type": "object",
        "description": "JSON Schema (draft 7) of the credential of its PSPs.",
    },
    inputSchema=answer(paymentMethods=_CHOICES, countries=_CHOICES, currencies=_CHOICES),
    actions={
        "type": "array",
        "items": answer(
            id=identifier("fat_01jt2cetrheh48mkp2m8z680xz"),
            name={"type": "string", "examples": ["DEPOSIT"]},
            definition=_DEFINITION,
        ),
    },
)

DEFINITIONS: Schema = enveloped(
    answer(name={"type": "string"}, targets={"type": "array", "items": _TARGET})
)
"""A flow type with all its targets."""
