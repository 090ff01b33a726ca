"""Shared parts of an OpenAPI document: each is written once and referred to."""

import re
from collections.abc import Mapping
from typing import Any

from failwell.core.exceptions import FailwellError

__all__ = ["Parts", "camel_case"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_WORD = re.compile(r"[A-Za-z0-9]+")
_LOCAL = "#/$defs/"
_SHARED = "#/components/schemas/"


def camel_case(text: str) -> str:
    """Write a snake_case word as the name of a schema.

    Examples:
        >>> camel_case("resource_not_found")
        'ResourceNotFound'
    """
    return "".join(word[:1].upper() + word[1:] for word in _WORD.findall(text))


class Parts:
    """The ``components`` of a document, as they fill up."""

    def __init__(self) -> None:
        self._kinds: dict[str, dict[str, Any]] = {}

    def as_dict(self) -> dict[str, Any]:
        """Give the finished ``components``."""
        return {kind: dict(parts) for kind, parts in self._kinds.items() if parts}

    def refer(self, kind: str, name: str, part: Mapping[str, Any]) -> dict[str, Any]:
        """Keep a part under a name and give the reference to it.

        An equal part is kept once; another one under the same name gets a number.

        Args:
            kind: Such as ``schemas``.
            name: The name wished for.
            part: What to keep.
        """
        parts = self._kinds.setdefault(kind, {})
        free, number = name, 1
        while free in parts and parts[free] != part:
            number += 1
            free = f"{name}_{number}"
        parts[free] = dict(part)
        return {"$ref": f"#/components/{kind}/{free}"}

    def schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Bring a schema into the document; titled objects and local definitions are shared.

        Raises:
            FailwellError: Two schemas define one name differently.
        """
        for name, definition in schema.get("$defs", {}).items():
            kept = self.refer("schemas", name, _moved(definition))
            if kept["$ref"] != f"{_SHARED}{name}":
                raise FailwellError(f"two schemas define {name!r} differently; rename one")
        bare = {k: v for k, v in schema.items() if k not in ("$schema", "$defs")}
        moved: dict[str, Any] = _moved(bare)
        title = moved.get("title")
        if isinstance(title, str) and _NAME.fullmatch(title) and moved.get("type") == "object":
            return self.refer("schemas", title, moved)
        return moved


def _moved(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {
            key: f"{_SHARED}{value.removeprefix(_LOCAL)}"
            if key == "$ref" and isinstance(value, str) and value.startswith(_LOCAL)
            else _moved(value)
            for key, value in node.items()
        }
    return [_moved(each) for each in node] if isinstance(node, list | tuple) else node
