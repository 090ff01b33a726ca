"""Quick matching: the compiled half of decoding, for bodies that fit exactly.

One straight-line function per code. It returns a finished fault, or ``None`` as soon as
anything is unusual; then the thorough matcher says what. Both read the same template.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from failwell.core.codec import CODECS, CodecError
from failwell.core.encode import ATTRIBUTES
from failwell.core.fault import Fault, Location, Violation
from failwell.core.source import Source
from failwell.core.template import Const, Each, Member, Node, Object, Slot, slots_of
from failwell.core.text import Wordings

__all__ = ["QuickMatch", "UnusualError", "compile_match"]

QuickMatch = Callable[[Any, int | None], Fault | None]
"""Parsed body and status -> fault, or ``None`` when the thorough matcher must look."""

_SCALARS = (str, int, bool, type(None))


class UnusualError(Exception):
    """The body is not the plain case."""


# A value that cannot be hashed is a TypeError: where a name belongs, that is unusual too.
_UNUSUAL = (KeyError, TypeError, CodecError, UnusualError)


class _UnsupportedError(Exception):
    """The template has a construct that is left to the thorough matcher."""


def compile_match(
    node: Node,
    *,
    known: Mapping[str, Any],
    statuses: tuple[int | str, ...],
    wordings: Mapping[str, Wordings],
    values: Mapping[str, tuple[Any, ...]],
    item_params: Mapping[str | None, tuple[tuple[str, bool], ...]] | None,
) -> QuickMatch | None:
    """Compile a template, specialised for one code, into a quick matcher.

    Args:
        node: The specialised envelope.
        known: Attributes of the fault that the code fixes: code, situation, severity.
        statuses: Statuses of the code; the first is assumed when none is known.
        wordings: Slot -> the sentences it may hold.
        values: Slot -> its allowed values.
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
            writer.finish(known, wordings, values)
        with source.block(f"except {source.constant(_UNUSUAL)}:"):
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
        self._may_be_unset: set[str] = set()
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
        codec = slot.codec
        if codec.name == "any":
            self._may_be_unset.add(value)
            return value
        if codec.name == "number":
            whole, broken = self._source.constant(int), self._source.constant(float)
            self._refuse(f"type({value}) is not {whole} and type({value}) is not {broken}")
            return value
        if codec.direct:
            self._refuse(f"type({value}) is not {self._source.constant(codec.direct[0])}")
            return value
        if codec.items:
            self._refuse(f"type({value}) is not {self._source.constant(list)}")
            admits = self._source.constant(frozenset(codec.items).issuperset)
            decode = self._source.constant(codec.decode)
            plain = f"{admits}(map({self._source.constant(type)}, {value}))"
            return self._source.name(f"{value} if {plain} else {decode}({value})")
        if codec.name in _READERS:
            longest, read = _READERS[codec.name]
            text = self._source.constant(str)
            self._refuse(f"type({value}) is not {text} or len({value}) > {longest}")
            return self._source.name(f"{self._source.constant(read)}({value})")
        return self._source.name(f"{self._source.constant(_canonical(slot))}({value})")

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
        found = self._source.name(f"{rest} if len({value}) != {count} else None")
        self._may_be_unset.add(found)
        slots[node.rest.name] = found

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
        self._may_be_unset.add(raw)
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
        field, code, message = (slots.get(k, "None") for k in ("field", "code", "message"))
        params = self._item_values(slots)
        if self._item_params is not None:
            needed = self._source.name(f"{self._source.constant(self._item_params)}[{code}]")
            with self._source.block(f"if {needed}:"):
                self._source.add(f"{self._source.constant(_check_params)}({needed}, {params})")
        make, place = self._source.constant(Violation), self._source.constant(Location)
        location = f"None if {field} is None else {place}({field})"
        return f"{make}(code={code}, detail={message}, location={location}, params={params})"

    def _item_values(self, slots: Mapping[str, str]) -> str:
        named = {k: v for k, v in slots.items() if k not in ("field", "message", "code", "params")}
        rest = slots.get("params")
        if not named:
            return self._source.name(f"{rest} or {{}}" if rest else "{}")
        pairs = ", ".join(f"{k!r}: {v}" for k, v in named.items())
        shown = f"{{k: x for k, x in {{{pairs}}}.items() if x is not None}}"
        return self._source.name(f"{{**({rest} or {{}}), **{shown}}}" if rest else shown)

    def finish(
        self,
        known: Mapping[str, Any],
        wordings: Mapping[str, Wordings],
        values: Mapping[str, tuple[Any, ...]],
    ) -> None:
        """Write the checks of texts and allowed values, and the making of the fault."""
        for name, allowed in values.items():
            self._refuse(f"{self.head.get(name, 'None')} not in {self._source.constant(allowed)}")
        recovered = [self._recovered(name, each) for name, each in wordings.items()]
        self._params([name for name in recovered if name is not None])
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

    def _recovered(self, slot: str, wordings: Wordings) -> str | None:
        """Write the check of a sentence; return the name of the params it gives, if any."""
        value, plain = self.head.get(slot, "None"), self._source.constant(wordings.plain)
        if not wordings.placeholders:
            only = [self._source.constant(each) for each in wordings.plain]
            self._refuse(f"{value} != {only[0]}" if len(only) == 1 else f"{value} not in {plain}")
            return None
        rivals = {k: v for k, v in self.head.items() if k in wordings.placeholders}
        slots = ", ".join(f"{k!r}: {v}" for k, v in rivals.items())
        found = self._source.name("None")
        with self._source.block(f"if {value} not in {plain}:"):
            if rivals:
                read = self._source.constant(wordings.read)
                self._source.add(f"{found} = {read}({value}, {{{slots}}})")
            else:
                self._first_match(value, wordings, found)
            self._refuse(f"{found} is None")
        return found

    def _first_match(self, value: str, wordings: Wordings, found: str) -> None:
        candidates = self._source.constant(wordings.by_beginning.get)
        begin = f"{value}[:{wordings.known}]"
        with self._source.block(f"for m in {candidates}({begin}, {self._source.constant(())}):"):
            self._source.add(f"{found} = m({value})")
            with self._source.block(f"if {found} is not None:"):
                self._source.add("break")

    def _params(self, recovered: Sequence[str]) -> None:
        params = {k: v for k, v in self.head.items() if k not in ATTRIBUTES}
        pairs = ", ".join(f"{name!r}: {value}" for name, value in params.items())
        self._source.add(f"params = {{{pairs}}}")
        if not self._may_be_unset.isdisjoint(params.values()):
            with self._source.block("if None in params.values():"):
                self._source.add("params = {k: x for k, x in params.items() if x is not None}")
        # What a place of its own says wins over sentences, and the detail over the message.
        for found in reversed(recovered):
            with self._source.block(f"if {found}:"):
                self._source.add(f"params = {{**{found}, **params}} if params else {found}")


