"""Reading header fields: request id, waits and limits join what the body said."""

from collections.abc import Mapping
from typing import Any

import msgspec

from failwell.core.codec import CodecError
from failwell.core.encode import ATTRIBUTES
from failwell.core.fault import Fault
from failwell.core.header_fields import parse_http_date, parse_retry_after
from failwell.core.match import Match, bind
from failwell.core.reading import Reading
from failwell.core.shape import Shape
from failwell.core.template import Slot
from failwell.core.wire import HeaderTemplate

__all__ = ["check_media", "header_wait", "read_headers"]


def check_media(reading: Reading, fields: Mapping[str, str], found: Match) -> None:
    """Compare the media type of an answer with the contract's."""
    media = fields.get("content-type", "")
    essence, _, parameters = media.partition(";")
    if essence.strip().lower() != reading.media:
        found.deviate("media", "header:Content-Type", reading.media, media)
    elif "charset" in parameters.lower() and "utf-8" not in parameters.lower():
        found.deviate("media", "header:Content-Type", "charset utf-8", media)


def read_headers(
    reading: Reading,
    shape: Shape | None,
    fault: Fault,
    fields: Mapping[str, str],
    found: Match,
) -> Fault:
    """Join the header fields of an answer to its fault.

    Args:
        reading: The compiled contract.
        shape: The code, where it is known.
        fault: What the body said.
        fields: Header fields by lower-case name.
        found: Takes the deviations.
    """
    slots: dict[str, Any] = {
        **fault.params,
        **{k: v for k in ATTRIBUTES if (v := getattr(fault, k)) is not None},
    }
    for template in reading.headers if shape is None else shape.headers:
        _read_header(template, fields, slots, found)
    waits = [w for w in (fault.retry_after, header_wait(fields)) if w is not None]
    return msgspec.structs.replace(
        fault,
        params={k: v for k, v in slots.items() if k not in ATTRIBUTES},
        request_id=slots.get("request_id"),
        retry_after=max(waits, default=None),
    )


def _read_header(
    template: HeaderTemplate, fields: Mapping[str, str], slots: dict[str, Any], found: Match
) -> None:
    raw, at = fields.get(template.name.lower()), f"header:{template.name}"
    if raw is None:
        if not template.optional:
            found.deviate("missing", at, "a header field", None)
        return
    if not isinstance(template.value, Slot):
        return
    try:
        value = _header_value(template.value, raw)
    except CodecError as error:
        found.deviate("type", at, str(error), raw)
        return
    bind(template.value.name, value, at, slots, found)


def _header_value(slot: Slot, raw: str) -> Any:
    kind = slot.codec.schema.get("type")
    if kind == "array":
        # Empty elements of a list mean nothing (RFC 9110, 5.6.1).
        return [word for each in raw.split(",") if (word := each.strip())]
    if slot.codec.name == "delay":
        wait = parse_retry_after(raw, now=0.0)
        if wait is None:
            raise CodecError("seconds to wait, or an HTTP date")
        return slot.codec.decode(raw) if raw.isdigit() else wait
    if kind in ("integer", "number"):
        try:
            return slot.codec.decode(int(raw) if kind == "integer" else float(raw))
        except ValueError:
            raise CodecError("a number") from None
    return slot.codec.decode(raw)


def header_wait(fields: Mapping[str, str]) -> float | None:
    """Read ``Retry-After`` as seconds; a date counts from the answer's own ``Date``.

    Args:
        fields: Header fields by lower-case name.
    """
    raw = fields.get("retry-after")
    if raw is None:
        return None
    if raw.isdigit():
        return parse_retry_after(raw, now=0.0)
    sent = parse_http_date(fields.get("date"), now=0.0)
    if sent is None and parse_http_date(raw, now=0.0) is not None:
        return None
    return parse_retry_after(raw, now=sent or 0.0)
