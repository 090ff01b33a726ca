"""What requests and answers about access tokens look like."""

from failwell.apis.ixon.fields import Fields
from failwell.apis.ixon.people import PERSON
from failwell.apis.ixon.permissions import TOKEN_SCOPE
from failwell.apis.ixon.wire import FIELDS, PUBLIC_ID, item, one_or_list
from failwell.server.schemas import MOMENT, Schema, text

__all__ = [
    "CREATED_FIELDS",
    "CREATED_TOKEN",
    "LONGEST_LIFE",
    "NEW_TOKEN",
    "NEW_TOKEN_HEADERS",
    "NEW_TOKEN_QUERY",
    "SHORTEST_LIFE",
    "TOKEN",
    "TOKEN_FIELDS",
    "TOKEN_NAMES",
    "TOKEN_QUERY",
]

SHORTEST_LIFE, LONGEST_LIFE = 60, 5_184_000
"""Seconds a token can be good for: a minute to sixty days."""

NEW_TOKEN: Schema = {
    "type": "object",
    "properties": {
        "expiresIn": {
            "type": "integer",
            "minimum": SHORTEST_LIFE,
            "maximum": LONGEST_LIFE,
            "description": "Seconds the token is good for.",
        },
        "trustedDeviceName": {
            **text(1, 255),
            "type": ["string", "null"],
            "description": "With a one-time password: trust the device from now on.",
        },
        "scope": TOKEN_SCOPE,
    },
    "required": ["expiresIn"],
}
"""Body of POST /access-tokens."""

NEW_TOKEN_HEADERS: Schema = {
    **FIELDS,
    "properties": {
        **FIELDS["properties"],
        "Api-Device-Identifier": {
            "type": "string",
            "pattern": "^{0}{{8}}-{0}{{4}}-{0}{{4}}-{0}{{4}}-{0}{{12}}$".format("[0-9a-fA-F]"),
            "examples": ["6ba7b810-9dad-41d1-80b4-00c04fd430c8"],
            "description": "A UUID that the device made for itself; keep it like a password.",
        },
    },
}
"""Header fields of POST /access-tokens."""

CREATED_TOKEN: Schema = item(
    expiresOn=MOMENT,
    secretId={
        "type": "string",
        "pattern": "^[0-9A-Za-z]{32}$",
        "description": "The token itself; shown this once.",
    },
    user=PERSON,
)
"""A new token."""

CREATED_FIELDS = Fields("expiresOn", "secretId", user=("publicId", "type", "name", "emailAddress"))
"""What can be chosen of a new token."""

TOKEN: Schema = item(
    expiresOn=MOMENT,
    created={
        "type": "object",
        "properties": {
            "ip": {"type": ["string", "null"]},
            "on": MOMENT,
            "userAgent": {"type": ["string", "null"]},
        },
    },
    scope=TOKEN_SCOPE,
)
"""A token, but for its secret."""

TOKEN_FIELDS = Fields("expiresOn", created=("ip", "on", "userAgent"), scope=("type", "rels"))
"""What can be chosen of a token."""

NEW_TOKEN_QUERY: Schema = {"type": "object", "properties": {"fields": CREATED_FIELDS.schema}}
"""Query of POST /access-tokens."""

TOKEN_QUERY: Schema = {"type": "object", "properties": {"fields": TOKEN_FIELDS.schema}}
"""Query of GET on one token."""

TOKEN_NAMES: Schema = one_or_list(
    {"type": "object", "properties": {"publicId": PUBLIC_ID}, "required": ["publicId"]}
)
"""Body of DELETE /access-tokens."""