def _nested(node: Object) -> bool:
    return any(m.optional and not isinstance(m.node, Slot | Each) for m in node.members)


def _canonical(slot: Slot) -> Callable[[Any], Any]:
    decode, encode = slot.codec.decode, slot.codec.encode

    def read(wire: Any) -> Any:
        value = decode(wire)
        if encode(value) != wire:
            raise UnusualError
        return value

    return read


@lru_cache(64)
def _moment(wire: str) -> datetime:
    """Read the plain form of a moment; all answers of one second share it."""
    separators = wire[4:5] + wire[7:8] + wire[10:11] + wire[13:14] + wire[16:17] + wire[19:]
    if separators != "--T::Z" or wire[11:13] == "24":
        raise UnusualError
    try:
        return datetime.fromisoformat(wire)
    except ValueError:
        raise UnusualError from None


@lru_cache(1024)
def _dotted(wire: str) -> tuple[str | int, ...]:
    path: tuple[str | int, ...] = CODECS["dotted"].decode(wire)
    return path


_READERS: Mapping[str, tuple[int, Callable[[str], Any]]] = {
    "rfc3339": (20, _moment),
    "dotted": (100, _dotted),
}
"""Codecs whose short values repeat: the longest of them, and how they are read."""


def _check_params(needed: Iterable[tuple[str, bool]], params: Mapping[str, Any]) -> None:
    for name, number in needed:
        if type(params[name]) not in (int, float) if number else name not in params:
            raise UnusualError
