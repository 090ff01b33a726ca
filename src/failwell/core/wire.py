"""Wire responses: status, header fields and bytes, with no framework in them."""

import re
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any

import msgspec

from failwell.core.codec import plain_text
from failwell.core.fault import Fault
from failwell.core.template import Slot
from failwell.core.text import Text

__all__ = [
    "HeaderTemplate",
    "Headers",
    "WireResponse",
    "field_text",
    "header_template",
    "lower_headers",
    "write_headers",
]

Headers = tuple[tuple[str, str], ...]
"""Header fields in order."""

_FIELDS = ("request_id", "code", "message", "detail", "timestamp", "retry_after")
_LONGEST_FIELD = 1024
_FORBIDDEN = re.compile(r"[^\x20-\x7e]")


class WireResponse(msgspec.Struct, frozen=True):
    """What goes over the wire."""

    status: int
    """HTTP status."""

    headers: Headers
    """Header fields in order."""

    body: bytes
    """The body."""


class HeaderTemplate(msgspec.Struct, frozen=True):
    """One header field of a contract."""

    name: str
    """Field name."""

    value: Slot | Text
    """Where its value comes from."""

    optional: bool
    """Whether it may be left out."""

    read: Callable[[Fault], Any]
    """Gives the value that a fault has for it; ``None`` leaves the field out."""


def header_template(name: str, value: Slot | Text, *, optional: bool) -> HeaderTemplate:
    """Make the template of one field.

    Args:
        name: Field name.
        value: Where its value comes from.
        optional: Whether it may be left out.
    """
    return HeaderTemplate(name, value, optional, _reader(value))


def _reader(value: Slot | Text) -> Callable[[Fault], Any]:
    if isinstance(value, Text):
        return lambda fault: value.fill(lambda name: _slot_reader(name)(fault))
    read = _slot_reader(value.name)
    if value.codec.direct and value.default is None:
        return read
    return _coded(read, value)


def _coded(read: Callable[[Fault], Any], slot: Slot) -> Callable[[Fault], Any]:
    encode, default, direct = slot.codec.encode, slot.default, bool(slot.codec.direct)

    def coded(fault: Fault) -> Any:
        raw = read(fault)
        if raw is None:
            raw = default
        if raw is None or direct or isinstance(raw, list | tuple):
            return raw
        return encode(raw)

    return coded


def _slot_reader(name: str) -> Callable[[Fault], Any]:
    if name in _FIELDS:
        return attrgetter(name)
    return lambda fault: fault.params.get(name)


def field_text(value: Any) -> str:
    """Write a value as a field value: visible ASCII only (RFC 9110, 5.5), bounded."""
    text = value if type(value) is str else plain_text(value)
    text = text[:_LONGEST_FIELD]
    if not (text.isascii() and text.isprintable()):
        text = _FORBIDDEN.sub("?", text)
    return text.strip()


def write_headers(templates: Iterable[HeaderTemplate], fault: Fault) -> list[tuple[str, str]]:
    """Write the header fields whose slots are set.

    Args:
        templates: Header templates of the contract and of the code.
        fault: The finished fault.
    """
    return [
        (template.name, field_text(value))
        for template in templates
        if (value := template.read(fault)) is not None
    ]


def lower_headers(headers: Any) -> Mapping[str, str]:
    """Read header fields, given as any mapping or as pairs of text or bytes, by lower-case name.

    Repeated fields are joined with a comma (RFC 9110, 5.3).
    """
    pairs = headers.items() if hasattr(headers, "items") else headers or ()
    found: dict[str, str] = {}
    for name, value in pairs:
        if type(name) is not str or type(value) is not str:
            name, value = _text(name), _text(value)
        key = name.lower()
        found[key] = f"{found[key]}, {value}" if key in found else value
    return found


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
