"""What all resources of Connxt have in common on the wire: envelope, moments, owner."""

from typing import Any

import msgspec

from failwell.core.clock import moment, timestamp
from failwell.core.exceptions import FailwellError
from failwell.core.fault import Location, Violation
from failwell.server.operation import Call
from failwell.server.schemas import MOMENT, Schema, answer, text

__all__ = [
    "AUTH",
    "ENABLED",
    "HIDDEN",
    "LOCAL_MOMENT",
    "PREFIX",
    "SCOPES",
    "STATUS",
    "Owner",
    "answered",
    "enveloped",
    "identity",
    "local_moment",
    "owner_of",
    "rejected",
]

PREFIX = "/connxt/v2"
"""In front of every path."""

AUTH = ("secret_token",)
"""Every endpoint but the payment page takes a token."""

SCOPES = ("flows:read", "psps:read", "psps:write", "transactions:read", "transactions:write")
"""Everything a token can be allowed."""

HIDDEN = "***ENCRYPTED***"
"""What stands in the place of every credential."""

ENABLED = "ENABLED"
"""The status of what can be used."""

STATUS: Schema = {"type": "string", "enum": [ENABLED, "DISABLED"]}
"""Whether something can be used."""

LOCAL_MOMENT: Schema = {
    "type": "string",
    "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$",
    "examples": ["2025-12-12T16:56:36"],
}
"""A moment inside of data: in UTC, and without a zone."""

_DONE = "Operation completed successfully"


class Owner(msgspec.Struct, frozen=True):
    """Whose data a call may touch: one environment of one brand."""

    brand_id: str
    """The brand."""

    environment_id: str
    """Its environment; others of the same brand are as foreign as other brands."""


def owner_of(call: Call) -> Owner:
    """Tell whose data a call may touch; handlers look at nothing else.

    Raises:
        FailwellError: The token belongs to no environment.
    """
    environment = call.caller.environment
    if environment is None:
        raise FailwellError("every token of connxt belongs to an environment")
    return Owner(call.tenant, environment)


def answered(data: Any, *, now: float, message: str = _DONE) -> dict[str, Any]:
    """Put data into the envelope of a good answer."""
    return {"timestamp": timestamp(now), "code": "200", "message": message, "data": data}


def enveloped(data: Schema) -> Schema:
    """Describe a good answer that holds such data."""
    return answer(
        timestamp=MOMENT,
        code={"type": "string", "enum": ["200"]},
        message={"type": "string"},
        data=data,
    )


def identity(title: str) -> Schema:
    """Describe an identifier that a caller sends, by the name people know it under."""
    return text(1, 100, title=title)


def local_moment(seconds: float) -> str:
    """Write a moment of data in UTC to the second.

    Examples:
        >>> local_moment(1765558596.5)
        '2025-12-12T16:56:36'
    """
    return moment(seconds).strftime("%Y-%m-%dT%H:%M:%S")


def rejected(code: str, detail: str, *path: str | int) -> Violation:
    """Reject one input for a rule that no schema can say.

    Args:
        code: The contract's word for the broken rule.
        detail: The sentence about it.
        path: Where the input sits in the body.
    """
    return Violation(code=code, detail=detail, location=Location(path=path))
