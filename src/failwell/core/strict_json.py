"""The strict JSON gate: a body is JSON without doubt, or it is refused with a place.

Doubt is what two parsers may read differently: a name given twice, ``NaN``, ``1e400``,
half a surrogate pair, a byte order mark, bytes that are no UTF-8, endless nesting. A
fast parser accepts; only a refused body is walked again, by `find_flaw`, to say why.
"""

from typing import Any

import jiter
import msgspec

from failwell.core.json_scanner import JsonFlaw, JsonReason, find_flaw

__all__ = ["DEEPEST", "JsonError", "parse"]

DEEPEST = 200
"""The most that `max_depth` can allow; the parser itself goes no deeper."""

_read = jiter.from_json
_pack = msgspec.msgpack.Encoder().encode
_PLUS_INFINITY = _pack(float("inf"))
_MINUS_INFINITY = _pack(float("-inf"))
_INFINITY_BYTE = 0xF0
"""In both of them, and rare elsewhere: looking for one byte costs a quarter of looking for both."""
_CONTAINERS = frozenset((dict, list))

# Should the parser ever refuse what the scanner admits, the refusal stands.
_DISAGREED = JsonFlaw(reason="syntax", token=None, position=0, line=1, column=1)


class JsonError(Exception):
    """A body that is not strict JSON."""

    def __init__(self, flaw: JsonFlaw) -> None:
        super().__init__(flaw)
        self.flaw = flaw

    def __str__(self) -> str:
        what = "end of input" if self.token is None else f"token {self.token!a}"
        return f"{self.reason}: {what} at line {self.line}, column {self.column}"

    @property
    def reason(self) -> JsonReason:
        """Why the body is refused."""
        return self.flaw.reason

    @property
    def token(self) -> str | None:
        """The offending character, ``None`` at the end of the input."""
        return self.flaw.token

    @property
    def position(self) -> int:
        """Characters before the offending one."""
        return self.flaw.position

    @property
    def line(self) -> int:
        """Line of the offending character, from 1."""
        return self.flaw.line

    @property
    def column(self) -> int:
        """Column of the offending character, from 1."""
        return self.flaw.column


def parse(data: bytes, *, max_depth: int = 100) -> Any:
    """Parse a body that must be strict JSON (RFC 8259 in UTF-8, RFC 7493 for names).

    Args:
        data: The whole body as it came.
        max_depth: How many arrays and objects may be open at once, at most `DEEPEST`.

    Raises:
        JsonError: The body is refused; the error says why and where.

    Examples:
        >>> parse(b'{"limit": 3}')
        {'limit': 3}
        >>> parse(b'{"name": "x",}')
        Traceback (most recent call last):
        failwell.core.strict_json.JsonError: syntax: token '}' at line 1, column 14
    """
    if max_depth > DEEPEST:
        max_depth = DEEPEST
    try:
        # Values are not kept in the parser's cache: some of them are passwords.
        value = _read(data, catch_duplicate_keys=True, allow_inf_nan=False, cache_mode="keys")
    except ValueError:
        raise JsonError(find_flaw(data, max_depth=max_depth) or _DISAGREED) from None
    try:
        # Packing is the quickest walk over a whole value. It shows the infinities that the
        # parser makes of 1e400, and stops at integers past 64 bits, which the scanner measures.
        packed = _pack(value)
        suspicious = _INFINITY_BYTE in packed and _infinite(packed)
    except OverflowError:
        suspicious = True
    # Each level costs two brackets, so a short body cannot be too deep.
    if suspicious or (len(data) > 2 * max_depth and _deeper(data, value, max_depth)):
        flaw = find_flaw(data, max_depth=max_depth)
        if flaw is not None:
            raise JsonError(flaw)
    return value


def _infinite(packed: bytes) -> bool:
    return _PLUS_INFINITY in packed or _MINUS_INFINITY in packed


def _deeper(data: bytes, value: Any, max_depth: int) -> bool:
    # Counting brackets is cheaper than the walk, and most bodies have too few of them.
    if data.count(b"[") + data.count(b"{") <= max_depth:
        return False
    containers = [value] if type(value) in _CONTAINERS else []
    while containers and max_depth:
        max_depth -= 1
        containers = [
            child
            for each in containers
            for child in (each.values() if type(each) is dict else each)
            if type(child) in _CONTAINERS
        ]
    return bool(containers)
