"""Schemas of an OpenAPI document, each made whole: JSON Schema 2020-12 for a request.

References are brought along under ``$defs``. What OpenAPI 3.0 writes in its own way is
written anew, and members that only answers have (``readOnly``) are not asked for.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from failwell.client.openapi_document import Document, pointed

__all__ = ["RequestSchemas", "types_of"]

_ONE = (
    "additionalProperties",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
)
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAPS = ("$defs", "dependentSchemas", "patternProperties", "properties")
_BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
_LEFT_OUT = ("$id", "$schema", "discriminator", "example", "examples", "nullable", "xml")
_DEFS = "#/$defs/"
# Names of definitions without what a reference would have to escape, still one for each pointer.
_PLAIN = str.maketrans({".": "..", "/": ".-", "~": ".t", "%": ".p"})


class RequestSchemas:
    """Makes schemas whole.

    Args:
        document: The document they are from.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._old = str(document.get("openapi")).startswith("3.0")

    def whole(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Make a schema that needs nothing outside itself."""
        defs: dict[str, Any] = {}
        made: dict[str, Any] = self._made(schema, defs)
        own = made.pop("$defs", {})
        return made | ({"$defs": own | defs} if own or defs else {})

    def _made(self, node: Any, defs: dict[str, Any]) -> Any:
        if not isinstance(node, Mapping):
            return node
        if isinstance(node.get("$ref"), str):
            return self._referring(node, defs)
        made = {key: self._member(key, value, defs) for key, value in node.items()}
        for key in _LEFT_OUT:
            made.pop(key, None)
        self._ask_less(made, node)
        return self._renewed(made, node) if self._old else made

    def _member(self, key: str, value: Any, defs: dict[str, Any]) -> Any:
        if key in _ONE:
            return self._made(value, defs)
        if key in _LISTS and isinstance(value, list):
            return [self._made(each, defs) for each in value]
        if key in _MAPS and isinstance(value, Mapping):
            return {name: self._made(each, defs) for name, each in value.items()}
        return value

    def _referring(self, node: Mapping[str, Any], defs: dict[str, Any]) -> dict[str, Any]:
        """Follow a reference; beside one, OpenAPI 3.0 ignores everything else."""
        reference = node["$ref"]
        rest = {} if self._old else {key: each for key, each in node.items() if key != "$ref"}
        beside: dict[str, Any] = self._made(rest, defs)
        if not reference.startswith("#/"):
            return beside  # in another document, so it cannot be checked
        name = reference[2:].translate(_PLAIN)
        if name not in defs:
            defs[name] = True  # for a schema that refers to itself
            target = pointed(self._document, reference)
            defs[name] = self._made(target, defs) if isinstance(target, Mapping | bool) else True
        return beside | {"$ref": _DEFS + name}

    def _ask_less(self, made: dict[str, Any], node: Mapping[str, Any]) -> None:
        required, properties = node.get("required"), node.get("properties")
        if isinstance(required, list) and isinstance(properties, Mapping):
            made["required"] = [
                name for name in required if not self._read_only(properties.get(name))
            ]

    def _read_only(self, node: Any) -> bool:
        for _ in range(8):
            if not isinstance(node, Mapping):
                return False
            if node.get("readOnly") is True:
                return True
            if not isinstance(node.get("$ref"), str):
                return False
            node = pointed(self._document, node["$ref"])
        return False

    def _renewed(self, made: dict[str, Any], node: Mapping[str, Any]) -> dict[str, Any]:
        if not isinstance(made.get("required", []), list):
            del made["required"]  # in a parameter, or a habit of OpenAPI 2
        for flag, bound in _BOUNDS.items():
            if made.get(flag) is True and bound in made:
                made[flag] = made.pop(bound)
            elif isinstance(made.get(flag), bool):
                del made[flag]
        if node.get("nullable") is not True:
            return made
        if isinstance(made.get("type"), str) and "enum" not in made:
            return made | {"type": [made["type"], "null"]}
        return {"anyOf": [made, {"type": "null"}]}


def types_of(schema: Any, whole: Mapping[str, Any], depth: int = 8) -> Iterator[str]:
    """List the JSON types that a schema admits, alternatives and references included.

    Args:
        schema: A part of a schema that was made whole.
        whole: The whole of it.
        depth: How many references and alternatives are followed.
    """
    if not isinstance(schema, Mapping) or depth == 0:
        return
    declared = schema.get("type", ())
    yield from (declared,) if isinstance(declared, str) else declared
    if isinstance(schema.get("$ref"), str):
        yield from types_of(_referred(schema["$ref"], whole), whole, depth - 1)
    for key in ("allOf", "anyOf", "oneOf"):
        for each in schema.get(key, ()):
            yield from types_of(each, whole, depth - 1)


def _referred(reference: str, whole: Mapping[str, Any]) -> Any:
    return whole.get("$defs", {}).get(reference.removeprefix(_DEFS))
