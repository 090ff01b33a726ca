"""Query strings and form bodies: bytes become pairs of texts.

Nothing is refused here but text that cannot be read at all; `failwell.core.parameters`
makes values of the texts.
"""

import re

from failwell.core.exceptions import BadRequestError
from failwell.core.situation import Situation

__all__ = ["parse_pairs"]

_ESCAPE = re.compile(rb"%([0-9a-fA-F]{2})?")

Pairs = list[tuple[str, str]]


def parse_pairs(raw: bytes) -> Pairs:
    """Parse ``a=1&b=2`` (the form encoding of the WHATWG URL standard, but strict).

    Args:
        raw: The text as it came.

    Raises:
        BadRequestError: A percent sign without two digits, or bytes that are no UTF-8.

    Examples:
        >>> parse_pairs(b"name=My+Project&tag=a%2Fb")
        [('name', 'My Project'), ('tag', 'a/b')]
    """
    pieces = (piece.partition(b"=") for piece in raw.split(b"&") if piece)
    return [(_decoded(name), _decoded(value)) for name, _, value in pieces]


def _decoded(raw: bytes) -> str:
    if b"%" in raw:
        raw = _ESCAPE.sub(_byte, raw.replace(b"+", b" "))
    elif b"+" in raw:
        raw = raw.replace(b"+", b" ")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequestError(situation=Situation.BAD_REQUEST) from error


def _byte(escape: re.Match[bytes]) -> bytes:
    if escape[1] is None:
        raise BadRequestError(situation=Situation.BAD_REQUEST)
    return bytes((int(escape[1], 16),))
