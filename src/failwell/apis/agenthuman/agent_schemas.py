"""What requests and answers about agents look like."""

from failwell.apis.agenthuman.role_rows import LANGUAGES
from failwell.apis.agenthuman.wire import PAGE, good, reference
from failwell.server.schemas import MOMENT, NAME, Schema, answer, identifier, text

__all__ = ["AGENT", "AGENT_LIST", "AGENT_QUERY", "CREATED_AGENT", "DELETED", "NEW_AGENT"]

_ROLE = "role_01HM56NZ000000000C0NC1ERGE"
_LOOK = "avat_01HM56NZ00000000000HARB0RD"
_LANGUAGE: Schema = {"type": "string", "enum": list(LANGUAGES), "default": "en"}
_OPTIONAL_TEXT: Schema = {"type": ["string", "null"]}
_SENTENCE: Schema = {"type": "string"}


def _words(longest: int, description: str) -> Schema:
    return text(0, longest, type=["string", "null"], description=description)


NEW_AGENT: Schema = {
    "type": "object",
    "properties": {
        "role_id": {**reference(_ROLE), "description": "What it is; see the list of roles."},
        "name": {**NAME, "description": "Unique in the account."},
        "avatar_id": {
            **reference(_LOOK),
            "description": "How it looks; a public look when left out.",
        },
        "language": _LANGUAGE,
        "custom_greeting": _words(500, "What it says first."),
        "context": _words(10_000, "What it should know."),
    },
    "required": ["role_id", "name"],
}
"""Body of POST /agents."""

AGENT: Schema = answer(
    agent_id=identifier("agnt_01J9ZQ4T7E5V8W2X3Y6A1B0C9D"),
    name=NAME,
    role_id=identifier(_ROLE),
    avatar_id=identifier(_LOOK),
    language=_LANGUAGE,
    custom_greeting=_OPTIONAL_TEXT,
    context=_OPTIONAL_TEXT,
    status={"type": "string", "const": "active"},
    created_at=MOMENT,
)
"""An agent."""

AGENT_QUERY: Schema = {"type": "object", "properties": dict(PAGE)}
"""Query of GET /agents."""

AGENT_LIST: Schema = good(agents={"type": "array", "items": AGENT})
"""Some agents."""

CREATED_AGENT: Schema = good(agent=AGENT, message=_SENTENCE)
"""An agent that was just made."""

DELETED: Schema = good(message=_SENTENCE)
"""Word that something is gone."""
