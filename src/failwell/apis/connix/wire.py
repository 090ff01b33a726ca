"""What all resources of Connix have in common on the wire: moments, pages, schemas of parts."""

from collections.abc import Mapping
from typing import Any

from failwell.core.clock import moment
from failwell.core.exceptions import FailwellError, ValidationError
from failwell.core.fault import Location, Violation
from failwell.server.operation import Call

__all__ = [
    "BOTH",
    "DESCRIPTION",
    "MOMENT",
    "NAME",
    "OPTIONAL_MOMENT",
    "SCOPES",
    "Schema",
    "answer",
    "identifier",
    "organization_of",
    "rejected",
    "timestamp",
]

Schema = Mapping[str, Any]
"""A JSON Schema, 2020-12."""

BOTH = ("api_key", "bearer")
"""Most endpoints take a key or an access token."""

SCOPES = ("projects:read", "projects:write", "agents:read", "agents:write")
"""Everything a key or token can be allowed."""

MOMENT: Schema = {"type": "string", "format": "date-time", "examples": ["2024-01-15T16:20:00Z"]}
"""A moment, as `timestamp` writes it."""

OPTIONAL_MOMENT: Schema = {
    "type": ["string", "null"],
    # Apart, since makers of examples overlook a format beside several types.
    "anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}],
}
"""A moment that may not have come."""


NAME: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 100,
    # Not blank, and without NUL, which not every database can store.
    "pattern": r"^[^\u0000]*[^\s\u0000][^\u0000]*$",
}
"""What people call a thing."""

DESCRIPTION: Schema = {
    "type": ["string", "null"],
    "maxLength": 1000,
    "pattern": r"^[^\u0000]*$",
}
"""What people say about it."""


def identifier(kind: str) -> Schema:
    """Describe the identifiers of one kind of resource."""
    return {"type": "string", "examples": [f"{kind}_1234567890abcdef"]}


def answer(**members: Schema) -> Schema:
    """Describe an object whose members are all there."""
    return {"type": "object", "properties": members, "required": list(members)}


def organization_of(call: Call) -> str:
    """Tell whose data a call may touch; handlers look at nothing else."""
    tenant = call.caller.tenant
    if tenant is None:
        raise FailwellError("every credential of connix belongs to an organization")
    return tenant


def timestamp(seconds: float | None) -> str | None:
    """Write a moment in UTC to the second.

    Examples:
        >>> timestamp(1705335600.75)
        '2024-01-15T16:20:00Z'
    """
    return None if seconds is None else moment(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")


def rejected(code: str, detail: str, *path: str | int) -> ValidationError:
    """Reject one input for a rule that no schema can say.

    Args:
        code: Connix's word for the broken rule.
        detail: The sentence about it.
        path: Where the input sits in the body.
    """
    where = Location(path=path)
    return ValidationError(violations=[Violation(code=code, detail=detail, location=where)])
