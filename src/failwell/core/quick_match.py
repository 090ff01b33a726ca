"""Quick matching: the compiled half of decoding, for bodies that fit exactly.

One straight-line function per code. It returns a finished fault, or ``None`` as soon as
anything is unusual; then the thorough matcher says what. Both read the same template.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from failwell.core.codec import CODECS, CodecError
from failwell.core.encode import ATTRIBUTES
from failwell.core.fault import Fault, Location, Violation
from failwell.core.source import Source
from failwell.core.template import Const, Each, Member, Node, Object, Slot, slots_of

__all__ = ["QuickMatch", "UnusualError", "compile_match"]

QuickMatch = Callable[[Any, int | None], Fault | None]
"""Parsed body and status -> fault, or ``None`` when the thorough matcher must look."""

_LONGEST_CACHED = 100
_SCALARS = (str, int, bool, type(None))


class UnusualError(Exception):
    """The body is not the plain case."""


class _UnsupportedError(Exception):
    """The template has a construct that is left to the thorough matcher."""


def compile_match(
    node: Node,
    *,
    known: Mapping[str, Any],
    statuses: tuple[int | str, ...],
    check: Callable[[Mapping[str, Any]], Mapping[str, Any] | None],
    item_params: Mapping[str | None, tuple[tuple[str, bool], ...]] | None,
) -> QuickMatch | None:
    """Compile a template, specialised for one code, into a quick matcher.

    Args:
        node: The specialised envelope.
        known: Attributes of the fault that the code fixes: code, situation, severity.
        statuses: Statuses of the code; the first is assumed when none is known.
        check: Looks at all head slots together (texts, allowed values); returns recovered
            params, or ``None`` when something is unusual.
        item_params: Violation code -> its params with whether each must be a number;
            ``None`` when the contract does not list violation codes.

    Returns:
        The matcher, or ``None`` for templates that only the thorough matcher reads.
    """
    source = Source("match(b, status)")
    writer = _Writer(source, item_params)
    try:
        writer.status(statuses)
        with source.block("try:"):
            writer.check(node, "b", writer.head)
            writer.finish(known, check)
        with source.block(f"except {source.constant((KeyError, CodecError, UnusualError))}:"):
            source.add("return None")
    except _UnsupportedError:
        return None
    return source.compile("match")


class _Writer:
    """Writes the checks of one matcher."""

    def __init__(
        self,
        source: Source,
        item_params: Mapping[str | None, tuple[tuple[str, bool], ...]] | None,
    ) -> None:
        self._source = source
        self._item_params = item_params
        self._violations: str | None = None
        self.head: dict[str, str] = {}

    def status(self, statuses: tuple[int | str, ...]) -> None:
        """Write the check of the status line."""
        if any(type(each) is not int for each in statuses):
            raise _UnsupportedError
        with self._source.block("if status is None:"):
            self._source.add(f"status = {statuses[0]}")
        self._refuse(f"status not in {self._source.constant(statuses)}")

    def check(self, node: Node, value: str, slots: dict[str, str]) -> None:
        """Write the checks of one node; bound slots are noted in `slots`."""
        match node:
            case Const() if type(node.value) in _SCALARS:
                self._const(node.value, value)
            case Slot():
                self._slot(node, value, slots)
            case Object():
                self._object(node, value, slots)
            case Each() if self._violations is None and slots is self.head:
                self._each(node, value)
            case _:
                raise _UnsupportedError

    def _refuse(self, condition: str) -> None:
        with self._source.block(f"if {condition}:"):
            self._source.add("return None")

    def _const(self, expected: Any, value: str) -> None:
        kind = self._source.constant(type(expected))
        self._refuse(f"type({value}) is not {kind} or {value} != {expected!r}")

    def _slot(self, slot: Slot, value: str, slots: dict[str, str]) -> None:
        name = self._decoded(slot, value)
        if slot.name in slots:
            self._refuse(f"{name} != {slots[slot.name]}")
        slots[slot.name] = name

    def _decoded(self, slot: Slot, value: str) -> str:
        if slot.codec.name == "any":
            return value
        if slot.codec.direct and slot.codec.name != "number":
            self._refuse(f"type({value}) is not {self._source.constant(slot.codec.direct[0])}")
            return value
        decode = _READERS.get(slot.codec.name) or _canonical(slot)
        return self._source.name(f"{self._source.constant(decode)}({value})")

    def _object(self, node: Object, value: str, slots: dict[str, str]) -> None:
        required = [m for m in node.members if not m.optional]
        if len(required) < len(node.members) and _nested(node):
            raise _UnsupportedError
        dict_type = self._source.constant(dict)
        size = f" or len({value}) != {len(required)}"
        closed = node.rest is None and len(required) == len(node.members)
        self._refuse(f"type({value}) is not {dict_type}{size if closed else ''}")
        for member in required:
            inner = self._source.name(f"{value}[{member.key!r}]")
            self.check(member.node, inner, slots)
        if not closed:
            self._optional(node, value, len(required), slots)

    def _optional(self, node: Object, value: str, size: int, slots: dict[str, str]) -> None:
        count = self._source.name(str(size))
        for member in node.members:
            if member.optional:
                self._optional_member(member, value, count, slots)
        if node.rest is None:
            self._refuse(f"len({value}) != {count}")
            return
        keys = self._source.constant(frozenset(m.key for m in node.members))
        rest = f"{{k: x for k, x in {value}.items() if k not in {keys}}}"
        slots[node.rest.name] = self._source.name(f"{rest} if len({value}) != {count} else None")

    def _optional_member(
        self, member: Member, value: str, count: str, slots: dict[str, str]
    ) -> None:
        raw = self._source.name(f"{value}.get({member.key!r})")
        if isinstance(member.node, Each) and self._violations is None and slots is self.head:
            self._optional_list(member, member.node, value, raw, count)
            return
        if not isinstance(member.node, Slot) or member.node.default is not None:
            raise _UnsupportedError
        with self._source.block(f"if {raw} is not None:"):
            self._source.add(f"{count} += 1")
            decoded = self._decoded(member.node, raw)
            self._source.add(f"{raw} = {decoded}")
        with self._source.block(f"elif {member.key!r} in {value}:"):
            self._source.add("return None")
        if member.node.name in slots:
            raise _UnsupportedError
        slots[member.node.name] = raw

    def _optional_list(self, member: Member, node: Each, value: str, raw: str, count: str) -> None:
        found = self._source.name("None")
        with self._source.block(f"if {raw} is not None:"):
            self._source.add(f"{count} += 1")
            self._each(node, raw)
            self._source.add(f"{found} = {self._violations}")
        with self._source.block(f"elif {member.key!r} in {value}:"):
            self._source.add("return None")
        self._violations = found

    def _each(self, node: Each, value: str) -> None:
        if any(slot.name == "list_index" for slot, _ in slots_of(node, items=True)):
            raise _UnsupportedError
        self._refuse(f"type({value}) is not {self._source.constant(list)}")
        self._violations = self._source.name("[]")
        slots: dict[str, str] = {}
        with self._source.block(f"for w in {value}:"):
            self.check(node.item, "w", slots)
            self._source.add(f"{self._violations}.append({self._violation(slots)})")

    def _violation(self, slots: Mapping[str, str]) -> str:
        rest = slots.get("params", "None")
        named = {k: v for k, v in slots.items() if k not in ("field", "message", "code", "params")}
        shown = ", ".join(f"{k!r}: {v}" for k, v in named.items())
        make = self._source.constant(_violation_maker(self._item_params))
        field, code, message = (slots.get(k, "None") for k in ("field", "code", "message"))
        return f"{make}({code}, {message}, {field}, {rest}, {{{shown}}})"

    def finish(
        self,
        known: Mapping[str, Any],
        check: Callable[[Mapping[str, Any]], Mapping[str, Any] | None],
    ) -> None:
        """Write the making of the fault."""
        shown = ", ".join(f"{name!r}: {value}" for name, value in self.head.items())
        params = {k: v for k, v in self.head.items() if k not in ATTRIBUTES}
        self._source.add(f"slots = {{{shown}}}")
        self._source.add(f"found = {self._source.constant(check)}(slots)")
        self._refuse("found is None")
        pairs = ", ".join(f"{name!r}: {value}" for name, value in params.items())
        self._source.add(f"params = {{{pairs}}}")
        if params:
            with self._source.block("if None in params.values():"):
                self._source.add("params = {k: x for k, x in params.items() if x is not None}")
        with self._source.block("if found:"):
            self._source.add("params = {**found, **params}")
        given = {k: v for k, v in self.head.items() if k in ATTRIBUTES}
        given |= {k: self._source.constant(v) for k, v in known.items()}
        given |= {"params": "params", "status": "status"}
        if wait := self.head.get("retry_after"):
            numbers = self._source.constant((int, float))
            given["retry_after"] = f"float({wait}) if type({wait}) in {numbers} else None"
        if self._violations is not None:
            items = self._violations
            given["violations"] = f"None if {items} is None else tuple({items})"
        arguments = ", ".join(f"{k}={v}" for k, v in given.items())
        self._source.add(f"return {self._source.constant(Fault)}({arguments})")


def _nested(node: Object) -> bool:
    return any(m.optional and not isinstance(m.node, Slot | Each) for m in node.members)


def _canonical(slot: Slot) -> Callable[[Any], Any]:
    decode, encode = slot.codec.decode, slot.codec.encode
    listed = slot.codec.name.endswith("[]")

    def read(wire: Any) -> Any:
        value = decode(wire)
        if not listed and encode(value) != wire:
            raise UnusualError
        return value

    return read


def _read_moment(wire: Any) -> datetime:
    if type(wire) is not str or len(wire) != 20 or wire[19] != "Z" or wire[10] != "T":
        raise UnusualError
    try:
        return datetime.fromisoformat(wire)
    except ValueError:
        raise UnusualError from None


@lru_cache(1024)
def _short_dotted(wire: str) -> tuple[str | int, ...]:
    path: tuple[str | int, ...] = CODECS["dotted"].decode(wire)
    return path


def _read_dotted(wire: Any) -> tuple[str | int, ...]:
    if type(wire) is not str or len(wire) > _LONGEST_CACHED:
        raise UnusualError
    return _short_dotted(wire)


_READERS: Mapping[str, Callable[[Any], Any]] = {"rfc3339": _read_moment, "dotted": _read_dotted}


def _violation_maker(
    item_params: Mapping[str | None, tuple[tuple[str, bool], ...]] | None,
) -> Callable[..., Violation]:
    def make(
        code: Any, message: Any, path: Any, rest: Mapping[str, Any] | None, named: dict[str, Any]
    ) -> Violation:
        params = {**(rest or {}), **{k: v for k, v in named.items() if v is not None}}
        if item_params is not None:
            for name, number in item_params[code]:
                if number and type(params[name]) not in (int, float):
                    raise UnusualError
                params[name]
        return Violation(
            code=code,
            detail=message,
            location=None if path is None else Location(path),
            params=params,
        )

    return make
