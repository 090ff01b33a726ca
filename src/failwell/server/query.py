"""Query strings and form bodies: text becomes values of the declared types.

Nothing is refused here but text that cannot be read at all. A value that does not look
like its type stays text, so that validation says what is wrong with it, like with
everything else.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from failwell.core.exceptions import BadRequestError
from failwell.core.situation import Situation

__all__ = ["Parameters", "parse_pairs"]

_ESCAPE = re.compile(rb"%([0-9a-fA-F]{2})?")
# With more digits it is no double any more, and JSON could not repeat it.
_INTEGER = re.compile(r"-?[0-9]{1,308}")
_NUMBER = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,3})?")
_INFINITY = float("inf")

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


class Parameters:
    """The parameters an operation declares.

    Args:
        schema: JSON Schema of an object whose properties are the parameters. Parameters
            it does not name are ignored, unless it forbids them with
            ``additionalProperties: false``.
        defaults: Whether an absent parameter gets the ``default`` of its schema.
    """

    def __init__(self, schema: Mapping[str, Any], *, defaults: bool = True) -> None:
        self._properties: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
        self._keep_unknown = schema.get("additionalProperties", True) is False
        self._defaults = {
            name: each["default"]
            for name, each in self._properties.items()
            if defaults and "default" in each
        }

    def read(self, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
        """Make values of texts; in the order of the request, absent defaults last.

        A parameter given twice that is not declared as an array becomes a list, which
        its type does not admit: which of the two was meant cannot be known.
        """
        given: dict[str, list[str]] = {}
        for name, text in pairs:
            if name in self._properties or self._keep_unknown:
                given.setdefault(name, []).append(text)
        values = {
            name: _coerce(texts, self._properties.get(name, {})) for name, texts in given.items()
        }
        for name, default in self._defaults.items():
            values.setdefault(name, default)
        return values


def _coerce(texts: list[str], schema: Mapping[str, Any]) -> Any:
    if "array" in _types(schema):
        items = schema.get("items", {})
        return [_scalar(text, items) for text in texts]
    return _scalar(texts[0], schema) if len(texts) == 1 else list(texts)


def _types(schema: Mapping[str, Any]) -> tuple[str, ...]:
    declared = schema.get("type", ())
    return (declared,) if isinstance(declared, str) else tuple(declared)


def _scalar(text: str, schema: Mapping[str, Any]) -> Any:
    for kind in _types(schema):
        match kind:
            case "integer" if _INTEGER.fullmatch(text):
                return int(text)
            case "number" if _NUMBER.fullmatch(text):
                return _number(text)
            case "boolean" if text in ("true", "false"):
                return text == "true"
    return text


def _number(text: str) -> Any:
    if _INTEGER.fullmatch(text):
        return int(text)
    value = float(text)
    return text if abs(value) == _INFINITY else value
