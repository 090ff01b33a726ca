"""What requests and answers about avatars look like."""

from failwell.apis.agenthuman.wire import PAGE, good, reference
from failwell.server.schemas import COUNT, MOMENT, NAME, Schema, answer, identifier

__all__ = [
    "AVATAR",
    "AVATAR_LIST",
    "AVATAR_QUERY",
    "NEW_FACE",
    "PICTURE",
    "PUBLIC_QUERY",
    "UPLOADED",
    "UPLOAD_RULES",
]

_EXAMPLE = "avat_01HM56NZ00000000000HARB0RD"
_PLACE: Schema = {
    "type": "string",
    "format": "uri-reference",
    "description": "Wants the same key.",
    "examples": [f"/v1/avatars/{_EXAMPLE}/preview"],
}
_PARENT: Schema = {
    "type": ["string", "null"],
    "description": "The character that a look belongs to; null for a character.",
}

AVATAR: Schema = answer(
    avatar_id=identifier(_EXAMPLE),
    name=NAME,
    preview_img_url=_PLACE,
    parent_id=_PARENT,
    looks_count=COUNT,
    is_favorite={"type": "boolean"},
    is_public={"type": "boolean"},
    active={"type": "boolean"},
    created_at=MOMENT,
    updated_at=MOMENT,
)
"""An avatar: a character, or one of its looks."""

AVATAR_LIST: Schema = good(avatars={"type": "array", "items": AVATAR})
"""Some avatars."""

PUBLIC_QUERY: Schema = {"type": "object", "properties": dict(PAGE)}
"""Query of GET /avatars/public."""

AVATAR_QUERY: Schema = {
    "type": "object",
    "properties": {
        "parent_id": {**reference(_EXAMPLE), "description": "Only the looks of this character."},
        "characters_only": {"type": "boolean", "default": False},
        **PAGE,
    },
}
"""Query of GET /avatars."""

NEW_FACE: Schema = {
    "type": "object",
    "properties": {
        "image_url": {
            "type": "string",
            "minLength": 1,
            "maxLength": 2000,
            "format": "uri",
            # Without a name and password in it, which would travel to nobody knows whom.
            "pattern": r"^[hH][tT][tT][pP][sS]?://[^/?#@\\\s\u0000]+([/?#][^\\\s\u0000]*)?$",
            "description": "Where the picture is fetched from; public hosts only.",
        },
        "image_base64": {
            "type": "string",
            "minLength": 4,
            # With or without the beginning of a data URL.
            "pattern": r"^(data:image/[a-z.+-]+;base64,)?([A-Za-z0-9+/]{4})*"
            r"([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
            "description": "The picture itself; the limit of a body is the limit here.",
        },
        "name": {**NAME, "default": "Uploaded face"},
    },
    # Exactly one picture, said so that the first broken rule has a field to name.
    "if": {"not": {"required": ["image_base64"]}},
    "then": {"required": ["image_url"]},
    "dependentSchemas": {"image_url": {"properties": {"image_base64": {"not": {}}}}},
}
"""Body of POST /avatars/upload-face."""

UPLOADED: Schema = good(
    avatar_id=identifier(_EXAMPLE),
    parent_id=identifier("avat_01HM56NZ000000000000HARB0R"),
    image_url=_PLACE,
    preview_url=_PLACE,
    message={"type": "string"},
)
"""A face that was uploaded."""

UPLOAD_RULES: Schema = good(
    upload=answer(
        formats={"type": "array", "items": {"type": "string"}},
        max_bytes=COUNT,
        max_pixels=COUNT,
        sample_image_url={"type": "string", "format": "uri"},
    )
)
"""What may be uploaded."""

PICTURE: Schema = {"type": "string", "contentMediaType": "image/jpeg"}
"""A picture."""
