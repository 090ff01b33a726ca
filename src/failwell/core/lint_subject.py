"""What the rules of lint look at: a contract with its slots and placeholders at hand."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

import msgspec

from failwell.core.catalogue import Answer, Choice, ErrorCode
from failwell.core.contract_values import FilePath
from failwell.core.reader import Declared
from failwell.core.situation import Situation
from failwell.core.template import slots_of
from failwell.core.template_reader import TemplateError, parse_header, parse_template
from failwell.core.text import Text, TextError, parse_text

__all__ = ["ATTRIBUTES", "Check", "Remark", "Subject", "Wording", "names_in"]

ATTRIBUTES = frozenset(
    {
        "code",
        "status",
        "message",
        "title",
        "detail",
        "details",
        "field",
        "params",
        "violations",
        "request_id",
        "timestamp",
        "docs",
    }
)
"""Slots that a fault fills by itself; all others are params."""


class Remark(msgspec.Struct, frozen=True):
    """One thing to say about one place of the file."""

    path: FilePath
    """Where."""

    text: str
    """What is missing, and why it matters."""

    key: bool = False
    """Whether the key is meant and not its value."""


class Wording(msgspec.Struct, frozen=True):
    """One text of an entry and where it stands."""

    path: FilePath
    """Where."""

    names: tuple[str, ...]
    """Its placeholders; of a dotted one the first step."""


class Subject:
    """A contract under lint.

    Args:
        declared: What the file declares.
        raised: Codes that the application is known to raise by name.
    """

    def __init__(self, declared: Declared, *, raised: frozenset[str] = frozenset()) -> None:
        self.declared = declared
        self.raised = raised

    @property
    def entries(self) -> Iterator[ErrorCode]:
        """The codes that are still sent."""
        return (entry for entry in self.declared.codes.values() if entry.removed is None)

    @cached_property
    def shared(self) -> Mapping[str, bool]:
        """Slots of the envelopes and shared headers -> whether they may be left out."""
        found: dict[str, bool] = {}
        for envelope in self.declared.envelopes:
            found |= _slots(envelope)
        return found | _header_slots(self.declared.headers)

    @cached_property
    def item_slots(self) -> frozenset[str]:
        """Slots inside lists of violations as well."""
        return frozenset(n for each in self.declared.envelopes for n in _slots(each, items=True))

    def own_slots(self, entry: ErrorCode) -> Mapping[str, bool]:
        """Slots that only this code has -> whether they may be left out."""
        return _slots(entry.details) | _header_slots(entry.headers)

    def slots(self, entry: ErrorCode) -> frozenset[str]:
        """Slots of the head of a body of this code, and of its headers."""
        return frozenset({*self.shared, *self.own_slots(entry)})

    def wordings(self, entry: ErrorCode) -> Iterator[tuple[str, Wording]]:
        """The wordings of a code: ``message`` or ``detail``, and the text."""
        for kind, texts in (("message", entry.message), ("detail", entry.detail)):
            path = ("codes", entry.code, kind)
            listed = isinstance(self.at(path), list)
            for index, text in enumerate(texts):
                place = (*path, index) if listed else path
                yield kind, Wording(place, names_in(text))

    def examples(self, entry: ErrorCode) -> Iterator[tuple[FilePath, Mapping[str, Any]]]:
        """The examples of a code with their paths; at least one, possibly empty."""
        path = ("codes", entry.code, "example")
        listed = isinstance(self.at(path), list)
        for index, example in enumerate(entry.examples or ({},)):
            yield (*path, index) if listed else path, example

    def names(self, entry: ErrorCode) -> frozenset[str]:
        """Every name that a value of this code may have."""
        words = {name for _, wording in self.wordings(entry) for name in wording.names}
        canonical = set(entry.params.values())
        return self.slots(entry) | words | canonical | ATTRIBUTES | {"retry_after"}

    def answers(self) -> Iterator[tuple[Situation, FilePath, Answer | Choice]]:
        """Every answer and choice, arms included, with its path."""
        for situation, answer in self.declared.answers.items():
            for path, each in _walk(answer, ("answers", situation.value)):
                yield situation, path, each

    def at(self, path: FilePath) -> Any:
        """The value of the file at a path, ``None`` where there is none."""
        value: Any = self.declared.source.data
        for step in path:
            if not isinstance(value, dict | list) or (
                isinstance(value, dict) and step not in value
            ):
                return None
            value = value[step]  # type: ignore[index]  # paths come from the file itself
        return value


Check = Callable[[Subject], Iterator[Remark]]
"""One rule: looks at a contract and says what it finds."""


def names_in(text: str) -> tuple[str, ...]:
    """List the placeholders of a text; of a dotted one the first step."""
    try:
        return tuple(name.split(".")[0] for name in parse_text(text).names)
    except TextError:
        return ()


def _walk(answer: Answer | Choice, path: FilePath) -> Iterator[tuple[FilePath, Answer | Choice]]:
    yield path, answer
    if isinstance(answer, Choice):
        for value, arm in answer.arms.items():
            yield from _walk(arm, (*path, value))
        if answer.default is not None:
            yield from _walk(answer.default, (*path, "default"))


def _slots(template: Any, *, items: bool = False) -> dict[str, bool]:
    try:
        node = parse_template(template)
    except TemplateError:
        return {}
    found: dict[str, bool] = {}
    for slot, optional in slots_of(node, items=items):
        free = optional or slot.default is not None
        found[slot.name] = free and found.get(slot.name, True)
    return found


def _header_slots(headers: Mapping[str, str]) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for name, template in headers.items():
        try:
            header = parse_header(template)
        except TemplateError:
            continue
        names = header.names if isinstance(header, Text) else (header.name,)
        for each in names:
            found[each] = name.endswith("?") and found.get(each, True)
    return found
