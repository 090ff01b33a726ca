"""What all resources of Apinizer have in common on the wire: roles, names, pages, moments."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from failwell.core.clock import moment
from failwell.core.exceptions import ValidationError
from failwell.core.situation import Situation
from failwell.server.operation import Call, Reply
from failwell.server.schemas import COUNT, Schema, answer, text

__all__ = [
    "ADMIN",
    "DEPLOY",
    "DONE",
    "MANAGE",
    "MOMENT",
    "NAME",
    "OPTIONAL_MOMENT",
    "PAGE_QUERY",
    "ROLES",
    "SCOPES",
    "SECURE",
    "SUCCEEDED",
    "Page",
    "counted",
    "future",
    "listing",
    "page_of",
    "successes",
    "successful",
    "written_moment",
]

MANAGE = "ROLE_MANAGE_PROXIES"
"""May create, change and delete proxies."""

DEPLOY = "ROLE_DEPLOY_UNDEPLOY_PROXIES"
"""May bring proxies to environments and take them away."""

SECURE = "ROLE_API_SECURITY"
"""May manage the credentials of a project."""

GROUPS = "ROLE_MANAGE_PROXY_GROUPS"
"""May manage groups of proxies."""

ADMIN = "ROLE_ADMIN"
"""May do everything."""

SCOPES = (MANAGE, DEPLOY, SECURE, GROUPS, ADMIN)
"""Every role there is, in the words of the command line: every scope."""

ROLES: Schema = {
    "type": "array",
    "items": {"type": "string", "enum": list(SCOPES)},
    "maxItems": len(SCOPES),
    "uniqueItems": True,
}
"""Roles of a user."""

_UNSAFE = r"/\\\u0000-\u001f\u007f"

NAME: Schema = text(
    1,
    100,
    # One step of a path: no slash, and neither "." nor ".." which clients take out of it.
    pattern=rf"^[^\s.{_UNSAFE}]([^{_UNSAFE}]*[^\s{_UNSAFE}])?$",
    examples=["MyAPI"],
)
"""A name that goes into paths; upper and lower case count."""

MOMENT: Schema = {
    "type": "string",
    "format": "date-time",
    "examples": ["2024-12-31T23:59:59.000Z"],
}
"""A moment, as `written_moment` writes it."""

OPTIONAL_MOMENT: Schema = {
    "type": ["string", "null"],
    # Apart, since makers of examples overlook a format beside several types.
    "anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}],
}
"""A moment that may not be given."""

PAGE_QUERY: Schema = {
    "type": "object",
    "properties": {
        "page": {"type": "integer", "minimum": 1, "maximum": 1_000_000, "default": 1},
        "size": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
        "sort": {
            "type": "string",
            "enum": ["name", "name,asc", "name,desc"],
            "default": "name,asc",
        },
    },
}
"""Query of every list that has pages."""

DONE: Schema = answer(success={"type": "boolean"})
"""What is answered when there is nothing to say."""

SUCCEEDED: Mapping[str, Any] = {"success": True}
"""The body of `DONE`."""

_LONGEST = 100 * 31_536_000


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a list is wanted."""

    offset: int
    """How many to leave out."""

    limit: int
    """How many to give at most."""

    descending: bool
    """Whether the last name comes first."""


def page_of(call: Call) -> Page:
    """Read which page a call asks for."""
    size = call.query["size"]
    return Page(
        offset=(call.query["page"] - 1) * size,
        limit=size,
        descending=call.query["sort"] == "name,desc",
    )


def counted(items: Schema) -> Schema:
    """Describe a list as `listing` answers it."""
    return answer(
        status={"type": "string", "enum": ["SUCCESS"]},
        resultList={"type": "array", "items": items},
        resultCount=COUNT,
    )


def listing(items: Sequence[Any], total: int) -> Reply:
    """Answer one page of a list, in the form of projects and proxies.

    Args:
        items: What is on the page.
        total: How many there are on all pages.
    """
    return Reply(body={"status": "SUCCESS", "resultList": items, "resultCount": total})


def successes(items: Schema) -> Schema:
    """Describe a list as `successful` answers it."""
    return answer(
        success={"type": "boolean"},
        resultList={"type": "array", "items": items},
        resultCount=COUNT,
    )


def successful(items: Sequence[Any]) -> Reply:
    """Answer a whole list, in the form of environments and credentials."""
    return Reply(body={"success": True, "resultList": items, "resultCount": len(items)})


def written_moment(seconds: float | None) -> str | None:
    """Write Unix seconds in UTC to the millisecond.

    Examples:
        >>> written_moment(1735689599.0)
        '2024-12-31T23:59:59.000Z'
    """
    if seconds is None:
        return None
    whole = math.floor(seconds)
    return f"{moment(whole):%Y-%m-%dT%H:%M:%S}.{int((seconds - whole) * 1000):03d}Z"


def future(field: str, written: str | None, *, now: float) -> float | None:
    """Read a moment that has to lie ahead; ``None`` stays for never.

    Args:
        field: Where it stands in the body.
        written: What stands there.
        now: Unix seconds.

    Raises:
        ValidationError: There is no such day, it has passed, or it is absurdly far away.
    """
    if written is None:
        return None
    try:
        seconds = datetime.fromisoformat(written).timestamp()
    except (ValueError, OverflowError) as error:
        # RFC 3339 knows leap seconds, the calendar of Python does not.
        raise _refused(field, "has an invalid format") from error
    if not now < seconds <= now + _LONGEST:
        where = "in the future" if seconds <= now else "within 100 years"
        raise _refused(field, f"must be {where}")
    return seconds


def _refused(field: str, rule: str) -> ValidationError:
    return ValidationError(situation=Situation.UNPROCESSABLE, field=field, reason=f"{field} {rule}")
