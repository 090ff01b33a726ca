"""Looking things up in a JSON Schema by the path of a value: its label, its siblings."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

__all__ = ["SchemaView"]

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOTHING: Mapping[str, Any] = {}

Path = Sequence[str | int]


class SchemaView:
    """A schema that can be walked.

    Args:
        schema: The whole schema; only references into itself are followed.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self.declared = frozenset(_declared(schema))
        """Every property name the schema speaks of, at any depth."""

    def at(self, schema_path: Path) -> Mapping[str, Any]:
        """Find a part of the schema by its own path; empty when there is none."""
        node: Any = self._schema
        for step in schema_path:
            # A reference is followed only for what does not stand beside it.
            inside: Any = node if _has(node, step) else self._resolved(node)
            try:
                node = inside[step]
            except (KeyError, IndexError, TypeError):
                return _NOTHING
        return self._resolved(node)

    def of(self, path: Path) -> Mapping[str, Any]:
        """Find the schema of a value by the path of the value; empty when none is declared."""
        node = self._resolved(self._schema)
        for step in path:
            node = self._resolved(_inside(node, step))
        return node

    def properties(self, path: Path) -> tuple[str, ...]:
        """List the properties of the object at a path, in the order of the schema."""
        found = self.of(path).get("properties", _NOTHING)
        return tuple(found) if isinstance(found, Mapping) else ()

    def label(self, path: Path) -> str:
        """Name a value for people: its ``title``, or its name with the humps smoothed.

        Examples:
            >>> SchemaView({}).label(("config", "max_tokens"))
            'Max tokens'
        """
        title = self.of(path).get("title")
        if isinstance(title, str):
            return title
        name = next((step for step in reversed(path) if isinstance(step, str)), "")
        words = _HUMP.sub(" ", name).replace("_", " ").replace("-", " ").split()
        text = " ".join(word if word.isupper() else word.lower() for word in words)
        return text[:1].upper() + text[1:] if text else "Body"

    def _resolved(self, node: Any) -> Mapping[str, Any]:
        for _ in range(8):
            if not isinstance(node, Mapping):
                return _NOTHING
            target = node.get("$ref")
            if not isinstance(target, str) or not target.startswith("#/"):
                return node
            node = self._pointed(target[2:].split("/"))
        return _NOTHING

    def _pointed(self, steps: Iterable[str]) -> Any:
        node: Any = self._schema
        for step in steps:
            key = step.replace("~1", "/").replace("~0", "~")
            node = node.get(key) if isinstance(node, Mapping) else None
        return node


def _has(node: Any, step: str | int) -> bool:
    return isinstance(node, list) or (isinstance(node, Mapping) and step in node)


def _inside(node: Mapping[str, Any], step: str | int) -> Any:
    if isinstance(step, int):
        return node.get("items")
    properties = node.get("properties", _NOTHING)
    return properties.get(step) if step in properties else node.get("additionalProperties")


def _declared(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        properties = node.get("properties")
        if isinstance(properties, Mapping):
            yield from properties
        for each in node.values():
            yield from _declared(each)
    elif isinstance(node, list | tuple):
        for each in node:
            yield from _declared(each)
