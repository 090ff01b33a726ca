"""What requests and answers about agents look like."""

from failwell.apis.connix.project_rows import TOOLS
from failwell.server.schemas import (
    DESCRIPTION,
    MOMENT,
    NAME,
    OPTIONAL_MOMENT,
    Schema,
    answer,
    identifier,
)

__all__ = [
    "AGENT",
    "AGENT_CHANGES",
    "AGENT_LIST",
    "AGENT_QUERY",
    "INVOCATION",
    "NEW_AGENT",
    "OUTPUT",
    "STATUSES",
]

STATUSES = ("creating", "running", "paused", "stopped", "error", "updating")
"""Every status there is."""

_MODELS = ("gpt-4", "gpt-4-turbo", "gpt-4o", "gpt-4o-mini", "gpt-3.5-turbo")

_CONFIG: Schema = {
    "type": "object",
    "properties": {
        "model": {"type": "string", "enum": list(_MODELS), "default": "gpt-4"},
        "temperature": {"type": "number", "minimum": 0, "maximum": 2, "default": 0.7},
        "max_tokens": {"type": "integer", "minimum": 1, "maximum": 32_768, "default": 2048},
        "tools": {
            "type": "array",
            "items": {"type": "string", "enum": list(TOOLS)},
            "maxItems": len(TOOLS),
            "uniqueItems": True,
            "default": [],
            "description": "A running agent needs every one of them enabled in its project.",
        },
    },
}

_METADATA: Schema = {
    "type": "object",
    "additionalProperties": {"type": "string", "maxLength": 500},
    "maxProperties": 50,
    "description": "Texts of your own; created_by is set by Connix.",
}

NEW_AGENT: Schema = {
    "type": "object",
    "properties": {
        "name": NAME,
        "description": DESCRIPTION,
        "config": _CONFIG,
        "metadata": _METADATA,
    },
    "required": ["name"],
}
"""Body of POST /projects/{project_id}/agents."""

AGENT_CHANGES: Schema = {"type": "object", "properties": NEW_AGENT["properties"]}
"""Body of PATCH /agents/{agent_id}; members of config that are left out stay."""

AGENT: Schema = answer(
    id=identifier("agent_1234567890abcdef"),
    name=NAME,
    description=DESCRIPTION,
    project_id=identifier("proj_1234567890abcdef"),
    status={"type": "string", "enum": list(STATUSES)},
    config=answer(**_CONFIG["properties"]),
    metadata={"type": "object", "additionalProperties": {"type": "string"}},
    created_at=MOMENT,
    updated_at=MOMENT,
    last_activity=OPTIONAL_MOMENT,
)
"""An agent."""

AGENT_QUERY: Schema = {
    "type": "object",
    "properties": {
        "status": {"type": "string", "enum": list(STATUSES)},
        "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
        "offset": {"type": "integer", "minimum": 0, "maximum": 1_000_000, "default": 0},
        "sort": {
            "type": "string",
            "enum": ["created_at", "-created_at", "name", "-name"],
            "default": "-created_at",
        },
    },
}
"""Query of GET /projects/{project_id}/agents."""

AGENT_LIST: Schema = answer(
    agents={"type": "array", "items": AGENT},
    total={"type": "integer", "minimum": 0},
    limit={"type": "integer", "minimum": 1},
    offset={"type": "integer", "minimum": 0},
)
"""A part of the agents of a project."""

INVOCATION: Schema = {
    "type": "object",
    "properties": {"input": {"type": "string", "minLength": 1, "maxLength": 32_768}},
    "required": ["input"],
}
"""Body of POST /agents/{agent_id}/invoke."""

OUTPUT: Schema = answer(output={"type": "string"})
"""What the model answered."""
