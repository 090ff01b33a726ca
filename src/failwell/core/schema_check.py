"""Checking a value: everything wrong with it is told at once.

In the order of the caller's own members, one fault for each place, in the words of the
contract. The server checks what it received like this, and the client what it is about to
send, so both come to the same violations. What says whether a value fits a schema is not
imported here: it is given, see `Validator`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from failwell.core.fault import Violation
from failwell.core.schema_view import SchemaView
from failwell.core.wording import Flaw, Wording

__all__ = ["MOST_VIOLATIONS", "SchemaChecker", "Validator", "bounded"]

MOST_VIOLATIONS = 100
"""How many violations one answer tells."""

_MOST_CHARACTERS = 40_000
_SAMPLE = 200
_BASICS = (
    ("null",),
    ("type",),
    ("required", "minLength.0", "additionalProperties"),
    ("const", "enum"),
    ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
    ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    ("format",),
    ("pattern",),
)
_RANK = {keyword: rank for rank, group in enumerate(_BASICS) for keyword in group}
_TEXT_RULES = ("minLength", "pattern", "format")
_UNIONS = ("anyOf", "oneOf")


class Validator(Protocol):
    """A compiled JSON Schema, as jsonschema-rs gives it.

    Its errors have ``instance_path``, ``schema_path``, ``instance`` and a ``kind`` with the
    broken keyword as its ``name``.
    """

    def is_valid(self, instance: Any) -> bool:
        """Tell whether a value fits."""
        ...

    def iter_errors(self, instance: Any) -> Iterable[Any]:
        """List what is wrong with a value."""
        ...

    def validate(self, instance: Any) -> None:
        """Raise the first error of a value."""
        ...


class SchemaChecker:
    """One compiled schema, and the words for what breaks it.

    Args:
        schema: JSON Schema 2020-12.
        validator: The same schema, compiled.
        wording: Turns broken rules into violations.
    """

    def __init__(self, schema: Mapping[str, Any], validator: Validator, wording: Wording) -> None:
        self._view = SchemaView(schema)
        self._validator = validator
        self._wording = wording

    def fits(self, value: Any) -> bool:
        """Tell whether nothing is wrong with a value."""
        return self._validator.is_valid(value)

    def check(self, value: Any) -> tuple[Violation, ...]:
        """List what is wrong with a value, in the order of its own members."""
        if self._validator.is_valid(value):
            return ()
        found: dict[tuple[str | int, ...], Flaw] = {}
        for flaw in self._flaws(value):
            other = found.get(flaw.path)
            if other is None or _rank(flaw) < _rank(other):
                found[flaw.path] = flaw
        order = _Order(value, self._view)
        ordered = sorted(found.values(), key=lambda flaw: order.key(flaw.path))
        return tuple(map(self._wording.violation, ordered[:MOST_VIOLATIONS]))

    def _flaws(self, value: Any) -> Iterator[Flaw]:
        # The validator makes all its errors before it hands out one, and a megabyte of
        # wrong items would keep it busy for seconds: a sample is enough to say what is wrong.
        errors = list(self._validator.iter_errors(_sample(value, self._view.declared)))
        if not errors:
            errors = [_first(self._validator, value)]
        for error in errors:
            yield from self._of(error)

    def _of(self, error: Any) -> Iterator[Flaw]:
        path, keyword = tuple(error.instance_path), error.kind.name
        branch = _meant(error) if keyword in _UNIONS else None
        if branch is not None:
            for inner in branch:
                yield from self._of(inner)
        elif keyword == "required":
            yield self._absent("required", (*path, error.kind.property))
        elif keyword == "additionalProperties":
            for name in error.kind.unexpected:
                yield self._absent("additionalProperties", (*path, name))
        elif keyword == "falseSchema":
            yield self._absent("additionalProperties", path)
        else:
            yield self._broken(keyword, path, error)

    def _absent(self, keyword: str, path: tuple[str | int, ...]) -> Flaw:
        return Flaw(
            keyword=keyword, path=path, rule=self._view.of(path), label=self._view.label(path)
        )

    def _broken(self, keyword: str, path: tuple[str | int, ...], error: Any) -> Flaw:
        rule = self._view.at(error.schema_path[:-1])
        return Flaw(
            keyword=_narrowed(keyword, error.instance, rule),
            path=path,
            rule=rule,
            label=self._view.label(path),
            value=error.instance,
        )


def _first(validator: Validator, value: Any) -> Any:
    try:
        validator.validate(value)
    except ValueError as error:
        return error
    raise AssertionError("a value cannot be valid and not valid")


def _rank(flaw: Flaw) -> int:
    return _RANK.get(flaw.keyword, len(_BASICS))


def _narrowed(keyword: str, value: Any, rule: Mapping[str, Any]) -> str:
    if keyword == "type" and value is None:
        return "null"
    if keyword in _TEXT_RULES and isinstance(value, str) and not value.strip():
        return "minLength.0" if rule.get("minLength", 0) >= 1 else keyword
    return keyword


def _meant(error: Any) -> list[Any] | None:
    """Find the one branch of a union whose type fits the value: the one that was meant."""
    branches = getattr(error.kind, "context", None) or []
    if not all(branches):
        return None  # a branch without errors fits: too many do, and none was meant alone
    depth = len(error.instance_path)
    fitting = [
        branch
        for branch in branches
        if not any(
            each.kind.name in ("type", "const") and len(each.instance_path) == depth
            for each in branch
        )
    ]
    return fitting[0] if len(fitting) == 1 else None


def _sample(value: Any, declared: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_sample(each, declared) for each in value[:_SAMPLE]]
    if not isinstance(value, dict):
        return value
    strangers = 0
    kept = {}
    for name, each in value.items():
        strangers += name not in declared
        if strangers <= _SAMPLE or name in declared:
            kept[name] = _sample(each, declared)
    return kept


class _Order:
    """Sorts paths as the caller wrote its members; missing ones stand where the schema has them."""

    def __init__(self, value: Any, view: SchemaView) -> None:
        self._value = value
        self._view = view
        self._places: dict[tuple[str | int, ...], dict[str, int]] = {}

    def key(self, path: tuple[str | int, ...]) -> list[tuple[float, int]]:
        node, found = self._value, []
        for depth, step in enumerate(path):
            if not isinstance(step, str) or not isinstance(node, dict):
                found.append((float(step) if isinstance(step, int) else 0.0, 0))
                node = node[step] if isinstance(node, list) and isinstance(step, int) else None
                continue
            found.append(self._place(path[:depth], node, step))
            node = node.get(step)
        return found

    def _place(
        self, path: tuple[str | int, ...], node: Mapping[str, Any], name: str
    ) -> tuple[float, int]:
        if path not in self._places:
            self._places[path] = {each: index for index, each in enumerate(node)}
        places = self._places[path]
        if name in places:
            return float(places[name]), 0
        names = self._view.properties(path)
        if name not in names:
            return float(len(places)), len(names)
        rank = names.index(name)
        later = [places[each] for each in names[rank + 1 :] if each in places]
        return (min(later) - 0.5 if later else float(len(places))), rank


def bounded(violations: tuple[Violation, ...]) -> tuple[Violation, ...]:
    """Cut a list of violations to what one answer may tell, by number and by size."""
    room = _MOST_CHARACTERS
    for index, each in enumerate(violations[:MOST_VIOLATIONS]):
        field = "" if each.location is None else each.location.dotted
        room -= len(each.detail or "") + len(field) + 100
        if room < 0:
            return violations[:index]
    return violations[:MOST_VIOLATIONS]
