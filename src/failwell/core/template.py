"""The envelope template: a description of a body that looks like the body itself.

Eight constructs, and no others (contract format 1). One tree serves the encoder, the
decoder and the JSON Schema; `specialise` folds what a code fixes into the tree.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from failwell.core.codec import Codec, kind_of

__all__ = [
    "Const",
    "Each",
    "Grouped",
    "Kind",
    "Member",
    "Node",
    "Object",
    "Slot",
    "Tagged",
    "node_kind",
    "slots_of",
    "specialise",
]


class Const(msgspec.Struct, frozen=True):
    """A value that is always the same."""

    value: Any


class Slot(msgspec.Struct, frozen=True):
    """A place that takes a value of the fault."""

    name: str
    codec: Codec
    default: Any = None


class Member(msgspec.Struct, frozen=True):
    """One member of an object."""

    key: str
    node: "Node"
    optional: bool = False


class Object(msgspec.Struct, frozen=True):
    """An object; `rest` takes the members that nothing else names."""

    members: tuple[Member, ...]
    rest: Slot | None = None


class Each(msgspec.Struct, frozen=True):
    """A list with one item per violation."""

    item: "Node"


class Grouped(msgspec.Struct, frozen=True):
    """An object whose keys are the locations of violations."""

    key: Slot
    item: "Node"


class Kind(msgspec.Struct, frozen=True):
    """A union whose arm is told by the JSON kind."""

    arms: tuple[tuple[str, "Node"], ...]


class Tagged(msgspec.Struct, frozen=True):
    """A list read as a map: each item is told by its tag member."""

    tag: str
    arms: tuple[Member, ...]
    rest: Slot | None = None


Node = Const | Slot | Object | Each | Grouped | Kind | Tagged


def node_kind(node: Node) -> str | None:
    """JSON kind a template always has, ``None`` when it may differ."""
    match node:
        case Object() | Grouped():
            return "object"
        case Each() | Tagged():
            return "array"
        case Slot():
            kind = node.codec.schema.get("type")
            return "number" if kind == "integer" else kind
        case Const():
            return kind_of(node.value)
        case _:
            return None


def slots_of(node: Node, *, items: bool = False) -> Iterator[tuple[Slot, bool]]:
    """List the slots of a template with whether they may be left out.

    Args:
        node: The template.
        items: Whether to look into the items of lists of violations.
    """
    match node:
        case Slot():
            yield node, False
        case Object() | Tagged():
            for member in node.members if isinstance(node, Object) else node.arms:
                for slot, optional in slots_of(member.node, items=items):
                    yield slot, optional or member.optional
            if node.rest is not None:
                yield node.rest, True
        case Kind():
            for _, arm in node.arms:
                yield from ((slot, True) for slot, _ in slots_of(arm, items=items))
        case Each() if items:
            yield from slots_of(node.item, items=True)
        case Grouped() if items:
            yield node.key, False
            yield from slots_of(node.item, items=True)


def specialise(
    node: Node,
    *,
    fixed: Mapping[str, Any],
    details: Node | None,
    arm: Callable[[Kind], Node],
    open_details: bool = True,
) -> Node:
    """Fold what one code fixes into its envelope.

    Args:
        node: The envelope of the contract.
        fixed: Slot name -> value that this code always has; the slot becomes a constant.
        details: Template that stands where the envelope has ``$details``.
        arm: Chooses the arm of a `Kind` for this code.
        open_details: Whether ``$rest: $details`` stays where the code declares no details; so
            it does in a contract none of whose codes declares any.
    """

    def fold(each: Node) -> Node:
        match each:
            case Slot() if each.name in fixed and each.default is None:
                return Const(each.codec.encode(fixed[each.name]))
            case Slot() if each.name == "details" and details is not None:
                return details
            case Object():
                return _fold_object(each, fold, details, open_details)
            case Kind():
                return fold(arm(each)) if not isinstance(arm(each), Kind) else each
            case _:
                return each

    return fold(node)


def _fold_object(
    node: Object, fold: Callable[[Node], Node], details: Node | None, open_details: bool
) -> Object:
    members = [
        Member(m.key, fold(m.node), m.optional and not _filled(m.node, details))
        for m in node.members
    ]
    rest = node.rest
    if rest is not None and rest.name == "details" and isinstance(details, Object):
        members += details.members
        rest = details.rest
    elif rest is not None and rest.name == "details" and not open_details:
        rest = None
    return Object(tuple(members), rest)


def _filled(node: Node, details: Node | None) -> bool:
    return isinstance(node, Slot) and node.name == "details" and details is not None
