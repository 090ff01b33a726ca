"""Sentences, read back: which values stand where the placeholders were.

Compiled once per sentence. Mostly, looking for the literal pieces in turn finds what a
lazy pattern would, at a third of its cost.
"""

import re
from collections.abc import Callable, Mapping, Sequence

__all__ = ["Match", "Piece", "compile_sentence"]

Match = Callable[[str], Mapping[str, str] | None]
"""Sentence -> values of the placeholders, ``None`` when it is another sentence."""

Piece = str | tuple[str, str]
"""A literal, or the name and format of a placeholder."""

_LONGEST = 4000


def compile_sentence(pieces: Sequence[Piece]) -> Match:
    """Compile a sentence into what recovers its placeholders.

    Args:
        pieces: The literals and placeholders of the sentence, in turn.
    """
    names = [piece[0] for piece in pieces if not isinstance(piece, str)]
    literals = [""]
    for piece in pieces:
        if isinstance(piece, str):
            literals[-1] += piece
        else:
            literals.append("")
    if not names:
        return _exactly(literals[0])
    if len(set(names)) < len(names) or "" in literals[1:-1]:
        return _anything(_pattern(pieces), tuple(dict.fromkeys(names)))
    return _around(names[0], *literals) if len(names) == 1 else _between(names, literals)


def _exactly(sentence: str) -> Match:
    return lambda text: {} if text == sentence else None


def _around(name: str, before: str, after: str) -> Match:
    least, start, end = len(before) + len(after), len(before), -len(after) or None

    def match(text: str) -> Mapping[str, str] | None:
        if len(text) < least or not (text.startswith(before) and text.endswith(after)):
            return None
        return {name: text[start:end]}

    return match


def _between(names: Sequence[str], literals: Sequence[str]) -> Match:
    before, *inner, after = literals
    start, end = len(before), -len(after) or None
    steps, last = tuple(zip(names, inner, strict=False)), names[-1]

    def match(text: str) -> Mapping[str, str] | None:
        if not (text.startswith(before) and text.endswith(after)):
            return None
        found, rest = {}, text[start:end]
        # The first occurrence leaves the most to the rest, so trying a later one is no use.
        for name, literal in steps:
            found[name], seen, rest = rest.partition(literal)
            if not seen:
                return None
        found[last] = rest
        return found

    return match


def _anything(pattern: re.Pattern[str], names: tuple[str, ...]) -> Match:
    def match(text: str) -> Mapping[str, str] | None:
        found = pattern.fullmatch(text) if len(text) <= _LONGEST else None
        return None if found is None else dict(zip(names, found.groups(), strict=True))

    return match


def _pattern(pieces: Sequence[Piece]) -> re.Pattern[str]:
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
