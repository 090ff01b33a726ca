"""Choosing fields: ``?fields=publicId,agent.publicId`` or ``?fields=*``.

What may be chosen is part of the schema of the query, so a name that does not exist is
told like any other value that does not fit.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from failwell.server.schemas import Schema

__all__ = ["Fields"]

_ENTRY = re.compile(r"(\*|\w+)(?:\.(\*|\w+)|\(([\w,]+)\))?")


class Fields:
    """The fields of one kind of item.

    Args:
        plain: Fields without fields of their own, besides ``publicId``.
        nested: Fields that have some, with the names of those.

    Examples:
        >>> fields = Fields("name", device=("publicId", "name"))
        >>> shown = {"publicId": "1", "name": "A", "device": {"publicId": "2", "name": "B"}}
        >>> fields.choose(shown, ["device.name"])
        {'publicId': '1', 'device': {'name': 'B'}}
    """

    def __init__(self, *plain: str, **nested: tuple[str, ...]) -> None:
        entry = "|".join([r"\*", "publicId", *plain, *map(_nested, nested.items())])
        self.schema: Schema = {
            "type": "array",
            "items": {
                "type": "string",
                "pattern": f"^(?:{entry})(?:,(?:{entry}))*$",
                "maxLength": 300,
            },
            "maxItems": 5,
            "description": "Fields to select, with commas between them; all of them when left out.",
            "examples": [["publicId", plain[0]] if plain else ["publicId"]],
        }
        """Describes the query parameter."""

    def choose(self, shown: Mapping[str, Any], asked: Iterable[str] | None) -> dict[str, Any]:
        """Leave what was asked for; the name of an item always stays.

        Args:
            shown: The whole item.
            asked: Values of the parameter; ``None`` for everything.
        """
        if asked is None:
            return dict(shown)
        chosen = _chosen(asked)
        if "*" in chosen:
            return dict(shown)
        return {
            name: _part(value, chosen.get(name))
            for name, value in shown.items()
            if name == "publicId" or name in chosen
        }


def _nested(field: tuple[str, tuple[str, ...]]) -> str:
    name, inner = field
    one = "|".join(inner)
    return rf"{name}(?:\.(?:\*|{one})|\((?:{one})(?:,(?:{one}))*\))?"


def _chosen(asked: Iterable[str]) -> dict[str, set[str] | None]:
    """Read every entry; ``None`` stands for a field as a whole."""
    found: dict[str, set[str] | None] = {}
    for match in (each for text in asked for each in _ENTRY.finditer(text)):
        inner = {match[2]} if match[2] else set(match[3].split(",")) if match[3] else None
        known = found.setdefault(match[1], set())
        found[match[1]] = None if inner is None or known is None or "*" in inner else known | inner
    return found


def _part(value: Any, inner: set[str] | None) -> Any:
    if not inner or not isinstance(value, Mapping):
        return value
    return {name: each for name, each in value.items() if name in inner}
