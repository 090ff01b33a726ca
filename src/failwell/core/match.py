"""Matching: a body is held against a template, and every deviation is noted.

The thorough half of decoding. It never raises; what fits is bound to slots, what does
not is a `Deviation`, and members the contract does not know are kept aside.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from failwell.core.codec import CodecError, kind_of
from failwell.core.fault import Location, Violation
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
    slots_of,
)

__all__ = ["Deviation", "Level", "Match", "bind", "match_body", "shown", "violation_of"]

Level = Literal["error", "note"]
"""``error``: the contract forbids it; ``note``: worth telling, allowed."""

_LONGEST_SHOWN = 80
_ATTRIBUTES = ("field", "message", "detail", "code", "params", "list_index")


class Deviation(msgspec.Struct, frozen=True):
    """One way in which an answer differs from its contract."""

    kind: str
    """What sort: missing, type, constant, unknown, null-for-absent, slot-conflict, ..."""

    pointer: str
    """JSON Pointer into the body, or ``header:Name``."""

    expected: str
    """What the contract says."""

    found: str
    """What was there, shortened."""

    level: Level = "error"
    """Whether the contract forbids it."""


class Match(msgspec.Struct):
    """What a body gave when it was held against a template."""

    slots: dict[str, Any] = {}
    """Head slots by name."""

    violations: list[Violation] | None = None
    """Items of the lists of violations, in the order of the template."""

    deviations: list[Deviation] = []
    """Every difference."""

    unknown: dict[str, Any] = {}
    """JSON Pointer -> value of members that the template does not name."""

    explained: int = 0
    """Members that the template names."""

    @property
    def errors(self) -> int:
        """How many deviations the contract forbids."""
        return sum(each.level == "error" for each in self.deviations)

    def deviate(
        self, kind: str, pointer: str, expected: str, found: Any, level: Level = "error"
    ) -> None:
        """Note one deviation."""
        self.deviations.append(Deviation(kind, pointer, expected, shown(found), level))


def shown(value: Any) -> str:
    """Show a found value in a few characters: containers by kind, scalars shortened."""
    if isinstance(value, dict | list):
        return f"{kind_of(value)} of {len(value)}"
    return repr(value)[:_LONGEST_SHOWN]


def match_body(node: Node, body: Any, *, closed: bool = False) -> Match:
    """Hold a parsed body against a template.

    Args:
        node: The envelope, best specialised for one code.
        body: Parsed JSON.
        closed: Whether unknown members are forbidden.
    """
    found = Match()
    _match(node, body, "", found.slots, found, closed)
    return found


_Slots = dict[str, Any]


def _match(node: Node, value: Any, at: str, slots: _Slots, found: Match, closed: bool) -> None:
    match node:
        case Const():
            if not _same(node.value, value):
                found.deviate("constant", at, shown(node.value), value)
        case Slot():
            _bind(node, value, at, slots, found)
        case Object():
            _match_object(node, value, at, slots, found, closed)
        case Each():
            _match_each(node, value, at, found, closed)
        case Grouped():
            _match_grouped(node, value, at, found, closed)
        case Kind():
            _match_kind(node, value, at, slots, found, closed)
        case Tagged():
            _match_tagged(node, value, at, slots, found, closed)


def _same(one: Any, other: Any) -> bool:
    return kind_of(one) == kind_of(other) and bool(one == other)


def _bind(slot: Slot, value: Any, at: str, slots: _Slots, found: Match) -> None:
    try:
        decoded = slot.codec.decode(value)
    except CodecError as error:
        found.deviate("type", at, str(error), value)
        return
    if not slot.codec.direct and slot.codec.name != "any" and slot.codec.encode(decoded) != value:
        found.deviate("form", at, f"the plain form of {slot.codec.name}", value, "note")
    bind(slot.name, decoded, at, slots, found)


def bind(name: str, value: Any, at: str, slots: _Slots, found: Match) -> None:
    """Bind a slot, or note that it already holds another value (ambiguity rule 5)."""
    if name in slots and slots[name] != value:
        found.deviate("slot-conflict", at, f"{shown(slots[name])}, as elsewhere", value)
        return
    slots[name] = value


def _step(at: str, key: str | int) -> str:
    return f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}"


def _match_object(
    node: Object, value: Any, at: str, slots: _Slots, found: Match, closed: bool
) -> None:
    if not isinstance(value, dict):
        found.deviate("type", at, "an object", value)
        return
    for member in node.members:
        _match_member(member, value, at, slots, found, closed)
    named = {member.key for member in node.members}
    rest = {key: each for key, each in value.items() if key not in named}
    if node.rest is not None:
        _bind_rest(node.rest, rest, slots)
        return
    for key, each in rest.items():
        pointer = _step(at, key)
        found.unknown[pointer] = each
        found.deviate("unknown", pointer, "no such member", each, "error" if closed else "note")


def _bind_rest(slot: Slot, rest: dict[str, Any], slots: _Slots) -> None:
    if rest:
        slots[slot.name] = rest


def _match_member(
    member: Member, value: Mapping[str, Any], at: str, slots: _Slots, found: Match, closed: bool
) -> None:
    pointer = _step(at, member.key)
    present = member.key in value
    if present and value[member.key] is None and member.optional and not _may_be_null(member.node):
        found.deviate("null-for-absent", pointer, "no member, or a value", None, "note")
        present = False
    if present:
        found.explained += 1
        _match(member.node, value[member.key], pointer, slots, found, closed)
    elif not member.optional:
        found.deviate("missing", pointer, "a member", None)
    else:
        _bind_defaults(member.node, slots)


def _may_be_null(node: Node) -> bool:
    return node_kind(node) == "null"


def _bind_defaults(node: Node, slots: _Slots) -> None:
    for slot, _ in slots_of(node):
        if slot.default is not None:
            slots.setdefault(slot.name, slot.default)


def _match_each(node: Each, value: Any, at: str, found: Match, closed: bool) -> None:
    if not isinstance(value, list):
        found.deviate("type", at, "a list", value)
        return
    found.violations = found.violations or []
    indexed = any(slot.name == "list_index" for slot, _ in slots_of(node, items=True))
    for index, each in enumerate(value):
        slots: _Slots = {}
        _match(node.item, each, _step(at, index), slots, found, closed)
        found.violations.append(violation_of(slots, indexed=indexed))


def _match_grouped(node: Grouped, value: Any, at: str, found: Match, closed: bool) -> None:
    if not isinstance(value, dict):
        found.deviate("type", at, "an object of locations", value)
        return
    found.violations = found.violations or []
    found.explained += len(value)
    for key, each in value.items():
        many = isinstance(node.item, Each) and isinstance(each, list)
        for index, one in enumerate(each if many else [each]):
            slots: _Slots = {}
            pointer = _step(at, key)
            _bind(node.key, key, pointer, slots, found)
            item = node.item.item if isinstance(node.item, Each) and many else node.item
            _match(item, one, _step(pointer, index) if many else pointer, slots, found, closed)
            found.violations.append(violation_of(slots))


def violation_of(slots: Mapping[str, Any], *, indexed: bool = False) -> Violation:
    """Make a violation of the slots of one item.

    Args:
        slots: What the item gave.
        indexed: Whether the template names the index of the body's item apart.
    """
    rest = dict(slots.get("params") or {})
    named = {k: v for k, v in slots.items() if k not in _ATTRIBUTES}
    path = _indexed_path(slots) if indexed else slots.get("field")
    return Violation(
        code=slots.get("code"),
        detail=slots.get("message", slots.get("detail")),
        location=None if path is None else Location(path),
        params=rest | named,
    )


def _indexed_path(slots: Mapping[str, Any]) -> tuple[str | int, ...] | None:
    path, index = slots.get("field"), slots.get("list_index")
    if index is not None:
        # An empty name is a step too, or it could not be told from none.
        return (index, *(("",) if path == () else path or ()))
    # Without an index of its own a leading number is a name, or it would become one.
    return path and ((str(path[0]), *path[1:]) if isinstance(path[0], int) else path)


def _match_kind(node: Kind, value: Any, at: str, slots: _Slots, found: Match, closed: bool) -> None:
    for kind, arm in node.arms:
        if kind == kind_of(value):
            _match(arm, value, at, slots, found, closed)
            return
    found.deviate("type", at, " or ".join(kind for kind, _ in node.arms), value)


def _match_tagged(
    node: Tagged, value: Any, at: str, slots: _Slots, found: Match, closed: bool
) -> None:
    if not isinstance(value, list):
        found.deviate("type", at, "a list", value)
        return
    seen: set[str] = set()
    others = []
    for index, each in enumerate(value):
        tag = each.get(node.tag) if isinstance(each, dict) else None
        arm = next((arm for arm in node.arms if arm.key == tag), None)
        if arm is None or tag in seen:
            others.append((_step(at, index), each))
            continue
        seen.add(arm.key)
        body = {key: v for key, v in each.items() if key != node.tag}
        _match(arm.node, body, _step(at, index), slots, found, closed)
    _match_others(node, others, slots, found)
    for arm in node.arms:
        if arm.key not in seen and not arm.optional:
            found.deviate("missing", at, f"an item tagged {arm.key!r}", None)


def _match_others(node: Tagged, others: list[tuple[str, Any]], slots: _Slots, found: Match) -> None:
    if node.rest is not None and others:
        slots[node.rest.name] = [each for _, each in others]
        return
    for pointer, each in others:
        found.unknown[pointer] = each
        found.deviate("unknown", pointer, "no such item", each, "note")
