"""Wire responses: status, header fields and bytes, with no framework in them."""

import re
from collections.abc import Iterable, Mapping
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
    "lower_headers",
    "slot_value",
    "write_headers",
]

Headers = tuple[tuple[str, str], ...]
"""Header fields in order."""

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


def field_text(value: Any) -> str:
    """Write a value as a field value: visible ASCII only (RFC 9110, 5.5), bounded."""
    return _FORBIDDEN.sub("?", plain_text(value)[:_LONGEST_FIELD]).strip()


def write_headers(templates: Iterable[HeaderTemplate], fault: Fault) -> list[tuple[str, str]]:
    """Write the header fields whose slots are set.

    Args:
        templates: Header templates of the contract and of the code.
        fault: The finished fault.
    """
    written = []
    for template in templates:
        value = _value(template.value, fault)
        if value is not None:
            written.append((template.name, field_text(value)))
    return written


def _value(template: Slot | Text, fault: Fault) -> Any:
    if isinstance(template, Text):
        return template.fill(lambda name: slot_value(name, fault))
    raw = slot_value(template.name, fault)
    if raw is None:
        raw = template.default
    if raw is None or isinstance(raw, list | tuple) or template.codec.direct:
        return raw
    return template.codec.encode(raw)


def slot_value(name: str, fault: Fault) -> Any:
    """Read a head slot of a fault: an attribute, or one of its params."""
    match name:
        case "request_id":
            return fault.request_id
        case "code":
            return fault.code
        case "message":
            return fault.message
        case "detail":
            return fault.detail
        case "timestamp":
            return fault.timestamp
        case "retry_after":
            return fault.retry_after
        case _:
            return fault.params.get(name)


def lower_headers(headers: Any) -> Mapping[str, str]:
    """Read header fields, given as a mapping or as pairs of text or bytes, by lower-case name.

    Repeated fields are joined with a comma (RFC 9110, 5.3).
    """
    pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
    found: dict[str, str] = {}
    for name, value in pairs:
        key = _text(name).lower()
        found[key] = f"{found[key]}, {_text(value)}" if key in found else _text(value)
    return found


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
