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
from failwell.core.sentence import Match, Piece, compile_sentence

__all__ = ["LONGEST_VALUE", "Text", "TextError", "Wordings", "look_up", "parse_text", "richest"]

LONGEST_VALUE = 200
"""Characters of one value that a sentence may repeat."""

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
    pieces: tuple[Piece, ...]
    match: Match
    """Recovers the placeholders from a filled sentence; ``None`` when it is another one."""

    names: tuple[str, ...] = ()
    """The placeholders, in order."""

    def fill(self, lookup: Lookup) -> str | None:
        """Fill the placeholders; ``None`` when one is not given."""
        if not self.names:
            return self.source
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


class Wordings:
    """Alternative sentences, to be told apart in one look-up while reading.

    Args:
        texts: The sentences; the first that fits is taken.
    """

    def __init__(self, texts: Iterable[Text]) -> None:
        # Answers often repeat what their code declares.
        texts = tuple({text.pieces: text for text in texts}.values())
        begins = [_beginning(text) for text in texts]
        self.placeholders = frozenset(name for text in texts for name in text.names)
        """Every name that a sentence may give a value for."""
        self.plain = tuple(
            text.source
            for index, text in enumerate(texts)
            if not text.names and not any(t.match(text.source) for t in texts[:index])
        )
        """Sentences that say nothing but themselves."""
        open_ended = [len(begin) for text, begin in zip(texts, begins, strict=True) if text.names]
        self.known = min(open_ended, default=LONGEST_VALUE)
        """How many characters every sentence has before its first placeholder."""
        self.by_beginning: dict[str, list[Match]] = {}
        """These characters -> what reads the sentences that begin so, in order."""
        for text, begin in zip(texts, begins, strict=True):
            self.by_beginning.setdefault(begin[: self.known], []).append(text.match)

    def read(self, sentence: Any, slots: Mapping[str, Any]) -> Mapping[str, str] | None:
        """Recover params from a sentence; ``None`` when none fits or all contradict a slot.

        Args:
            sentence: What came over the wire.
            slots: Values that other places gave to the same names.
        """
        if type(sentence) is not str:
            return None
        for match in self.by_beginning.get(sentence[: self.known], ()):
            found = match(sentence)
            if found is None:
                continue
            if not slots or slots.keys().isdisjoint(found):
                return found
            if all(name not in slots or plain_text(slots[name]) == v for name, v in found.items()):
                return {n: v for n, v in found.items() if n not in slots}
        return None


def _beginning(text: Text) -> str:
    first = text.pieces[0] if text.pieces else ""
    return first if isinstance(first, str) else ""


def parse_text(source: str) -> Text:
    """Read a sentence of a contract file.

    Args:
        source: The sentence; ``{name}`` is a placeholder, ``{when:%H:%M}`` formats a
            moment, ``{{`` and ``}}`` are braces.

    Raises:
        TextError: A brace that opens no placeholder.
    """
    pieces: list[Piece] = []
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
    names = tuple(piece[0] for piece in pieces if not isinstance(piece, str))
    if not names:
        source = "".join(map(str, pieces))
    return Text(source, tuple(pieces), compile_sentence(pieces), names)


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


def richest(texts: Sequence[Text], lookup: Lookup) -> str | None:
    """Fill the wording with the most placeholders that are all given; the later wins a tie."""
    best, most = None, -1
    # From the end, because files list the richest last: the others are then not even filled.
    for text in reversed(texts):
        if len(text.names) > most and (filled := text.fill(lookup)) is not None:
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
