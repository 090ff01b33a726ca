"""What all resources of AgentHuman have in common on the wire."""

from collections.abc import Mapping
from typing import Any

import msgspec

from failwell.core.exceptions import ValidationError
from failwell.core.situation import Situation
from failwell.server.operation import Call
from failwell.server.schemas import Schema, answer, text

__all__ = [
    "BY_KEY",
    "ENVIRONMENTS",
    "PAGE",
    "PLANS",
    "PREFIX",
    "SCOPES",
    "Owner",
    "good",
    "owner_of",
    "page",
    "reference",
    "success",
    "unprocessable",
]

PREFIX = "/v1"
"""In front of every path."""

BY_KEY = ("api_key",)
"""Every endpoint takes a key, and nothing else."""

SCOPES = (
    "agents:read",
    "agents:write",
    "sessions:read",
    "sessions:write",
    "avatars:read",
    "avatars:write",
)
"""Every permission a key can have."""

ENVIRONMENTS = ("live", "test")
"""Live and test data of an account lie apart; a key sees those of its own environment."""

PLANS: Mapping[str, int] = {"free": 1, "pro": 10, "enterprise": 50}
"""Each plan, and how many sessions it allows at a time."""

_SUCCESS: Schema = {"type": "boolean", "const": True}

PAGE: Mapping[str, Schema] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 100},
    "offset": {"type": "integer", "minimum": 0, "maximum": 1_000_000, "default": 0},
}
"""Query parameters of every list."""


class Owner(msgspec.Struct, frozen=True):
    """Whose rows a call may touch."""

    account_id: str
    """The account."""

    environment: str
    """One of `ENVIRONMENTS`."""


def owner_of(call: Call) -> Owner:
    """Tell whose rows a call may touch; handlers look at nothing else."""
    return Owner(call.tenant, call.caller.environment or ENVIRONMENTS[0])


def page(call: Call) -> tuple[int, int]:
    """Tell which part of a list is wanted: how many, and after how many."""
    return call.query["limit"], call.query["offset"]


def success(**members: Any) -> dict[str, Any]:
    """Make the body of a good answer."""
    return {"success": True, **members}


def good(**members: Schema) -> Schema:
    """Describe the body of a good answer."""
    return answer(success=_SUCCESS, **members)


def reference(example: str) -> Schema:
    """Describe the identifier of a resource in a body; whether there is one is seen later."""
    return text(1, 100, examples=[example])


def unprocessable(reason: str, *, field: str, requirement: str) -> ValidationError:
    """Refuse what is well formed but does not fit together.

    Args:
        reason: The sentence about it.
        field: The field that does not fit.
        requirement: What it should have been, in a word.
    """
    return ValidationError(
        situation=Situation.UNPROCESSABLE, reason=reason, field=field, requirement=requirement
    )
