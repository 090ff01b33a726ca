"""Pages of long lists: newest first, the next one begins before the last of this one."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from failwell.server.schemas import MOMENT, Schema

__all__ = ["BEFORE", "LIMIT", "NEXT", "RANGE", "before_of", "page", "query_of"]

LIMIT: Schema = {"type": "integer", "minimum": 1, "maximum": 500, "default": 50}
"""How many a page has."""

BEFORE: Schema = {
    "type": "string",
    "pattern": "^[0-9]{1,18}$",
    "description": "What `next` of the page before said.",
}
"""Where a page begins."""

NEXT: Schema = {
    "type": ["string", "null"],
    "description": "For `before`; null on the last page.",
}
"""Where the next page begins."""

RANGE: Mapping[str, Schema] = {
    "since": {**MOMENT, "description": "From this moment on."},
    "until": {**MOMENT, "description": "Before this moment."},
}
"""A range of time."""

_Item = TypeVar("_Item")


def query_of(**parameters: Schema) -> Schema:
    """Describe the query of an operation; a parameter it does not name is refused."""
    return {"type": "object", "properties": parameters, "additionalProperties": False}


def before_of(query: Mapping[str, Any]) -> int | None:
    """Give the number the page begins before."""
    return int(query["before"]) if "before" in query else None


def page(found: Sequence[tuple[int, _Item]], limit: int) -> tuple[list[_Item], str | None]:
    """Cut a page off what was found.

    Args:
        found: Numbers and items, one more than wanted when there are further ones.
        limit: How many are wanted.

    Returns:
        The items, and the `next` of the page.
    """
    shown = found[:limit]
    following = str(shown[-1][0]) if len(found) > limit else None
    return [item for _, item in shown], following
