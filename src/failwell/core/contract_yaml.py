"""The YAML of a contract file: text -> nodes with places, or one fault in plain words.

Two parsers stand behind one promise: libyaml where PyYAML has it, else PyYAML's own. Both
are read event by event, so depth and size are bounded before anything recurses, and both
know only the plain values of YAML 1.2: null, true, false and numbers. A moment or a word
such as ``on`` stays text.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml
from yaml.composer import Composer
from yaml.events import (
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
)
from yaml.resolver import BaseResolver

from failwell.core.yaml_words import in_plain_words

__all__ = ["LIBYAML", "MAX_DEPTH", "MAX_NODES", "YamlTextError", "compose", "place_of"]

LIBYAML: Final[bool] = yaml.__with_libyaml__
"""Whether the fast parser is there."""

MAX_DEPTH: Final = 64
"""Lists and mappings inside each other."""

MAX_NODES: Final = 100_000
"""Values in one file, aliases counted as often as they are used."""

_BLANK = "\0 \t\r\n\x85\u2028\u2029"


class YamlTextError(ValueError):
    """Text that is no single YAML document of bounded size.

    Args:
        line: Line, from 1.
        column: Column, from 1.
        text: What is wrong, in plain words.
    """

    def __init__(self, line: int, column: int, text: str) -> None:
        self.line = line
        self.column = column
        self.text = text
        super().__init__(text)


def place_of(mark: Any) -> tuple[int, int]:
    """Turn a mark of PyYAML into line and column, both from 1."""
    return (1, 1) if mark is None else (mark.line + 1, mark.column + 1)


def compose(text: str, *, libyaml: bool = LIBYAML) -> yaml.Node | None:
    """Read one document into nodes that know their places.

    Args:
        text: The document.
        libyaml: Which of the two parsers reads it.

    Returns:
        The root, or ``None`` for a text without a value.

    Raises:
        YamlTextError: The text is no YAML, has two documents, or is too deep or too large.
    """
    try:
        return _Replay(_bounded(_events(text, libyaml=libyaml))).get_single_node()
    except yaml.MarkedYAMLError as error:
        line, column = place_of(error.problem_mark or error.context_mark)
        raise YamlTextError(line, column, in_plain_words(error, text)) from None


def _events(text: str, *, libyaml: bool) -> Iterator[Event]:
    loader: Any = (yaml.CBaseLoader if libyaml else _OwnParser)(text)
    last = None
    try:
        while loader.check_event():
            last = loader.get_event()
            yield last
    except (ValueError, OverflowError):
        # PyYAML's own parser turns "\UFFFFFFFF" and version numbers into values unchecked.
        place = place_of(last and last.end_mark)
        raise YamlTextError(
            *place, "an escape or a number after this place is out of range"
        ) from None
    finally:
        loader.dispose()


def _bounded(events: Iterator[Event]) -> list[Event]:
    kept: list[Event] = []
    depth = documents = 0
    for event in events:
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        documents += isinstance(event, DocumentStartEvent)
        if depth > MAX_DEPTH:
            raise _fault(event, f"expected at most {MAX_DEPTH} levels, found more")
        if documents > 1:
            raise _fault(event, "expected one document, found the start of a second")
        if len(kept) > 2 * MAX_NODES:
            raise _fault(event, f"expected at most {MAX_NODES} values, found more")
        kept.append(event)
    return kept


def _fault(event: Event, text: str) -> YamlTextError:
    return YamlTextError(*place_of(event.start_mark), text)


class _OwnParser(yaml.BaseLoader):
    """PyYAML's parser, with ``key?:`` allowed in flow mappings as libyaml does."""

    def scan_plain(self) -> yaml.ScalarToken:
        """Scan an unquoted text; a ``?`` inside a word is part of the word."""
        start = end = self.get_mark()
        chunks: list[str] = []
        blanks: list[str] = []
        while self.peek() != "#" and (length := self._word_length()):
            self.allow_simple_key = False
            chunks += [*blanks, self.prefix(length)]
            self.forward(length)
            end = self.get_mark()
            blanks = self.scan_plain_spaces(self.indent + 1, start) or []
            if not blanks or (not self.flow_level and self.column <= self.indent):
                break
        return yaml.ScalarToken("".join(chunks), True, start, end)

    def _word_length(self) -> int:
        ends = _BLANK + ",[]{}" if self.flow_level else _BLANK
        length = 0
        while (char := self.peek(length)) not in ends:
            if char == ":" and self.peek(length + 1) in ends:
                break
            length += 1
        return length


class _Resolver(BaseResolver):
    """Knows null, true, false and decimal numbers; everything else is text."""


for _name, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
):
    _Resolver.add_implicit_resolver(
        f"tag:yaml.org,2002:{_name}", re.compile(f"(?:{_pattern})\\Z"), _first
    )


class _Replay(Composer, _Resolver):
    """PyYAML's composer over events that were read and measured before."""

    def __init__(self, events: list[Event]) -> None:
        Composer.__init__(self)
        _Resolver.__init__(self)
        self._events = events
        self._next = 0

    def check_event(self, *choices: type[Event]) -> bool:
        """Tell whether the next event is one of these."""
        return self._next < len(self._events) and isinstance(self.peek_event(), choices or Event)

    def peek_event(self) -> Event:
        """Look at the next event."""
        return self._events[self._next]

    def get_event(self) -> Event:
        """Take the next event."""
        self._next += 1
        return self._events[self._next - 1]
