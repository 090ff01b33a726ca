"""What requests and answers about projects look like."""

from failwell.apis.connix.project_rows import TOOLS
from failwell.server.schemas import MOMENT, Schema, answer, identifier

__all__ = ["NEW_PROJECT", "PROJECT", "PROJECT_CHANGES", "PROJECT_LIST", "PROJECT_QUERY"]

_NAME: Schema = {
    "type": "string",
    "minLength": 3,
    "maxLength": 50,
    "pattern": "^[A-Za-z0-9](?:[A-Za-z0-9 -]*[A-Za-z0-9])?$",
    "description": "Letters, digits, hyphens and inner spaces; unique in the organization.",
}

_ENABLED_TOOLS: Schema = {
    "type": "array",
    "items": {"type": "string", "enum": list(TOOLS)},
    "maxItems": len(TOOLS),
    "uniqueItems": True,
    "description": "Tools that agents of the project may use. New projects allow all of them "
    "but code_execution.",
}

NEW_PROJECT: Schema = {"type": "object", "properties": {"name": _NAME}, "required": ["name"]}
"""Body of POST /projects."""

PROJECT_CHANGES: Schema = {
    "type": "object",
    "properties": {"name": _NAME, "enabled_tools": _ENABLED_TOOLS},
}
"""Body of PATCH /projects/{project_id}."""

PROJECT: Schema = answer(
    id=identifier("proj_1234567890abcdef"),
    name=_NAME,
    created_at=MOMENT,
    updated_at=MOMENT,
    enabled_tools=_ENABLED_TOOLS,
)
"""A project."""

PROJECT_QUERY: Schema = {
    "type": "object",
    "properties": {
        "page": {"type": "integer", "minimum": 1, "maximum": 1_000_000, "default": 1},
        "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
        "search": {
            "type": "string",
            "maxLength": 50,
            "pattern": r"^[^\u0000]*$",
            "description": "Part of the name, upper or lower case.",
        },
        "sort": {
            "type": "string",
            "enum": ["name", "created_at", "updated_at"],
            "default": "created_at",
        },
        "order": {"type": "string", "enum": ["asc", "desc"], "default": "desc"},
    },
}
"""Query of GET /projects."""

_COUNT: Schema = {"type": "integer", "minimum": 0}

PROJECT_LIST: Schema = answer(
    projects={"type": "array", "items": answer(id=identifier("proj_1234567890abcdef"), name=_NAME)},
    pagination=answer(
        page=_COUNT,
        limit=_COUNT,
        total=_COUNT,
        pages=_COUNT,
        has_next={"type": "boolean"},
        has_prev={"type": "boolean"},
    ),
)
"""One page of projects."""
