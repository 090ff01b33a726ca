"""Errors in answers whose status says that all is well.

Some APIs fail with a 200: ``{"ok": false}``, GraphQL's ``errors`` beside ``data``, an
``<Error>`` of S3. And where an API speaks JSON, a page of HTML or half an object is no answer.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from failwell.core.contract import Contract
from failwell.core.foreign_body import body_kind
from failwell.core.generic_markup import xml_texts
from failwell.core.generic_reader import Guess, read_generic
from failwell.core.identify import fits_status
from failwell.core.match import match_body
from failwell.core.reading import Decoded
from failwell.core.template import Each, Node, Object
from failwell.core.wire import lower_headers

__all__ = ["declared_fault", "fault_in_success"]

_START = 1024
_XML_ERRORS = ("<Error>", "<Error ", "<ErrorResponse", "<Response><Errors>")
_parse = msgspec.json.Decoder().decode


def fault_in_success(
    contract: Contract | None, status: int, headers: Any, body: bytes
) -> Decoded | Guess | None:
    """Find the error in an answer whose status is none; ``None`` when the answer is well.

    Args:
        contract: The contract of the API, if known. Without one only an ``<Error>`` in XML is
            an error: JSON of an unknown API may mean anything.
        status: The status line.
        headers: Header fields as a mapping or pairs.
        body: The whole body; an empty one is well.
    """
    if not body:
        return None
    if contract is not None and (decoded := declared_fault(contract, status, headers, body)):
        return decoded
    fields = lower_headers(headers)
    if _is_xml_error(body) or (contract is not None and _is_no_json(contract, fields, body)):
        return read_generic(status, fields, body)
    return None


def declared_fault(contract: Contract, status: int, headers: Any, body: bytes) -> Decoded | None:
    """Read an answer whose status the contract counts as a possible error (``applies``).

    Args:
        contract: The contract of the API.
        status: The status line.
        headers: Header fields as a mapping or pairs.
        body: The whole body.

    Returns:
        What it says, ``None`` when it follows no envelope of the contract: then it is a success.
    """
    if not fits_status(status, contract.declared.applies):
        return None
    envelopes = [each for each in contract.reading.envelopes if _may_be(each, body)]
    if not envelopes:
        return None
    try:
        parsed = _parse(body)
    except (ValueError, RecursionError):
        return None
    if not any(_says_error(each, parsed) for each in envelopes):
        return None
    return contract.decode(status, headers, body)


def _may_be(envelope: Node, body: bytes) -> bool:
    # Looking for the names of the members is far cheaper than parsing every success.
    if not isinstance(envelope, Object):
        return True
    names = (member.key for member in envelope.members if not member.optional)
    return all(f'"{name}"'.encode() in body for name in names)


def _says_error(envelope: Node, parsed: Any) -> bool:
    found = match_body(envelope, parsed)
    if not found.explained or any(d.level == "error" for d in found.deviations):
        return False
    # A list of errors that is empty says that there was none.
    return bool(found.violations) or not _needs_items(envelope)


def _needs_items(envelope: Node) -> bool:
    if not isinstance(envelope, Object):
        return isinstance(envelope, Each)
    return any(not each.optional and isinstance(each.node, Each) for each in envelope.members)


def _is_xml_error(body: bytes) -> bool:
    start = body[:_START].lstrip()
    if not start.startswith(b"<"):
        return False
    text = start.decode("utf-8", "replace")
    head = text[text.find("?>") + 2 :].lstrip() if text.startswith("<?xml") else text
    return head.startswith(_XML_ERRORS) and bool(xml_texts(body.decode("utf-8", "replace")))


def _is_no_json(contract: Contract, fields: Mapping[str, str], body: bytes) -> bool:
    if "json" not in contract.media:
        return False
    media = fields.get("content-type", "")
    if body_kind(body[:_START].decode("utf-8", "replace"), media) == "html":
        return True
    return "json" in media and _stops_early(body)


def _stops_early(body: bytes) -> bool:
    """Tell whether JSON that begins as an object or list does not end as one."""
    text = body.strip(b" \t\r\n")
    if text[:1] not in (b"{", b"["):
        return False
    if text[-1:] == (b"}" if text[:1] == b"{" else b"]"):
        return False
    try:
        _parse(text)
    except (ValueError, RecursionError):
        return True
    return False
