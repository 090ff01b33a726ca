"""Structured fields (RFC 9651), as far as the RateLimit fields need them: lists of items.

Inner lists, dates and display strings are refused; no field read here has them.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping

import msgspec

__all__ = ["LARGEST_INTEGER", "BareItem", "Item", "Token", "format_items", "parse_items"]

LARGEST_INTEGER = 999_999_999_999_999
"""The largest integer a structured field may hold; the smallest is its negative."""

_LONGEST_FIELD = 8192
_NUMBER = r"-?[0-9]{1,15}(?:\.[0-9]{1,3})?"
_STRING = r'"(?>(?:[ !#-\[\]-~]|\\["\\])*)"'
_WORD = r"[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*"
_BARE = rf"(?:{_NUMBER}|{_STRING}|{_WORD}|:[A-Za-z0-9+/=]*+:|\?[01])"
_KEY = r"[a-z*][a-z0-9_.*-]*"
_BARE_ITEM = re.compile(_BARE)
_PARAMETER = re.compile(rf"; *+({_KEY})(?:=({_BARE}))?")
_COMMA = re.compile(r"[ \t]*+,[ \t]*+")
_NOT_A_STRING = re.compile(r"[^ -~]")


class Token(str):
    """A word without quotes, which is another value than the same letters in quotes."""

    __slots__ = ()


BareItem = int | float | str | bytes | bool
"""The value of an item or of a parameter; a `Token` is told from a string by its class."""


class Item(msgspec.Struct, frozen=True):
    """One member of a list: a value and its parameters."""

    value: BareItem
    params: Mapping[str, BareItem]


def parse_items(text: str) -> tuple[Item, ...] | None:
    """Parse a list of items; ``None`` when any part of it is malformed (RFC 9651, 4.2).

    Args:
        text: The field value, several fields joined by commas.
    """
    text = text.strip(" ")
    if not text or len(text) > _LONGEST_FIELD:
        return None if text else ()
    items: list[Item] = []
    at = 0
    while True:
        found = _BARE_ITEM.match(text, at)
        if found is None:
            return None
        params, at = _parameters(text, found.end())
        items.append(Item(_value(found[0]), params))
        if at == len(text):
            return tuple(items)
        comma = _COMMA.match(text, at)
        if comma is None:
            return None
        at = comma.end()


def _parameters(text: str, at: int) -> tuple[dict[str, BareItem], int]:
    params: dict[str, BareItem] = {}
    while (found := _PARAMETER.match(text, at)) is not None:
        params[found[1]] = True if found[2] is None else _value(found[2])
        at = found.end()
    return params, at


def _value(bare: str) -> BareItem:
    if bare[0] == '"':
        return re.sub(r"\\(.)", r"\1", bare[1:-1])
    if bare[0] == "?":
        return bare == "?1"
    if bare[0] == ":":
        return _octets(bare[1:-1])
    if bare[0] in "-0123456789":
        return float(bare) if "." in bare else int(bare)
    return Token(bare)


def _octets(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return b""


def format_items(items: Iterable[Item]) -> str:
    """Format a list of items, whatever the values hold.

    What a structured field cannot say is brought into its range: numbers are cut to 15
    digits, characters outside ASCII become question marks.
    """
    return ", ".join(_bare(item.value) + _suffix(item.params) for item in items)


def _suffix(params: Mapping[str, BareItem]) -> str:
    return "".join(
        f";{name}" if value is True else f";{name}={_bare(value)}" for name, value in params.items()
    )


def _bare(value: BareItem) -> str:
    match value:
        case bool():
            return "?1" if value else "?0"
        case int():
            return str(max(-LARGEST_INTEGER, min(value, LARGEST_INTEGER)))
        case float():
            return _decimal(value)
        case bytes():
            return f":{base64.b64encode(value).decode('ascii')}:"
        case Token() if re.fullmatch(_WORD, value):
            return value
    plain = _NOT_A_STRING.sub("?", value)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _decimal(value: float) -> str:
    # A comparison with NaN is false, so NaN ends as the smallest bound and not as a word.
    bounded = max(-999_999_999_999.0, min(value, 999_999_999_999.0))
    text = f"{bounded:.3f}".rstrip("0")
    return f"{text}0" if text.endswith(".") else text
