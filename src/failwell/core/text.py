"""Sentences with ``{placeholders}``, read both ways.

Filled when a fault is worded; matched when a sentence of the wire is read back, so that
a parameter that no structural slot carries is not lost.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from failwell.core.codec import CODECS, CodecError, plain_text
from failwell.core.fault import Violation

__all__ = ["LONGEST_VALUE", "Text", "TextError", "look_up", "parse_text", "richest"]

LONGEST_VALUE = 200
"""Characters of one value that a sentence may repeat."""

_LONGEST_MATCH = 4000

_PLACEHOLDER = re.compile(
    r"\{\{|\}\}|\{([a-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*)(?::((?:%[YmdHMS]|[-:./ TZ])+))?\}|[{}]"
)

Lookup = Callable[[str], Any]
"""Name of a placeholder -> its value, ``None`` when it is not given."""


class TextError(ValueError):
    """A sentence whose placeholders cannot be read."""


class Text(msgspec.Struct, frozen=True):
    """One sentence: literal pieces and ``(name, format)`` placeholders in turn."""

    source: str
    pieces: tuple[str | tuple[str, str], ...]
    pattern: re.Pattern[str] | None
    """Matches a filled sentence; ``None`` when there is no placeholder."""

    groups: tuple[str, ...] = ()
    """The placeholders in the order of the pattern's groups."""

    affixes: tuple[str, str] | None = None
    """What stands before and after the only placeholder, where there is just one."""

    @property
    def names(self) -> tuple[str, ...]:
        """The placeholders, in order."""
        return tuple(piece[0] for piece in self.pieces if not isinstance(piece, str))

    def fill(self, lookup: Lookup) -> str | None:
        """Fill the placeholders; ``None`` when one is not given."""
        filled = []
        for piece in self.pieces:
            if isinstance(piece, str):
                filled.append(piece)
                continue
            value = lookup(piece[0])
            if value is None:
                return None
            filled.append(_worded(value, piece[1])[:LONGEST_VALUE])
        return "".join(filled)

    def match(self, text: str) -> Mapping[str, str] | None:
        """Recover the placeholders from a filled sentence; ``None`` when it is another one."""
        if self.pattern is None:
            return {} if text == self.source else None
        if self.affixes is not None:
            return self._between(text)
        if len(text) > _LONGEST_MATCH:
            return None
        found = self.pattern.fullmatch(text)
        if found is None:
            return None
        return dict(zip(self.groups, found.groups(), strict=True))

    def _between(self, text: str) -> Mapping[str, str] | None:
        before, after = self.affixes or ("", "")
        end = len(text) - len(after)
        if end < len(before) or not (text.startswith(before) and text.endswith(after)):
            return None
        return {self.groups[0]: text[len(before) : end]}


def parse_text(source: str) -> Text:
    """Read a sentence of a contract file.

    Args:
        source: The sentence; ``{name}`` is a placeholder, ``{when:%H:%M}`` formats a
            moment, ``{{`` and ``}}`` are braces.

    Raises:
        TextError: A brace that opens no placeholder.
    """
    pieces: list[str | tuple[str, str]] = []
    literal, start = "", 0
    for found in _PLACEHOLDER.finditer(source):
        literal += source[start : found.start()]
        start = found.end()
        if found[0] in ("{{", "}}"):
            literal += found[0][0]
        elif found[1] is None:
            raise TextError(
                f"expected a placeholder such as {{name}}, found {source[found.start() :][:20]!r}; "
                "write {{ and }} for braces"
            )
        else:
            pieces += [literal] if literal else []
            pieces.append((found[1], found[2] or ""))
            literal = ""
    literal += source[start:]
    pieces += [literal] if literal else []
    plain = "".join(p for p in pieces if isinstance(p, str))
    if all(isinstance(p, str) for p in pieces):
        return Text(plain, tuple(pieces), None)
    names = dict.fromkeys(piece[0] for piece in pieces if not isinstance(piece, str))
    return Text(source, tuple(pieces), _pattern(pieces), tuple(names), _affixes(pieces))


def _affixes(pieces: Sequence[str | tuple[str, str]]) -> tuple[str, str] | None:
    shape = [isinstance(piece, str) for piece in pieces]
    if shape.count(False) != 1 or len(pieces) > 3:
        return None
    where = shape.index(False)
    before, after = pieces[:where], pieces[where + 1 :]
    return "".join(map(str, before)), "".join(map(str, after))


def _pattern(pieces: Sequence[str | tuple[str, str]]) -> re.Pattern[str]:
    groups: dict[str, int] = {}
    parts = []
    for piece in pieces:
        if isinstance(piece, str):
            parts.append(re.escape(piece))
        elif piece[0] in groups:
            parts.append(f"\\{groups[piece[0]]}")
        else:
            groups[piece[0]] = len(groups) + 1
            parts.append("(.*?)" if piece is not pieces[-1] else "(.*)")
    return re.compile("".join(parts), re.DOTALL)


def _worded(value: Any, form: str) -> str:
    moment = _moment(value) if form else None
    return plain_text(value) if moment is None else moment.astimezone(UTC).strftime(form)


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    try:
        return CODECS["rfc3339"].decode(value)  # type: ignore[no-any-return]  # its value
    except CodecError:
        return None


def richest(texts: Iterable[Text], lookup: Lookup) -> str | None:
    """Fill the wording with the most placeholders that are all given; the later wins a tie."""
    best, most = None, -1
    for text in texts:
        filled = text.fill(lookup)
        if filled is not None and len(text.names) >= most:
            best, most = filled, len(text.names)
    return best


def look_up(params: Mapping[str, Any], violations: Sequence[Violation] = ()) -> Lookup:
    """Make the lookup of one occurrence: its params, and ``violations.N.field`` and the like."""

    def lookup(name: str) -> Any:
        if not name.startswith("violations."):
            return params.get(name)
        _, index, attribute = [*name.split("."), "", ""][:3]
        if not index.isdigit() or int(index) >= len(violations):
            return None
        return _of_violation(violations[int(index)], attribute)

    return lookup


def _of_violation(violation: Violation, attribute: str) -> Any:
    if attribute == "field":
        return violation.location.dotted if violation.location else None
    if attribute in ("code", "detail"):
        return getattr(violation, attribute)
    if attribute == "part":
        return violation.location.part if violation.location else None
    return violation.params.get(attribute)
