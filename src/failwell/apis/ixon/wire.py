"""What all resources of IXON share on the wire: header fields, the envelope, one item or a list."""

from collections.abc import Iterator, Sequence
from typing import Any

from failwell.apis.ixon.rows import Row
from failwell.core.exceptions import NotFoundError
from failwell.core.fault import Location, Violation
from failwell.server.operation import Reply
from failwell.server.schemas import Schema, answer, identifier

__all__ = [
    "COMPANY_FIELDS",
    "FIELDS",
    "PUBLIC_FIELDS",
    "PUBLIC_ID",
    "found_in_body",
    "item",
    "items_of",
    "listed",
    "nothing",
    "one",
    "one_or_list",
    "reply",
    "reply_list",
    "same_form",
]

PUBLIC_ID: Schema = identifier("V1kcNDUtXqg4")
"""How things are named on the wire."""

_VERSION: Schema = {
    "type": "integer",
    "enum": [2],
    "description": "The version of the API.",
}
_APPLICATION: Schema = {
    "type": "string",
    "pattern": "^[0-9a-zA-Z]{12}$",
    "examples": ["FailwellDemo"],
    "description": "Which application is calling.",
}
_COMPANY: Schema = {
    "type": "string",
    "pattern": "^[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{4}$",
    "description": "Public id of the company that the call concerns.",
}
_BRANDING: Schema = {
    "type": "string",
    "examples": ["portal.ixon.cloud"],
    "description": "Domain whose branding is wanted; there is only one.",
}


def _fields(**required: Schema) -> Schema:
    names = {name.replace("_", "-"): schema for name, schema in required.items()}
    return {
        "type": "object",
        "properties": {**names, "Api-Branding": _BRANDING},
        "required": list(names),
    }


PUBLIC_FIELDS = _fields(Api_Version=_VERSION)
"""Header fields of a call that anybody may make."""

FIELDS = _fields(Api_Version=_VERSION, Api_Application=_APPLICATION)
"""Header fields of a call that concerns a person."""

COMPANY_FIELDS = _fields(Api_Version=_VERSION, Api_Application=_APPLICATION, Api_Company=_COMPANY)
"""Header fields of a call that concerns a company."""


def item(**members: Schema) -> Schema:
    """Describe an item whose members can be chosen; it is always named."""
    return {
        "type": "object",
        "properties": {"publicId": PUBLIC_ID, **members},
        "required": ["publicId"],
    }


def one(kind: str, data: Schema) -> Schema:
    """Describe the answer with one value."""
    return answer(type={"const": kind}, data=data, status={"const": "success"})


def listed(kind: str, data: Schema) -> Schema:
    """Describe the answer with a list, which may go on."""
    return answer(
        type={"const": kind},
        data={"type": "array", "items": data},
        moreAfter={"type": ["string", "null"]},
        status={"const": "success"},
    )


def nothing(kind: str) -> Schema:
    """Describe the answer to something that is simply done."""
    return one(kind, {"type": "null"})


def one_or_list(schema: Schema, *, most: int = 100) -> Schema:
    """Describe a body that is one item or a list of them.

    Args:
        schema: The item.
        most: How long the list may be.
    """
    return {"anyOf": [schema, {"type": "array", "items": schema, "minItems": 1, "maxItems": most}]}


def reply(kind: str, data: Any = None) -> Reply:
    """Answer with one value."""
    return Reply(body={"type": kind, "data": data, "status": "success"})


def reply_list(kind: str, data: Sequence[Any], more_after: str | None = None) -> Reply:
    """Answer with a list."""
    body = {"type": kind, "data": data, "moreAfter": more_after, "status": "success"}
    return Reply(body=body)


def items_of(body: Any) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Walk the items of a body that is one item or a list, each with its place in the body."""
    if not isinstance(body, list):
        yield (), body
        return
    for index, each in enumerate(body):
        yield (index,), each


def same_form(kind: str, body: Any, data: Sequence[Any]) -> Reply:
    """Answer with one value where one item was sent, and with a list otherwise."""
    return reply_list(kind, data) if isinstance(body, list) else reply(kind, data[0])


def found_in_body(row: Row | None, kind: str, *path: str | int) -> Row:
    """Take the thing that a body names.

    Args:
        row: What was found.
        kind: What was looked for.
        path: Where in the body it is named.

    Raises:
        NotFoundError: Nothing was found; it says where.
    """
    if row is None:
        where = Violation(location=Location(path))
        raise NotFoundError(resource_type=kind, violations=[where])
    return row
