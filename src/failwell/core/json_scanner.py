"""Finding what is wrong with a JSON body: the cold path of the strict gate.

Fast parsers say yes or no; this scanner says why not and where. It walks the text once,
keeps its own stack instead of recursing, and decides by itself, so that the words a
caller reads do not change with the version of a parser.
"""

import json
import math
import re
from collections.abc import Callable
from typing import Literal

import msgspec

__all__ = ["LONGEST_INTEGER", "JsonFlaw", "JsonReason", "find_flaw"]

JsonReason = Literal[
    "syntax",
    "duplicate_key",
    "too_deep",
    "number_out_of_range",
    "invalid_utf8",
    "lone_surrogate",
    "trailing_data",
]
"""Why a body is not strict JSON; the list is closed."""

LONGEST_INTEGER = 4300
"""Digits before the point that a number may have, whatever its exponent says."""

_BLANKS = r"[ \t\n\r]*+"
_SHORT_ESCAPE = r'\\["\\/bfnrt]'
_UNIT = r"\\u(?![dD][89a-fA-F])[0-9a-fA-F]{4}"
_PAIR = r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
# Atomic in pieces: a megabyte of escapes is matched in one pass without memory for each step.
# No possessive quantifier on a group: CPython before 3.11.5 misreads it (gh-106052).
_PIECE = rf'(?>(?:[^"\\\x00-\x1f]++|{_SHORT_ESCAPE}|{_UNIT}|{_PAIR}){{1,256}})'
_STRING = rf'"(?>{_PIECE}*)'
_SHORT = r"true|false|null|-?(?:0|[1-9][0-9]{0,15}+)(?:\.[0-9]{1,15}+)?(?![0-9.eE])"
_NUMBER = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?(?![0-9.eE])"

_BLANK = re.compile(_BLANKS)
_TOKEN = re.compile(rf'{_BLANKS}(?:([\[{{])|([\]}}])|(,)|(:)|({_STRING}")|({_SHORT})|({_NUMBER}))')
_OPENER, _CLOSER, _COMMA, _COLON, _TEXT, _SHORT_SCALAR, _LONG_NUMBER = range(1, 8)
# A list of short scalars is one step, because none of them can be out of range.
_SHORT_ITEMS = re.compile(rf'(?:{_BLANKS}(?:"[^"\\\x00-\x1f]*+"|{_SHORT}){_BLANKS},){{1,256}}')

_STRING_START = re.compile(_STRING)
_ESCAPE_START = re.compile(r"\\(?:u[0-9a-fA-F]{0,4})?")
_SCALAR_START = re.compile(
    r"t(?:r(?:ue?)?)?|f(?:a(?:l(?:se?)?)?)?|n(?:u(?:ll?)?)?"
    r"|-?(?:(?:0|[1-9][0-9]*+)(?:\.(?:[0-9]++(?:[eE][+-]?+[0-9]*+)?)?|[eE][+-]?+[0-9]*+)?)?"
)
_WHOLE_PART = re.compile(r"[0-9]++")


class JsonFlaw(msgspec.Struct, frozen=True, kw_only=True):
    """The first thing that is wrong with a body, and where."""

    reason: JsonReason
    """Why the body is refused."""

    token: str | None
    """The offending character, ``None`` at the end of the input."""

    position: int
    """Characters before the offending one."""

    line: int
    """Line of the offending character, from 1; lines end at LF."""

    column: int
    """Column of the offending character, from 1."""


