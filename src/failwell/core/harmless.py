"""Harmless values: what JSON can say, bounded, whatever was given.

The slow path of encoding, taken only for values that nobody could foresee.
"""

from collections.abc import Mapping
from typing import Any

from failwell.core.codec import plain_text

__all__ = ["LARGEST", "harmless"]

LARGEST = 2**1024 - 2**971
"""Largest number that is sent, the largest double: a strict parser takes no larger one."""

_DEEPEST = 32
_LONGEST = 4096


def harmless(value: Any, depth: int = 0) -> Any:
    """Make any value one that JSON can say: bounded, finite, valid Unicode.

    The slow path of encoding, taken only when the fast one has failed.
    """
    if depth > _DEEPEST:
        return None
    match value:
        case None | bool():
            return value
        case int():
            return value if abs(value) <= LARGEST else None
        case float():
            return value if value == value and abs(value) != float("inf") else None
        case str():
            return value[:_LONGEST].encode("utf-8", "replace").decode()
        case Mapping():
            return {str(harmless(plain_text(k))): harmless(v, depth + 1) for k, v in value.items()}
        case list() | tuple() | set() | frozenset():
            return [harmless(each, depth + 1) for each in value]
        case _:
            return harmless(plain_text(value), depth)
