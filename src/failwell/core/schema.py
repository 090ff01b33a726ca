"""JSON Schema of error bodies, derived from the same templates as everything else.

Dialect 2020-12. Texts that a code fixes become ``const`` or ``pattern`` only where they
identify it; a message is for people and may change.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from failwell.core.catalogue import ViolationCode
from failwell.core.shape import Shape
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
    slots_of,
)
from failwell.core.text import Text

__all__ = ["body_schema", "shape_schema"]

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SYNTAX = re.compile(r"[\\^$.|?*+()\[\]{}]")
_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength")


def body_schema(node: Node, *, closed: bool = False) -> dict[str, Any]:
    """Give the schema of any body of an envelope.

    Args:
        node: The envelope.
        closed: Whether unknown members are forbidden.
    """
    return {"$schema": _DRAFT, **_schema(node, closed, _NOTHING)}


def shape_schema(
    shape: Shape,
    *,
    closed: bool = False,
    identify: Sequence[str] = ("code",),
    violations: Mapping[str, ViolationCode] | None = None,
) -> dict[str, Any]:
    """Give the schema of the body of one code.

    Args:
        shape: The compiled code.
        closed: Whether unknown members are forbidden.
        identify: Slots that tell which code a body is; their texts are fixed.
        violations: Violation codes of the contract.
    """
    schema = _schema(shape.node, closed, _fixed(shape, identify))
    title = shape.entry.name or shape.entry.code
    return {"$schema": _DRAFT, "title": title, **_described(shape), **schema}


class _Fixed(msgspec.Struct, frozen=True):
    """Schemas of slots that tell which code a body is."""

    head: Mapping[str, dict[str, Any]] = {}
    """Those of the head."""

    first: Mapping[str, dict[str, Any]] = {}
    """Those of the first item, where it speaks for the whole; the others may say anything."""


_NOTHING = _Fixed()


def _fixed(shape: Shape, identify: Sequence[str]) -> _Fixed:
    found: dict[str, dict[str, Any]] = {}
    if "message" in identify and shape.messages:
        found["message"] = _texts_schema(shape.messages)
    if "field" in identify and shape.entry.field is not None:
        found["field"] = {"const": shape.entry.field}
    head = {slot.name for slot, _ in slots_of(shape.node)}
    return _Fixed(
        head={name: each for name, each in found.items() if name in head},
        first={name: each for name, each in found.items() if name not in head},
    )


def _described(shape: Shape) -> dict[str, Any]:
    return {} if shape.entry.says is None else {"description": shape.entry.says}


def _texts_schema(texts: Sequence[Text]) -> dict[str, Any]:
    if all(not text.names for text in texts):
        plain = [text.source for text in texts]
        return {"const": plain[0]} if len(plain) == 1 else {"enum": plain}
    return {"type": "string", "pattern": f"^({'|'.join(map(_text_pattern, texts))})$"}


def _text_pattern(text: Text) -> str:
    # Only syntax characters are escaped: anything else is illegal under ECMA 262's u flag.
    return "".join(
        _SYNTAX.sub(r"\\\g<0>", piece) if isinstance(piece, str) else "[\\s\\S]*"
        for piece in text.pieces
    )


def _schema(node: Node, closed: bool, fixed: _Fixed) -> dict[str, Any]:
    match node:
        case Const():
            return {"const": node.value}
        case Slot():
            return fixed.head.get(node.name) or dict(node.codec.schema)
        case Object():
            return _object_schema(node.members, node.rest, closed, fixed)
        case Each():
            return _list_schema(node, closed, fixed)
        case Grouped():
            item = _schema(node.item, closed, _Fixed(head=fixed.first))
            return {"type": "object", "additionalProperties": item}
        case Kind():
            return {"oneOf": [_arm(kind, arm, closed, fixed) for kind, arm in node.arms]}
        case Tagged():
            return _tagged_schema(node, closed, fixed)


def _list_schema(node: Each, closed: bool, fixed: _Fixed) -> dict[str, Any]:
    items = {"type": "array", "items": _schema(node.item, closed, _NOTHING)}
    if not fixed.first:
        return items
    # Said of any item and not of the first: few tools know that a first one can be described.
    return {**items, "contains": _schema(node.item, closed, _Fixed(head=fixed.first))}


def _arm(kind: str, arm: Node, closed: bool, fixed: _Fixed) -> dict[str, Any]:
    schema = _schema(arm, closed, fixed)
    return schema if "type" in schema or "const" in schema else {"type": kind, **schema}


def _object_schema(
    members: Sequence[Member], rest: Slot | None, closed: bool, fixed: _Fixed
) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {m.key: _schema(m.node, closed, fixed) for m in members},
    }
    required = [m.key for m in members if not m.optional]
    if required:
        schema["required"] = required
    schema["additionalProperties"] = rest is not None or not closed
    return schema


def _tagged_schema(node: Tagged, closed: bool, fixed: _Fixed) -> dict[str, Any]:
    items = []
    for arm in node.arms:
        assert isinstance(arm.node, Object)
        tag = Member(node.tag, Const(arm.key))
        items.append(_object_schema((tag, *arm.node.members), arm.node.rest, closed, fixed))
    if node.rest is not None:
        items.append({"type": "object"})
    schema: dict[str, Any] = {"type": "array", "items": {"anyOf": items}}
    needed = [arm.key for arm in node.arms if not arm.optional]
    contains = [
        {"contains": {"properties": {node.tag: {"const": key}}, "required": [node.tag]}}
        for key in needed
    ]
    return schema | ({"allOf": contains} if contains else {})