def find_flaw(data: bytes, *, max_depth: int) -> JsonFlaw | None:
    """Find the first flaw of a body in linear time; ``None`` when it is strict JSON.

    Bytes that are no UTF-8 are told first, wherever they are: without them there is no text
    to speak about.

    Args:
        data: The body as it came.
        max_depth: How many containers may be open at once.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        return _flaw("invalid_utf8", f"{before}\ufffd", len(before))
    found = _Walk(text, max_depth).first_flaw()
    return None if found is None else _flaw(found[0], text, found[1])


def _flaw(reason: JsonReason, text: str, position: int) -> JsonFlaw:
    return JsonFlaw(
        reason=reason,
        token=text[position] if position < len(text) else None,
        position=position,
        line=text.count("\n", 0, position) + 1,
        column=position - text.rfind("\n", 0, position),
    )


_Found = tuple[JsonReason, int]
_State = Callable[[int, int], "_State | None"]


class _Walk:
    """One walk over one text. A state takes a token and returns the next state, or ``None``.

    ``None`` says that the token cannot stand here; the states with more to say about it
    set `found`.
    """

    def __init__(self, text: str, max_depth: int) -> None:
        self.text = text
        self.max_depth = max_depth
        self.at = 0
        self.open: list[set[str] | None] = []
        """The containers around `at`: the keys seen in an object, ``None`` for an array."""
        self.found: _Found | None = None

    def first_flaw(self) -> _Found | None:
        state: _State | None = self.value
        while state is not None:
            token = _TOKEN.match(self.text, self.at)
            if token is None:
                return self.no_token(state)
            kind = token.lastindex or 0
            start, self.at = token.span(kind)
            state = state(kind, start)
        return self.found or ("syntax", start)

    def value(self, kind: int, start: int) -> "_State | None":
        if kind == _OPENER:
            return self.opener(start)
        if kind == _LONG_NUMBER and self.out_of_range(start):
            self.found = ("number_out_of_range", start)
        elif kind >= _TEXT:
            return self.after if self.open else self.end
        return None

    def opener(self, start: int) -> "_State | None":
        if len(self.open) == self.max_depth:
            self.found = ("too_deep", start)
            return None
        if self.text[start] == "{":
            self.open.append(set())
            return self.first_key
        self.open.append(None)
        return self.value if self.skip_short_items() else self.first_item

    def skip_short_items(self) -> bool:
        begin = self.at
        while (items := _SHORT_ITEMS.match(self.text, self.at)) is not None:
            self.at = items.end()
        return self.at > begin

    def first_item(self, kind: int, start: int) -> "_State | None":
        return self.after(kind, start) if kind == _CLOSER else self.value(kind, start)

    def first_key(self, kind: int, start: int) -> "_State | None":
        return self.after(kind, start) if kind == _CLOSER else self.key(kind, start)

    def key(self, kind: int, start: int) -> "_State | None":
        if kind != _TEXT:
            return None
        raw = self.text[start : self.at]
        key: str = json.loads(raw) if "\\" in raw else raw[1:-1]
        keys = self.open[-1]
        if keys is None or key in keys:
            self.found = ("duplicate_key", start)
            return None
        keys.add(key)
        return self.colon

    def colon(self, kind: int, start: int) -> "_State | None":
        return self.value if kind == _COLON else None

    def after(self, kind: int, start: int) -> "_State | None":
        """Go on after a value in a container: to the next member, or out of it."""
        in_array = self.open[-1] is None
        if kind == _COMMA:
            if in_array:
                self.skip_short_items()
            return self.value if in_array else self.key
        if kind == _CLOSER and self.text[start] == ("]" if in_array else "}"):
            self.open.pop()
            return self.after if self.open else self.end
        return None

    def end(self, kind: int, start: int) -> "_State | None":
        self.found = ("trailing_data", start)
        return None

    def no_token(self, state: _State) -> _Found | None:
        """Say what stops the walk where no token can be read, or that it has come to the end."""
        blank = _BLANK.match(self.text, self.at)
        start = self.at if blank is None else blank.end()
        mark = self.text[start : start + 1]
        if state == self.end:
            return ("trailing_data", start) if mark else None
        if mark == '"' and state in (self.value, self.first_item, self.key, self.first_key):
            return self.bad_string(start)
        if state in (self.value, self.first_item):
            return "syntax", self.end_of(_SCALAR_START, start)
        return "syntax", start

    def bad_string(self, start: int) -> _Found:
        end = self.end_of(_STRING_START, start)
        whole = self.end_of(_ESCAPE_START, end)
        # Six characters are a whole escape that is well formed: half of a surrogate pair.
        return ("lone_surrogate", end) if whole - end == 6 else ("syntax", whole)

    def end_of(self, pattern: re.Pattern[str], start: int) -> int:
        found = pattern.match(self.text, start)
        return start if found is None else found.end()

    def out_of_range(self, start: int) -> bool:
        digits = start + (self.text[start] == "-")
        whole = self.end_of(_WHOLE_PART, digits) - digits
        return whole > LONGEST_INTEGER or math.isinf(float(self.text[start : self.at]))
