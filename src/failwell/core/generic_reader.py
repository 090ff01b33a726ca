"""Reading an error that follows no contract: the best fault there is in any answer.

Total: whatever the bytes are, there is a fault with the status, a code (``http_502`` where
the answer names none) and what else could be found. A client that cannot read an error
must still tell its caller which error it was.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from failwell.core.challenge import Challenge, parse_challenges
from failwell.core.fault import Fault
from failwell.core.foreign_body import NO_JSON, BodyKind, body_kind, body_text, lenient_json
from failwell.core.gateways import answered_by_gateway, header_request_id
from failwell.core.generic_json import Found, bare_code, read_json
from failwell.core.generic_markup import page_title, xml_texts
from failwell.core.harmless import harmless
from failwell.core.read_headers import header_wait
from failwell.core.wire import lower_headers

__all__ = ["Guess", "read_generic"]

_CODE_FIELDS = ("x-amzn-errortype", "x-ms-error-code", "x-amz-error-code", "x-amzn-query-error")
_LONGEST_MESSAGE = 1000
_NOTHING: Mapping[str, str] = {}


class Guess(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer that follows no contract seems to say."""

    fault: Fault
    """The fault; its code is ``http_502`` or the like where the answer names none."""

    gateway: bool
    """Whether something in front of the API answered, so that its words are not the API's."""

    coded: bool
    """Whether the answer itself named the code."""


def read_generic(status: int, headers: Any, body: bytes) -> Guess:
    """Read an answer of any shape. Never raises.

    Args:
        status: The status line.
        headers: Header fields as a mapping or pairs; ``None`` when unknown.
        body: The bytes of the body, decompressed, possibly cut off.

    Examples:
        >>> guess = read_generic(502, {}, b"<html><title>502 Bad Gateway</title>")
        >>> guess.fault.code, guess.fault.message, guess.gateway
        ('http_502', '502 Bad Gateway', True)
    """
    fields = lower_headers(headers)
    content_type = fields.get("content-type", "")
    text = body_text(body, content_type)
    kind = body_kind(text, content_type)
    found = _read(kind, text, status)
    challenge = _challenge(fields)
    code = found.code or challenge.get("error") or _header_code(fields)
    waits = [wait for wait in (found.wait, header_wait(fields)) if wait is not None]
    fault = Fault(
        code=code or f"http_{status}",
        status=status,
        message=found.message or challenge.get("error_description"),
        params={"scope": challenge["scope"]} if "scope" in challenge else {},
        violations=found.violations,
        retry_after=max(waits, default=None),
        request_id=found.request_id or header_request_id(fields),
    )
    gateway = code is None and answered_by_gateway(status, fields, kind, text)
    return Guess(fault=fault, gateway=gateway, coded=code is not None)


def _read(kind: BodyKind, text: str, status: int) -> Found:
    if kind == "json":
        value = lenient_json(text)
        if value is not NO_JSON:
            return read_json(value, status)
    if kind == "xml":
        return _read_xml(xml_texts(text))
    if kind == "html":
        return Found(message=page_title(text))
    return Found(message=_line(text))


def _line(text: str) -> str | None:
    return str(harmless(text.strip()[:_LONGEST_MESSAGE])) or None


def _read_xml(texts: Mapping[str, str]) -> Found:
    """Read the errors of S3, the query form of AWS, Azure storage, Twilio, and SOAP faults."""
    code = texts.get("code") or texts.get("faultcode")
    message = texts.get("message") or texts.get("faultstring")
    return Found(
        code=bare_code(code) if code and " " not in code else None,
        message=_line(message) if message else None,
        request_id=texts.get("requestid") or texts.get("request_id") or None,
    )


def _challenge(fields: Mapping[str, str]) -> Mapping[str, str]:
    """Parameters of the first challenge that says what went wrong (RFC 6750, 3)."""
    said: tuple[Challenge, ...] = parse_challenges(fields.get("www-authenticate", ""))
    return next((each.params for each in said if each.params.get("error")), _NOTHING)


def _header_code(fields: Mapping[str, str]) -> str | None:
    for name in _CODE_FIELDS:
        words = fields.get(name, "").partition(";")[0].strip()
        if words and " " not in words and len(words) <= 200:
            return bare_code(words)
    return None
