"""Identifying: which code of the catalogue a body is (ambiguity rule 10)."""

from collections.abc import Iterable, Mapping
from typing import Any

from failwell.core.codec import plain_text
from failwell.core.match import Match
from failwell.core.reading import Reading, views
from failwell.core.shape import Shape, Texts

__all__ = ["fits_status", "identify"]


def identify(reading: Reading, found: Match, status: int | None) -> Shape | None:
    """Find the most specific code that fits (ambiguity rule 10)."""
    seen = views(reading, found)
    scored = (
        (score, shape)
        for shape in reading.shapes.values()
        if (score := _score(shape, reading.identify, seen, status)) is not None
    )
    return max(scored, key=lambda each: each[0], default=(None, None))[1]


def _score(
    shape: Shape, identify: tuple[str, ...], seen: Mapping[str, Any], status: int | None
) -> tuple[int, bool, bool] | None:
    entry, matched = shape.entry, 0
    agrees = status is not None and fits_status(status, entry.status)
    wanted = dict(entry.match)
    if "code" in identify:
        wanted.setdefault("code", entry.code)
    if "field" in identify and entry.field is not None:
        wanted.setdefault("field", entry.field)
    in_class = wanted.pop("status", None)
    if in_class is not None:
        if status is None or not fits_status(status, (in_class,)):
            return None
        matched += 1
    if "message" in identify and shape.messages and "message" not in wanted:
        if not _reads(shape.messages, seen.get("message")):
            return None
        matched += 1
    for name, value in wanted.items():
        if not _same(name, seen.get(name), value):
            return None
        matched += 1
    return (matched, agrees, entry.removed is None) if matched else None


def _same(name: str, found: Any, wanted: Any) -> bool:
    if found is None or wanted is None:
        return found is wanted
    text, expected = plain_text(found), plain_text(wanted)
    # Smithy writes the namespace of a code before it: com.amazon.coral.validate#Name.
    return text == expected or (name == "code" and text.rpartition("#")[2] == expected)


def fits_status(status: int, allowed: Iterable[int | str]) -> bool:
    """Tell whether a status is one of the declared ones or of a declared class."""
    return any(
        status == each if isinstance(each, int) else status // 100 == int(each[0])
        for each in allowed
    )


def _reads(texts: Texts, sentence: Any) -> bool:
    return isinstance(sentence, str) and any(t.match(sentence) is not None for t in texts)
