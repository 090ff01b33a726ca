"""What may be done: permissions that roles grant, and the scope that narrows a token."""

from collections.abc import Mapping
from typing import Any

from failwell.server.schemas import Schema, text

__all__ = ["SCOPES", "TOKEN_SCOPE", "UNRESTRICTED", "allowed", "doing"]

SCOPES = (
    "companies:manage",
    "roles:manage",
    "users:view",
    "users:manage",
    "agents:view",
    "agents:manage",
    "data:view",
)
"""Every permission that a role can grant."""

UNRESTRICTED: Mapping[str, Any] = {"type": "unrestricted"}
"""The scope of a token that was made without one."""

_METHODS = ("get", "post", "patch", "delete", "put")

_REL: Schema = {
    "type": "object",
    "properties": {
        "rel": text(1, 255, description="As discovery names it."),
        **{method: {"type": ["boolean", "null"]} for method in _METHODS},
    },
    "required": ["rel"],
}

TOKEN_SCOPE: Schema = {
    "type": "object",
    "properties": {
        "type": {"type": "string", "enum": ["unrestricted", "allow", "deny"]},
        "rels": {"type": "array", "items": _REL, "maxItems": 100},
    },
    "required": ["type"],
    "if": {"properties": {"type": {"enum": ["allow", "deny"]}}, "required": ["type"]},
    "then": {"required": ["rels"]},
    "description": "What the token may do. A rel without methods stands for all of them.",
}
"""The scope of a token: everything, only some operations, or all but some."""


def doing(rel: str, method: str) -> str:
    """Name one operation, for scopes of tokens.

    Args:
        rel: What it works on.
        method: The HTTP method.
    """
    return f"{rel}.{method.lower()}"


def allowed(scope: Mapping[str, Any], everything: frozenset[str]) -> frozenset[str]:
    """List the operations that the scope of a token leaves.

    Args:
        scope: As `TOKEN_SCOPE` describes it.
        everything: Every operation there is.
    """
    if scope["type"] == "unrestricted":
        return everything
    named = {doing(each["rel"], method) for each in scope["rels"] for method in _named(each)}
    return everything & named if scope["type"] == "allow" else everything - named


def _named(rel: Mapping[str, Any]) -> tuple[str, ...]:
    told = [method for method in _METHODS if rel.get(method) is not None]
    return tuple(method for method in told if rel[method]) if told else _METHODS
