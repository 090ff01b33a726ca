"""Parameters: the texts of a query, a form or header fields become values of declared types.

Nothing is refused here. A value that does not look like its type stays text, so that
validation says what is wrong with it, like with everything else.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["Parameters"]

# With more digits it is no double any more, and JSON could not repeat it.
_INTEGER = re.compile(r"-?[0-9]{1,308}")
_NUMBER = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,3})?")
_INFINITY = float("inf")


class Parameters:
    """The parameters an operation declares.

    Args:
        schema: JSON Schema of an object whose properties are the parameters. Parameters
            it does not name are ignored, unless it forbids them with
            ``additionalProperties: false``.
        defaults: Whether an absent parameter gets the ``default`` of its schema.
    """

    def __init__(self, schema: Mapping[str, Any], *, defaults: bool = True) -> None:
        self._properties: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
        self._keep_unknown = schema.get("additionalProperties", True) is False
        self._defaults = {
            name: each["default"]
            for name, each in self._properties.items()
            if defaults and "default" in each
        }

    def read(self, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
        """Make values of texts; in the order of the request, absent defaults last.

        A parameter given twice that is not declared as an array becomes a list, which
        its type does not admit: which of the two was meant cannot be known.
        """
        given: dict[str, list[str]] = {}
        for name, text in pairs:
            if name in self._properties or self._keep_unknown:
                given.setdefault(name, []).append(text)
        values = {
            name: _coerce(texts, self._properties.get(name, {})) for name, texts in given.items()
        }
        for name, default in self._defaults.items():
            values.setdefault(name, default)
        return values


def _coerce(texts: list[str], schema: Mapping[str, Any]) -> Any:
    if "array" in _types(schema):
        items = schema.get("items", {})
        return [_scalar(text, items) for text in texts]
    return _scalar(texts[0], schema) if len(texts) == 1 else list(texts)


def _types(schema: Mapping[str, Any]) -> tuple[str, ...]:
    declared = schema.get("type", ())
    return (declared,) if isinstance(declared, str) else tuple(declared)


def _scalar(text: str, schema: Mapping[str, Any]) -> Any:
    for kind in _types(schema):
        match kind:
            case "integer" if _INTEGER.fullmatch(text):
                return int(text)
            case "number" if _NUMBER.fullmatch(text):
                return _number(text)
            case "boolean" if text in ("true", "false"):
                return text == "true"
    return text


def _number(text: str) -> Any:
    if _INTEGER.fullmatch(text):
        return int(text)
    value = float(text)
    return text if abs(value) == _INFINITY else value
