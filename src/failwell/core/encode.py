"""Encoding: a fault becomes the body its contract promises.

Each template is compiled once, at load, into one straight-line function; putting a
404 on the wire is then a dictionary display and one call of msgspec. Encoding is total:
values that JSON cannot say are replaced, never raised about.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from failwell.core.codec import LAST_MOMENT, Codec
from failwell.core.fault import Fault, Location, Violation
from failwell.core.source import Source
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

__all__ = [
    "ATTRIBUTES",
    "Encoder",
    "compile_encoder",
    "has_list_index",
    "list_index",
    "list_nodes",
]

Encoder = Callable[[Fault], Any]
"""Fault -> plain value of its body."""

ATTRIBUTES = ("code", "message", "detail", "request_id", "timestamp")
"""Slots of the head that are attributes of the fault; all others are params."""


def compile_encoder(node: Node) -> Encoder:
    """Compile a template into a function from fault to plain value.

    Args:
        node: The template, best specialised for one code.
    """
    source = Source("encode(f)")
    source.add("p = f.params")
    writer = _Writer(source, list_nodes(node))
    source.add(f"return {writer.value(node, _HEAD)}")
    return source.compile("encode")


def list_nodes(node: Node) -> tuple[Each | Grouped, ...]:
    """List the places of a template that take violations."""
    match node:
        case Each() | Grouped():
            return (node,)
        case Object():
            return tuple(each for m in node.members for each in list_nodes(m.node))
        case Tagged():
            return tuple(each for m in node.arms for each in list_nodes(m.node))
        case Kind():
            return tuple(each for _, arm in node.arms for each in list_nodes(arm))
        case _:
            return ()


class _Context(msgspec.Struct, frozen=True):
    """Where slots take their values from: the fault, or one violation."""

    attributes: Mapping[str, str]
    params: str


_HEAD = _Context({name: f"f.{name}" for name in ATTRIBUTES}, "p")
_ITEM = _Context(
    {"code": "w.code", "message": "w.detail", "detail": "w.detail", "field": "w.location"}, "q"
)


class _Writer:
    """Writes the statements of one encoder."""

    def __init__(self, source: Source, lists: tuple[Each | Grouped, ...]) -> None:
        self._source = source
        self._lists = lists
        self._indexed = any(has_list_index(each) for each in lists)
        if len(lists) > 1:
            split = source.constant(_splitter([_needs(each) for each in lists]))
            source.add(f"parts = {split}(f.violations)")

    def value(self, node: Node, where: _Context) -> str:
        """Write what computes a node; return the expression of its value."""
        match node:
            case Const():
                return self._source.constant(node.value)
            case Slot():
                return self._slot(node, where)
            case Object():
                return self._object(node, where)
            case Each() | Grouped():
                return self._violations(node)
            case Kind():
                return self._kind(node, where)
            case Tagged():
                return self._tagged(node, where)

    def _raw(self, slot: Slot, where: _Context) -> str:
        if slot.name == "list_index" and where is _ITEM:
            return f"{self._source.constant(list_index)}(w.location)"
        return where.attributes.get(slot.name) or f"{where.params}.get({slot.name!r})"

    def _slot(self, slot: Slot, where: _Context, raw: str = "") -> str:
        raw = raw or self._source.name(self._raw(slot, where))
        codec = slot.codec
        if slot.name == "field" and where is _ITEM:
            return self._field(slot, raw)
        if codec.name == "any":
            return raw
        encode = self._source.constant(_never_unset(codec))
        if codec.name == "rfc3339":
            last = self._source.name(f"{self._source.constant(LAST_MOMENT)}[0]")
            return f"({last}[1] if {raw} is {last}[0] else {encode}({raw}))"
        if codec.items:
            return self._list(codec, encode, raw)
        if not codec.direct:
            return f"{encode}({raw})"
        checks = " or ".join(
            f"type({raw}) is {self._source.constant(kind)}" for kind in codec.direct
        )
        return f"({raw} if {checks} else {encode}({raw}))"

    def _list(self, codec: Codec, encode: str, raw: str) -> str:
        plain = f"type({raw}) is {self._source.constant(list)}"
        if codec.items != (str,):
            admits = self._source.constant(frozenset(codec.items).issuperset)
            plain += f" and {admits}(map({self._source.constant(type)}, {raw}))"
            return f"({raw} if {plain} else {encode}({raw}))"
        with self._source.block(f"if {plain}:"):
            # Joining is the quickest proof that every item is a text.
            self._attempt(raw, f"{self._source.constant(''.join)}({raw})", f"{encode}({raw})")
        with self._source.block("else:"):
            self._source.add(f"{raw} = {encode}({raw})")
        return raw

    def _attempt(self, name: str, attempt: str, otherwise: str) -> None:
        with self._source.block("try:"):
            self._source.add(attempt)
        with self._source.block("except TypeError:"):
            self._source.add(f"{name} = {otherwise}")

    def _field(self, slot: Slot, raw: str) -> str:
        if self._indexed:
            return f"{self._source.constant(_field_after_index(slot.codec))}({raw})"
        encode = self._source.constant(slot.codec.encode)
        if slot.codec.name != "dotted":
            return f"(None if {raw} is None else {encode}({raw}.path))"
        path = self._source.name(f"None if {raw} is None else {raw}.path")
        with self._source.block(f"if type({path}) is {self._source.constant(tuple)}:"):
            joined = f"{path} = {self._source.constant('.'.join)}({path})"
            self._attempt(path, joined, f"{encode}({path})")
        with self._source.block(f"elif {path} is not None:"):
            self._source.add(f"{path} = {encode}({path})")
        return path

    def _object(self, node: Object, where: _Context) -> str:
        simple = [*_leading(node.members)]
        shown = ", ".join(f"{m.key!r}: {self.value(m.node, where)}" for m in simple)
        rest = None if node.rest is None else self._rest(node, node.rest, where)
        if len(simple) == len(node.members):
            return f"{{{shown}}}" if rest is None else f"{{{shown}, **{rest}}}"
        name = self._source.name(f"{{{shown}}}")
        for member in node.members[len(simple) :]:
            self._member(name, member, where)
        if rest is not None:
            self._source.add(f"{name}.update({rest})")
        return name

    def _member(self, name: str, member: Member, where: _Context) -> None:
        if not member.optional:
            self._source.add(f"{name}[{member.key!r}] = {self.value(member.node, where)}")
            return
        if isinstance(member.node, Slot):
            raw = self._source.name(self._raw(member.node, where))
            if member.node.name == "field" and where is _ITEM and self._indexed:
                raw = self._source.name(f"{self._source.constant(_beyond_index)}({raw})")
            skip = self._source.constant((None, member.node.default))
            with self._source.block(f"if {raw} not in {skip}:"):
                value = self._slot(member.node, where, raw)
                self._source.add(f"{name}[{member.key!r}] = {value}")
            return
        with self._source.block(f"if {self._ready(member.node, where)}:"):
            self._source.add(f"{name}[{member.key!r}] = {self.value(member.node, where)}")

    def _ready(self, node: Node, where: _Context) -> str:
        if isinstance(node, Each | Grouped):
            return f"{self._part(node)} is not None"
        checks = [f"{self._raw(slot, where)} is not None" for slot, _ in slots_of(node)]
        checks += [f"{self._part(each)} is not None" for each in list_nodes(node)]
        return " or ".join(checks) or "False"

    def _rest(self, node: Object, slot: Slot, where: _Context) -> str:
        keys = {m.key for m in node.members}
        keys |= {s.name for m in node.members for s, _ in slots_of(m.node)}
        whole = "q" if where is _ITEM and slot.name == "params" else ""
        rest = whole or self._source.name(self._raw(slot, where))
        named, nothing = self._source.constant(frozenset(keys)), self._source.constant({})
        apart = self._source.constant(frozenset(keys).isdisjoint)
        others = f"{{k: x for k, x in {rest}.items() if k not in {named}}}"
        return f"({nothing} if not {rest} else {rest} if {apart}({rest}) else {others})"

    def _part(self, node: Each | Grouped) -> str:
        if len(self._lists) < 2:
            return "f.violations"
        return f"parts[{next(i for i, each in enumerate(self._lists) if each is node)}]"

    def _violations(self, node: Each | Grouped) -> str:
        found = self._source.name("[]" if isinstance(node, Each) else "{}")
        with self._source.block(f"for w in {self._part(node)} or ():"):
            self._source.add("q = w.params")
            if isinstance(node, Each):
                self._source.add(f"{found}.append({self.value(node.item, _ITEM)})")
            else:
                self._group(node, found)
        return found

    def _group(self, node: Grouped, found: str) -> None:
        key = self._source.name(f"str({self._slot(node.key, _ITEM)})")
        if isinstance(node.item, Each):
            value = self.value(node.item.item, _ITEM)
            self._source.add(f"{found}.setdefault({key}, []).append({value})")
        else:
            self._source.add(f"{found}[{key}] = {self.value(node.item, _ITEM)}")

    def _kind(self, node: Kind, where: _Context) -> str:
        chosen = self._source.name("None")
        word = "if"
        for _, arm in node.arms:
            with self._source.block(f"{word} {self._ready(arm, where)}:"):
                self._source.add(f"{chosen} = {self.value(arm, where)}")
            word = "elif"
        return chosen

    def _tagged(self, node: Tagged, where: _Context) -> str:
        found = self._source.name("[]")
        for arm in node.arms:
            body = arm.node
            assert isinstance(body, Object)
            item = Object((Member(node.tag, Const(arm.key)), *body.members), body.rest)
            ready = self._ready(body, where) if arm.optional else "True"
            with self._source.block(f"if {ready}:"):
                self._source.add(f"{found}.append({self.value(item, where)})")
        if node.rest is not None:
            self._source.add(f"{found}.extend({self._raw(node.rest, where)} or ())")
        return found


def _leading(members: Sequence[Member]) -> list[Member]:
    leading: list[Member] = []
    for member in members:
        if member.optional:
            break
        leading.append(member)
    return leading


_EMPTY: Mapping[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False}


def _never_unset(codec: Codec) -> Callable[[Any], Any]:
    """Write a value; an unset one as the empty value of its kind, so that the shape holds."""
    kind, encode = str(codec.schema.get("type")), codec.encode
    containers: Mapping[str, Callable[[], Any]] = {"object": dict, "array": list}

    def write(value: Any) -> Any:
        written = None if value is None else encode(value)
        if written is not None:
            return written
        return containers[kind]() if kind in containers else _EMPTY.get(kind)

    return write


def _field_after_index(codec: Codec) -> Callable[[Location | None], Any]:
    def field(location: Location | None) -> Any:
        if location is None:
            return None
        return codec.encode(location.path if list_index(location) is None else location.path[1:])

    return field


def list_index(location: Location | None) -> int | None:
    """Give the index of the list item a location begins with, for bodies that are lists."""
    if location is None or not location.path or not isinstance(location.path[0], int):
        return None
    return location.path[0]


def _beyond_index(location: Location | None) -> Location | None:
    if list_index(location) is not None and location is not None and len(location.path) == 1:
        return None
    return location


def has_list_index(node: Each | Grouped) -> bool:
    """Tell whether the items of a list name the index of the body's item apart."""
    return any(slot.name == "list_index" for slot, _ in slots_of(node, items=True))


def _needs(node: Each | Grouped) -> frozenset[str]:
    return frozenset(slot.name for slot, optional in slots_of(node, items=True) if not optional)


def _splitter(
    needs: Sequence[frozenset[str]],
) -> Callable[[tuple[Violation, ...] | None], list[list[Violation] | None]]:
    def split(violations: tuple[Violation, ...] | None) -> list[list[Violation] | None]:
        parts: list[list[Violation] | None] = [None] * len(needs)
        for violation in violations or ():
            has = _has(violation)
            best = max(range(len(needs)), key=lambda i: (needs[i] <= has, len(needs[i])))
            parts[best] = [*(parts[best] or ()), violation]
        return parts

    return split


def _has(violation: Violation) -> frozenset[str]:
    given = {"message": violation.detail, "field": violation.location, "code": violation.code}
    return frozenset(k for k, v in given.items() if v is not None) | frozenset(violation.params)
