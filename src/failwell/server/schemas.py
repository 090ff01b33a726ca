"""JSON Schemas that the declarations of many operations are made of."""

from collections.abc import Mapping
from typing import Any

__all__ = [
    "COUNT",
    "DESCRIPTION",
    "MOMENT",
    "NAME",
    "OPTIONAL_MOMENT",
    "Schema",
    "answer",
    "identifier",
    "text",
]

Schema = Mapping[str, Any]
"""A JSON Schema, 2020-12."""

MOMENT: Schema = {"type": "string", "format": "date-time", "examples": ["2024-01-15T16:20:00Z"]}
"""A moment, as `failwell.core.clock.timestamp` writes it."""

OPTIONAL_MOMENT: Schema = {
    "type": ["string", "null"],
    # Apart, since makers of examples overlook a format beside several types.
    "anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}],
}
"""A moment that may not have come."""

COUNT: Schema = {"type": "integer", "minimum": 0}
"""How many there are of something."""


def text(shortest: int, longest: int, **more: Any) -> Schema:
    r"""Describe a text that a database can store: without NUL, and not blank if it must be there.

    Args:
        shortest: Least number of characters.
        longest: Greatest number of characters.
        more: Further members of the schema; a ``pattern`` of their own replaces the usual one.
    """
    pattern = r"^[^\u0000]*[^\s\u0000][^\u0000]*$" if shortest else r"^[^\u0000]*$"
    return {
        "type": "string",
        "minLength": shortest,
        "maxLength": longest,
        "pattern": pattern,
        **more,
    }


NAME: Schema = text(1, 100)
"""What people call a thing."""

DESCRIPTION: Schema = {
    "type": ["string", "null"],
    "maxLength": 1000,
    "pattern": r"^[^\u0000]*$",
}
"""What people say about it."""


def identifier(example: str) -> Schema:
    """Describe the identifiers of one kind of resource by one of them."""
    return {"type": "string", "examples": [example]}


def answer(**members: Schema) -> Schema:
    """Describe an object whose members are all there."""
    return {"type": "object", "properties": members, "required": list(members)}
