"""Violations in JSON of any shape: lists, maps, trees and sentences that name an input."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from failwell.core.codec import plain_text
from failwell.core.fault import Location, Part, Violation
from failwell.core.generic_path import any_location, any_path
from failwell.core.harmless import harmless

__all__ = ["CONTAINERS", "is_tree", "named_input", "tree_violations", "violations_in"]

CONTAINERS = (
    "errors",
    "violations",
    "fieldViolations",
    "field_violations",
    "validation_errors",
    "validationErrors",
    "fieldErrors",
    "field_errors",
    "invalid_params",
    "invalid-params",
    "errorCauses",
    "issues",
    "details",
    "detail",
    "message",
    "fields",
    "data",
    "validationMessages",
)
"""Members that hold violations, the likeliest first."""

_MOST = 200
_DEEPEST = 16
_LONGEST_TEXT = 2000
_SOURCES: tuple[tuple[str, Part], ...] = (
    ("pointer", "body"),
    ("parameter", "query"),
    ("header", "header"),
)
_PLACES = (
    "field",
    "pointer",
    "path",
    "loc",
    "propertyName",
    "property",
    "property_path",
    "instancePath",
    "param",
    "parameter",
    "attr",
    "attribute",
    "target",
    "location",
    "key",
    "name",
)
_CODES = ("code", "type", "rule", "keyword", "errorCode", "error_code", "reason", "error")
_SENTENCES = (
    "message",
    "msg",
    "detail",
    "description",
    "defaultMessage",
    "errorSummary",
    "title",
    "error",
    "reason",
)
_ECHOES = frozenset({"input", "provided", "value", "rejectedValue", "body", "url"})
"""What the caller sent comes back in these, and may be a secret."""

_NAMED = re.compile(r"([A-Za-z_][\w.\[\]-]{0,99}): (\S.*)", re.DOTALL)
_BARE = frozenset({"errors", "fields", "fieldErrors", "field_errors", "validation_errors"})
"""Containers in which a name may lead to one sentence instead of a list of them."""

_LOOSE = ("non_field_errors", "__all__", "_errors", "base")


def violations_in(head: Mapping[str, Any]) -> tuple[Violation, ...]:
    """Find the violations of an error object, ``()`` where it has none.

    Args:
        head: The object that holds code and message.
    """
    for key in CONTAINERS:
        value = head.get(key)
        found: Iterator[Violation] = iter(())
        if isinstance(value, list):
            found = _of_list(value)
        elif isinstance(value, dict) and is_tree(value, bare=key in _BARE):
            found = tree_violations(value)
        read = _some(found)
        if read:
            return read
    return named_input(head)


def _some(found: Iterator[Violation]) -> tuple[Violation, ...]:
    read: list[Violation] = []
    for each in found:
        if len(read) == _MOST:
            break
        read.append(each)
    return tuple(read)


def named_input(head: Mapping[str, Any]) -> tuple[Violation, ...]:
    """Read the single input that an error object names beside its code, as Stripe does."""
    for key in ("param", "parameter", "field", "target", "propertyName"):
        location = any_location(head.get(key))
        if location is not None:
            code, sentence = _text(head, _CODES), _text(head, _SENTENCES)
            return (Violation(code=code, detail=sentence, location=location),)
    return ()


def _of_list(items: list[Any]) -> Iterator[Violation]:
    for item in items[: _MOST * 4]:
        if isinstance(item, dict):
            yield from _of_item(item)
        elif isinstance(item, str) and (named := _NAMED.fullmatch(item)) is not None:
            yield Violation(detail=named[2][:_LONGEST_TEXT], location=any_location(named[1]))


def _of_item(item: Mapping[str, Any]) -> Iterator[Violation]:
    if any(str(key).startswith("@") for key in item):
        # One of the typed details of google.rpc: only BadRequest has violations in it.
        nested = item.get("fieldViolations")
        yield from _of_list(nested) if isinstance(nested, list) else ()
        return
    sentence = _text(item, _SENTENCES)
    location = _place(item)
    if location is None and sentence is not None:
        named = _NAMED.fullmatch(sentence)
        location = any_location(named[1]) if named is not None else None
        sentence = named[2] if named is not None else sentence
    code = _text(item, _CODES) or _extended(item)
    if location is not None or (code is not None and sentence is not None):
        yield Violation(
            code=code if code != sentence else None,
            detail=sentence,
            location=location,
            params=_params(item),
        )


def _extended(item: Mapping[str, Any]) -> str | None:
    extensions = item.get("extensions")
    return _text(extensions, ("code",)) if isinstance(extensions, dict) else None


def _place(item: Mapping[str, Any]) -> Location | None:
    source = item.get("source")
    if isinstance(source, dict):
        for key, part in _SOURCES:
            location = any_location(source.get(key))
            if location is not None:
                return Location(location.path, part)
    fields = item.get("fields")
    if isinstance(fields, list) and fields:
        return any_location(fields[0])
    return next((at for key in _PLACES if (at := any_location(item.get(key))) is not None), None)


def _params(item: Mapping[str, Any]) -> Mapping[str, Any]:
    known = {*_PLACES, *_CODES, *_SENTENCES, *_ECHOES, "source", "fields", "status", "id", "ctx"}
    context = item.get("ctx")
    rest = {**item, **(context if isinstance(context, dict) else {})}
    return {
        str(key): harmless(value)
        for key, value in list(rest.items())[:32]
        if key not in known and isinstance(value, str | int | float | bool)
    }


def _text(item: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        value = item.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return str(harmless(plain_text(value)))[:_LONGEST_TEXT]
    return None


def is_tree(value: Mapping[str, Any], *, bare: bool = False, depth: int = 0) -> bool:
    """Tell whether an object is a tree of inputs: names, and lists of sentences at its ends.

    Args:
        value: The object.
        bare: Whether a sentence may stand there without its list.
        depth: How deep the object itself lies.
    """
    if not value or depth > _DEEPEST:
        return False
    return all(_is_branch(each, bare, depth) for each in list(value.values())[:_MOST])


def _is_branch(value: Any, bare: bool, depth: int) -> bool:
    match value:
        case list():
            return bool(value) and all(isinstance(each, str | dict) for each in value)
        case dict():
            return is_tree(value, bare=bare, depth=depth + 1)
        case str():
            return bare
        case _:
            return False


def tree_violations(
    value: Mapping[str, Any], path: tuple[str | int, ...] = ()
) -> Iterator[Violation]:
    """Read a tree: DRF and Rails write lists of sentences, Discord ends in ``_errors``.

    Args:
        value: The tree.
        path: Where it sits.
    """
    if len(path) > _DEEPEST:
        return
    for key, each in value.items():
        at = path if key in _LOOSE else (*path, *any_path(key))
        yield from _of_branch(each, at)


def _of_branch(value: Any, path: tuple[str | int, ...]) -> Iterator[Violation]:
    location = Location(path) if path else None
    if isinstance(value, dict):
        yield from tree_violations(value, path)
    for index, each in enumerate(value if isinstance(value, list) else [value]):
        if isinstance(each, str):
            yield Violation(detail=each[:_LONGEST_TEXT], location=location)
        elif isinstance(each, dict) and isinstance(value, list):
            sentence, code = _text(each, _SENTENCES), _text(each, ("code", "type"))
            if sentence is not None and not is_tree(each):
                yield Violation(code=code, detail=sentence, location=location)
            else:
                yield from tree_violations(each, (*path, index))
