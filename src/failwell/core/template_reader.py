"""Reading templates: plain data of a contract file becomes the tree of `core.template`."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import msgspec

from failwell.core.codec import CODECS, Codec, CodecError, codec
from failwell.core.template import (
    Const,
    Each,
    Grouped,
    Kind,
    Member,
    Node,
    Object,
    Slot,
    Tagged,
    node_kind,
)
from failwell.core.text import Text, TextError, parse_text

__all__ = ["TemplateError", "parse_header", "parse_slot", "parse_template"]

Path = tuple[str | int, ...]
_Read = TypeVar("_Read")

_SLOT = re.compile(r"\$([a-z_][a-z0-9_]*)(?::([a-z0-9_]+(?:\[\])*))?(?:=(.*))?", re.DOTALL)
_KINDS = ("null", "boolean", "number", "string", "array", "object")
_DEFAULT_CODECS = {
    "code": "string",
    "message": "string",
    "title": "string",
    "detail": "string",
    "request_id": "string",
    "docs": "string",
    "status": "int",
    "field": "dotted",
    "timestamp": "rfc3339",
    "retry_after": "number",
    "details": "object",
    "params": "object",
}


class TemplateError(ValueError):
    """A template that cannot be read.

    Args:
        path: Keys and indexes from the root of the template.
        text: What was expected, what was found, what to do.
        more: Further faults of the same template.
    """

    def __init__(self, path: Path, text: str, *, more: Sequence["TemplateError"] = ()) -> None:
        self.faults: tuple[tuple[Path, str], ...] = (
            (path, text),
            *(fault for each in more for fault in each.faults),
        )
        super().__init__(text)


def _every(attempts: Iterable[Callable[[], _Read]]) -> list[_Read]:
    """Make every attempt, so that one fault does not hide the next."""
    results, errors = [], []
    for attempt in attempts:
        try:
            results.append(attempt())
        except TemplateError as error:
            errors.append(error)
    if errors:
        (path, text), *_ = errors[0].faults
        rest = [TemplateError(*fault) for each in errors for fault in each.faults][1:]
        raise TemplateError(path, text, more=rest)
    return results


def parse_template(data: Any, path: Path = ()) -> Node:
    """Read the template of an envelope.

    Args:
        data: Plain data of the contract file.
        path: Where the template stands in the file, for messages.

    Raises:
        TemplateError: A construct that format 1 does not know, or two arms of one kind.
    """
    match data:
        case str():
            return _parse_text_value(data, path)
        case list():
            if len(data) != 1:
                raise TemplateError(path, f"expected a list of one template, found {len(data)}")
            return Each(parse_template(data[0], (*path, 0)))
        case dict():
            return _parse_mapping(data, path)
        case _:
            return Const(data)


def _parse_text_value(data: str, path: Path) -> Node:
    if data.startswith("$$"):
        return Const(data[1:])
    return parse_slot(data, path) if data.startswith("$") else Const(data)


def parse_slot(data: str, path: Path) -> Slot:
    """Read ``$name``, ``$name:codec`` or ``$name:codec=default``."""
    found = _SLOT.fullmatch(data)
    if found is None:
        raise TemplateError(
            path, f"expected a slot such as $name or $name:codec, found {data!r}; write $$ for a $"
        )
    name, wanted, default = found.groups()
    wanted = wanted or _DEFAULT_CODECS.get(name, "any")
    try:
        chosen = codec(wanted)
    except KeyError:
        raise TemplateError(path, _unknown_codec(wanted)) from None
    return Slot(name, chosen, None if default is None else _default(chosen, default, path))


def _unknown_codec(wanted: str) -> str:
    known = ", ".join(sorted(CODECS))
    return f"expected a codec ({known}, or X[] for a list), found {wanted!r}"


def _default(chosen: Codec, text: str, path: Path) -> Any:
    for value in (text, _as_json(text)):
        try:
            return chosen.decode(value)
        except CodecError:
            continue
    raise TemplateError(path, f"expected a default of codec {chosen.name}, found {text!r}")


def _as_json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _parse_mapping(data: Mapping[str, Any], path: Path) -> Node:
    special = [key for key in data if key.startswith("$") and not key.startswith("$$")]
    if "$kind" in data:
        return _parse_kind(data, path)
    if "$tagged" in data:
        return _parse_tagged(data, path)
    if special == ["$rest"] or not special:
        return _parse_object(data, path)
    if len(data) == 1 and _SLOT.fullmatch(special[0]):
        key = parse_slot(special[0], path)
        if key.name != "field":
            raise TemplateError(path, f"expected $field as the only slot key, found {special[0]!r}")
        return Grouped(key, parse_template(data[special[0]], (*path, special[0])))
    unknown = next(key for key in special if key != "$rest")
    raise TemplateError(
        (*path, unknown), f"expected $kind, $tagged or $rest, found {unknown!r}; write $$ for a $"
    )


def _parse_kind(data: Mapping[str, Any], path: Path) -> Kind:
    arms = data["$kind"]
    if len(data) > 1 or not isinstance(arms, Mapping) or len(arms) < 2:
        raise TemplateError(path, "expected $kind alone, with two or more arms by JSON kind")
    for kind in arms:
        if kind not in _KINDS:
            raise TemplateError(
                (*path, "$kind", kind),
                f"expected a JSON kind ({', '.join(_KINDS)}), found {kind!r}",
            )
    found = _every(partial(_parse_arm, k, t, (*path, "$kind", k)) for k, t in arms.items())
    return Kind(tuple(zip(arms, found, strict=True)))


def _parse_arm(kind: str, data: Any, path: Path) -> Node:
    node = parse_template(data, path)
    natural = node_kind(node)
    if isinstance(node, Slot) and natural is None:
        return Slot(node.name, codec(_kind_codec(kind)), node.default)
    if natural not in (None, kind):
        text = f"expected a template of kind {kind}, found one of kind {natural}"
        raise TemplateError(path, text)
    return node


def _kind_codec(kind: str) -> str:
    return {"boolean": "bool", "null": "any"}.get(kind, kind)


def _parse_tagged(data: Mapping[str, Any], path: Path) -> Tagged:
    tag = data["$tagged"]
    if not isinstance(tag, str):
        raise TemplateError((*path, "$tagged"), "expected the name of the tag member")
    rest = {key: value for key, value in data.items() if key != "$tagged"}
    body = _parse_object(rest, path)
    for member in body.members:
        if not isinstance(member.node, Object):
            raise TemplateError((*path, member.key), "expected an object for each tag")
    return Tagged(tag, body.members, body.rest)


def _parse_object(data: Mapping[str, Any], path: Path) -> Object:
    members = _every(
        partial(_parse_member, key, value, (*path, key))
        for key, value in data.items()
        if key != "$rest"
    )
    rest = data.get("$rest")
    if rest is not None and not (isinstance(rest, str) and _SLOT.fullmatch(rest)):
        raise TemplateError((*path, "$rest"), f"expected a slot for $rest, found {rest!r}")
    slot = None if rest is None else parse_slot(rest, (*path, "$rest"))
    return Object(tuple(members), slot)


def _parse_member(key: str, value: Any, path: Path) -> Member:
    optional = key.endswith("?")
    name = key.removesuffix("?")
    plain = name[1:] if name.startswith("$$") else name
    return Member(plain, parse_template(value, path), optional)


def parse_header(data: Any, path: Path = ()) -> Slot | Text:
    """Read the template of one header field: a slot, or a sentence with placeholders."""
    if not isinstance(data, str):
        raise TemplateError(path, f"expected a slot or a text, found {data!r}")
    if data.startswith("$") and not data.startswith("$$"):
        return parse_slot(data, path)
    try:
        return parse_text(data.removeprefix("$"))
    except TextError as error:
        raise TemplateError(path, str(error)) from None
