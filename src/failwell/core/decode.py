"""Decoding: what came over the wire becomes a fault, and every deviation is listed.

Never raises. A body that fits its contract takes the quick way; anything else is held
against the contract thoroughly, so that a checker can say what is wrong and a client
still gets the best fault there is.
"""

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from failwell.core.check_entry import check_entry
from failwell.core.codec import kind_of, plain_text
from failwell.core.encode import ATTRIBUTES
from failwell.core.fault import Fault
from failwell.core.identify import identify
from failwell.core.match import Deviation, Match, match_body, shown
from failwell.core.read_headers import check_media, header_wait, read_headers
from failwell.core.reading import Decoded, Reading, views
from failwell.core.shape import Shape
from failwell.core.strict_json import JsonError
from failwell.core.strict_json import parse as parse_json
from failwell.core.template import Node
from failwell.core.wire import lower_headers

__all__ = ["decode"]

_FOREIGN_BYTES = 2048
_read = msgspec.json.Decoder().decode
_write = msgspec.json.Encoder().encode


def decode(reading: Reading, status: int | None, headers: Any, body: bytes) -> Decoded:
    """Read one answer.

    Args:
        reading: The compiled contract.
        status: The status line; ``None`` when unknown.
        headers: Header fields as a mapping or pairs; ``None`` when unknown.
        body: The bytes of the body.
    """
    problems: tuple[Deviation, ...] = ()
    try:
        parsed = _read(body)
        # What encodes to the very same bytes cannot hide a repeated name or an odd number.
        exact = _write(parsed) == body
    except (ValueError, RecursionError):
        exact = False
    if not exact:
        parsed, problems = _parse(body)
    if not problems:
        shape = _named(reading, parsed)
        if (
            shape is not None
            and shape.quick is not None
            and (fault := shape.quick(parsed, status)) is not None
        ):
            if headers is None:
                return Decoded(fault=fault, entry=shape.entry)
            return _with_headers(reading, shape, fault, Match(), headers)
    return _thorough(reading, status, headers, body, parsed, problems)


def _named(reading: Reading, parsed: Any) -> Shape | None:
    if reading.code_path is None:
        return None
    try:
        for key in reading.code_path:
            parsed = parsed[key]
        return reading.shapes.get(parsed)
    except (KeyError, TypeError):
        return None


def _parse(body: bytes) -> tuple[Any, tuple[Deviation, ...]]:
    try:
        return parse_json(body), ()
    except JsonError as error:
        text = f"strict JSON ({error.reason} at position {error.position})"
        broken = Deviation("json", "", text, shown(body[:40]))
    try:
        return json.loads(body), (broken,)
    except (ValueError, RecursionError):
        return _NO_JSON, (broken,)


_NO_JSON = object()


def _thorough(
    reading: Reading,
    status: int | None,
    headers: Any,
    body: bytes,
    parsed: Any,
    problems: tuple[Deviation, ...],
) -> Decoded:
    if parsed is _NO_JSON:
        return _foreign(status, headers, body, problems)
    generic, emitted = _best(reading.envelopes, parsed, reading.closed)
    if generic.explained == 0:
        unlike = Deviation("envelope", "", "the envelope of the contract", kind_of(parsed))
        return _foreign(status, headers, body, (*problems, unlike, *generic.deviations))
    shape = identify(reading, generic, status)
    found = generic
    if shape is not None and emitted and not _has_namespace(generic, shape):
        # Only the envelope that is still emitted is narrowed by its codes.
        found = match_body(shape.node, parsed, closed=reading.closed)
    found.deviations[:0] = problems
    check_entry(reading, shape, found, status)
    fault = _fault(reading, shape, found, status)
    return _with_headers(reading, shape, fault, found, headers)


def _has_namespace(found: Match, shape: Shape) -> bool:
    return str(found.slots.get("code")).endswith(f"#{shape.entry.code}")


def _best(envelopes: Sequence[Node], parsed: Any, closed: bool) -> tuple[Match, bool]:
    """Find the envelope that fits best, and tell whether it is the one that is emitted."""
    matches = [match_body(envelope, parsed, closed=closed) for envelope in envelopes]
    best = max(matches, key=lambda match: (-match.errors, match.explained))
    return best, best is matches[0]


def _foreign(
    status: int | None, headers: Any, body: bytes, problems: tuple[Deviation, ...]
) -> Decoded:
    fields = lower_headers(headers)
    fault = Fault(status=status, retry_after=header_wait(fields))
    return Decoded(fault=fault, entry=None, deviations=problems, foreign=body[:_FOREIGN_BYTES])


def _fault(reading: Reading, shape: Shape | None, found: Match, status: int | None) -> Fault:
    seen = views(reading, found)
    code = seen.get("code") if shape is None else shape.entry.code
    wait = found.slots.get("retry_after")
    if status is None and shape is not None:
        status = shape.entry.wire_status
    return Fault(
        situation=shape.situation if shape is not None else None,
        code=plain_text(code) if isinstance(code, str | int) else None,
        status=status,
        message=seen.get("message"),
        detail=found.slots.get("detail"),
        params={k: v for k, v in found.slots.items() if k not in ATTRIBUTES},
        violations=None if found.violations is None else tuple(found.violations),
        retry_after=float(wait) if isinstance(wait, int | float) else None,
        request_id=found.slots.get("request_id"),
        timestamp=found.slots.get("timestamp"),
        severity=None if shape is None else shape.severity,
    )


def _with_headers(
    reading: Reading, shape: Shape | None, fault: Fault, found: Match, headers: Any
) -> Decoded:
    if headers is not None:
        fields = lower_headers(headers)
        check_media(reading, fields, found)
        fault = read_headers(reading, shape, fault, fields, found)
    return Decoded(
        fault=fault,
        entry=None if shape is None else shape.entry,
        deviations=tuple(found.deviations),
        unknown=found.unknown,
    )
