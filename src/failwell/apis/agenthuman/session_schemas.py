"""What requests and answers about sessions look like."""

from failwell.apis.agenthuman.session_rows import STATUSES
from failwell.apis.agenthuman.wire import PAGE, good, reference
from failwell.server.schemas import COUNT, MOMENT, OPTIONAL_MOMENT, Schema, answer, identifier

__all__ = [
    "CREATED_SESSION",
    "NEW_SESSION",
    "SESSION",
    "SESSION_LIST",
    "SESSION_QUERY",
    "STARTED",
    "USAGE",
]

_AGENT = "agnt_01J9ZQ4T7E5V8W2X3Y6A1B0C9D"
_LOOK = "avat_01HM56NZ00000000000HARB0RD"
_SAFE = 2**53 - 1
_SENTENCE: Schema = {"type": "string"}
_ROOM: Schema = {"type": "string", "examples": ["wss://rooms.example.com/r/1"]}
_TYPES = ("agent_voice", "agent_video", "agent_chat", "webrtc_video")
_TYPE: Schema = {"type": "string", "enum": list(_TYPES), "default": "agent_video"}

_METADATA: Schema = {
    "type": "object",
    "additionalProperties": {
        "type": ["string", "number", "boolean", "null"],
        "maxLength": 500,
        "minimum": -_SAFE,
        "maximum": _SAFE,
    },
    "maxProperties": 50,
    "description": "Values of your own; no lists or objects in it.",
}

NEW_SESSION: Schema = {
    "type": "object",
    "properties": {
        "agent_id": {**reference(_AGENT), "description": "Needed, unless there is an avatar."},
        "avatar_id": {
            **reference(_LOOK),
            "description": "A look; instead of the agent's, or without an agent.",
        },
        "session_type": _TYPE,
        "metadata": _METADATA,
    },
    "if": {"not": {"required": ["avatar_id"]}},
    "then": {"required": ["agent_id"]},
}
"""Body of POST /sessions."""

SESSION: Schema = answer(
    session_id=identifier("sess_01J9ZQ4T7E5V8W2X3Y6A1B0C9D"),
    status={"type": "string", "enum": ["created", "started", "ended"]},
    agent_id={"type": ["string", "null"], "examples": [_AGENT]},
    avatar_id=identifier(_LOOK),
    session_type=_TYPE,
    room_url=_ROOM,
    created_at=MOMENT,
    started_at=OPTIONAL_MOMENT,
    ended_at=OPTIONAL_MOMENT,
    expiration={**MOMENT, "description": "When it ends by itself."},
    duration={**COUNT, "description": "Seconds it has run."},
    metadata=_METADATA,
)
"""A session."""

SESSION_QUERY: Schema = {
    "type": "object",
    "properties": {
        "status": {
            "type": "string",
            "enum": list(STATUSES),
            "default": "all",
            "description": "active: not ended; completed: ended.",
        },
        **PAGE,
    },
}
"""Query of GET /sessions."""

SESSION_LIST: Schema = good(sessions={"type": "array", "items": SESSION})
"""Some sessions."""

_CONCURRENCY: Schema = answer(current=COUNT, max=COUNT, available=COUNT)
_REMAINING: Schema = {"type": ["number", "null"], "description": "Null: they are not limited."}

CREATED_SESSION: Schema = good(
    session=SESSION,
    usage=answer(concurrency=_CONCURRENCY, minutes=answer(total_remaining=_REMAINING)),
    message=_SENTENCE,
)
"""A session that was just made."""

STARTED: Schema = good(ws_uri=_ROOM, expiration=MOMENT, message=_SENTENCE)
"""A session that is started."""

USAGE: Schema = good(
    plan={"type": "string"},
    usage=answer(
        concurrency=_CONCURRENCY,
        minutes=answer(used={"type": "number", "minimum": 0}, total_remaining=_REMAINING),
    ),
)
"""What an account uses."""
