"""The parameters of a request, read as an OpenAPI document declares them.

Values of the query, the path and header fields are text; their types are declared. What is
written in a way that text cannot be read back from (objects, ``deepObject``, JSON inside a
parameter) is left to the server.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from failwell.client.openapi_schema import RequestSchemas, types_of
from failwell.core.fault import Part, Violation
from failwell.core.parameters import Parameters
from failwell.core.schema_check import SchemaChecker

__all__ = ["Compile", "Pairs", "PartCheck", "readable"]

_SEPARATORS = {"form": ",", "simple": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
# OpenAPI 3.1, 4.8.12: declared elsewhere, so a parameter of such a name means nothing.
_ELSEWHERE = ("accept", "authorization", "content-type")

Pairs = Iterable[tuple[str, str]]
"""Names and texts."""

Compile = Callable[[Mapping[str, Any], Part], SchemaChecker]
"""Compiles a schema for a part of a request."""


def readable(parameters: Iterable[Mapping[str, Any]], part: Part) -> list[Mapping[str, Any]]:
    """List the parameters of one part that can be read back from their text.

    Args:
        parameters: All parameters of an operation.
        part: The part.
    """
    return [each for each in parameters if each.get("in") == part and _is_readable(each)]


def _is_readable(parameter: Mapping[str, Any]) -> bool:
    name, style = parameter.get("name"), parameter.get("style", "form")
    if not isinstance(name, str) or not isinstance(parameter.get("schema"), Mapping):
        return False
    if parameter["in"] == "header" and name.lower() in _ELSEWHERE:
        return False
    return style in _SEPARATORS


class PartCheck:
    """Checks the parameters of one part of a request.

    Args:
        part: The part.
        parameters: Those of its parameters that can be read.
        schemas: Makes their schemas whole.
        compiled: Compiles a schema.
    """

    def __init__(
        self,
        part: Part,
        parameters: Sequence[Mapping[str, Any]],
        *,
        schemas: RequestSchemas,
        compiled: Compile,
    ) -> None:
        properties = {each["name"]: each["schema"] for each in parameters}
        whole = schemas.whole({"type": "object", "properties": properties})
        reading = {name: _reading(each, whole) for name, each in whole["properties"].items()}
        # An object is spread over several parameters, or written as pairs: nothing to check.
        whole["properties"] |= {n: True for n, each in reading.items() if "object" in each["type"]}
        required = [each["name"] for each in parameters if each.get("required") is True]
        self._reader = Parameters({"properties": reading}, defaults=False)
        self._separators = _separators(part, parameters, reading)
        self._own_names = {name.lower(): name for name in properties}
        self._all = compiled(whole | {"required": required}, part)
        self._given = compiled(whole, part) if part == "header" else self._all

    def check(self, pairs: Pairs) -> tuple[Violation, ...]:
        """Tell what is wrong with the texts of a query or a path."""
        return self._all.check(self._reader.read(self._split(pairs)))

    def check_fields(
        self, headers: Mapping[str, str], *, more_follow: bool
    ) -> tuple[Violation, ...]:
        """Tell what is wrong with header fields.

        Args:
            headers: The fields.
            more_follow: Whether a missing one may still be added.
        """
        fields = {name.lower(): value for name, value in headers.items()}
        pairs = [(own, fields[name]) for name, own in self._own_names.items() if name in fields]
        checker = self._given if more_follow else self._all
        return checker.check(self._reader.read(self._split(pairs)))

    def _split(self, pairs: Pairs) -> Pairs:
        if not self._separators:
            return pairs
        return [
            (name, each)
            for name, text in pairs
            for each in (
                text.split(self._separators[name]) if name in self._separators else (text,)
            )
        ]


def _reading(schema: Any, whole: Mapping[str, Any]) -> dict[str, Any]:
    """Tell how the text of a parameter is read: its types, and those of its items."""
    items = schema.get("items", {}) if isinstance(schema, Mapping) else {}
    return {
        "type": tuple(dict.fromkeys(types_of(schema, whole))),
        "items": {"type": tuple(dict.fromkeys(types_of(items, whole)))},
    }


def _separators(
    part: Part, parameters: Sequence[Mapping[str, Any]], reading: Mapping[str, Any]
) -> dict[str, str]:
    """List what separates the items of each list that is one text."""
    found = {}
    for each in parameters:
        style = each.get("style", "form" if part == "query" else "simple")
        spread = each.get("explode", style == "form") and part == "query"
        if "array" in reading[each["name"]]["type"] and not spread:
            found[each["name"]] = _SEPARATORS[style]
    return found
