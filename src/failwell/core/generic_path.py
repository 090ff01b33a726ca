"""Paths of any notation: JSON Pointer, dots, brackets, lists of steps, all made one tuple."""

import re
from typing import Any, get_args
from urllib.parse import unquote

from failwell.core.fault import Location, Part

__all__ = ["any_location", "any_path"]

_PARTS = frozenset(get_args(Part))
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
_BRACKETS = re.compile(r"""\[\s*["']?([^\]\["']*)["']?\s*\]""")
_LONGEST = 1000
_MOST_STEPS = 64


def any_location(value: Any) -> Location | None:
    """Read where a violation sits, in whatever way it is written.

    Args:
        value: A text, a list of steps, or anything else, which says nothing.

    Examples:
        >>> any_location(["query", "limit"])
        Location(path=('limit',), part='query')
        >>> any_location("items[0].price").path
        ('items', 0, 'price')
    """
    if isinstance(value, list):
        return _of_steps(value)
    if isinstance(value, str) and value.strip():
        return Location(any_path(value))
    return None


def _of_steps(value: list[Any]) -> Location | None:
    steps = tuple(each for each in value[:_MOST_STEPS] if type(each) in (str, int))
    if not steps:
        return None
    if steps[0] in _PARTS:
        # A list of steps begins with the part of the request, as FastAPI writes it.
        return Location(steps[1:], steps[0])
    return Location(steps)


def any_path(text: str) -> tuple[str | int, ...]:
    """Read a path: ``#/a/b``, ``/a/b``, ``$.a.b``, ``a[b][0]``, ``a.b.0``.

    A text with spaces outside brackets is one name.
    """
    text = text.strip()[:_LONGEST]
    if text.startswith("#/"):
        return any_path(unquote(text[1:]))
    if text.startswith("/"):
        parts = (p.replace("~1", "/").replace("~0", "~") for p in text[1:].split("/"))
        return _steps(parts)
    text = text.removeprefix("$.")
    if " " in _BRACKETS.sub("", text):
        return (text,)
    return _steps(p for p in _BRACKETS.sub(r".\1", text).split(".") if p)


def _steps(parts: Any) -> tuple[str | int, ...]:
    steps = [int(p) if _INDEX.fullmatch(p) and p.isascii() else p for p in parts]
    return tuple(steps[:_MOST_STEPS])
