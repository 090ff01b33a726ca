"""Partial failures: answers for many items at once, some of which failed.

Told apart are a 207 with a status for each item, the bulk answers of Elasticsearch, batches
of Microsoft Graph, and the put-records answers of AWS.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from failwell.core.contract import Contract
from failwell.core.fault import Fault
from failwell.core.generic_reader import read_generic

__all__ = ["partial_fault"]

_LISTS = ("results", "responses", "items", "multistatus", "statuses", "data", "value")
_COUNTS = ("FailedRecordCount", "FailedPutCount", "FailedEntryCount")
_RECORDS = ("Records", "RequestResponses", "Entries")
_NO_STATUS = 500
_MOST = 10_000
_parse = msgspec.json.Decoder().decode
_write = msgspec.json.Encoder().encode


class _Item(msgspec.Struct, frozen=True):
    """One item that failed."""

    index: int
    status: int | None
    bodies: tuple[Any, ...]
    """Where its error may stand, the likeliest first."""


def partial_fault(status: int, body: bytes, contract: Contract | None = None) -> Fault | None:
    """Find the failed items of an answer; ``None`` when there are none.

    Args:
        status: The status line. A list of items with a status each counts only with a 207;
            the other forms are unmistakable.
        body: The whole body.
        contract: The contract by which the errors of items are read.

    Returns:
        A fault with the params ``items``, pairs of index and fault, and ``total``.
    """
    try:
        parsed = _parse(body)
    except (ValueError, RecursionError):
        return None
    total, failed = _failed(status, parsed)
    items = tuple((item.index, _fault(item, contract)) for item in failed[:_MOST])
    if not items:
        return None
    return Fault(
        code="partial_failure",
        status=status,
        message=f"{len(failed)} of {total} items failed",
        params={"items": items, "total": total},
        outcome="processed",
    )


def _failed(status: int, parsed: Any) -> tuple[int, list[_Item]]:
    if isinstance(parsed, dict):
        for members, read in _forms(status, parsed):
            return len(members), list(read(members))
    if status == 207 and isinstance(parsed, list):
        return len(parsed), list(_by_status(parsed))
    return 0, []


def _forms(status: int, parsed: Mapping[str, Any]) -> Iterator[tuple[list[Any], Any]]:
    items = parsed.get("items")
    if parsed.get("errors") is True and isinstance(items, list):
        yield items, _of_bulk
    if any(isinstance(n := parsed.get(key), int) and n > 0 for key in _COUNTS):
        yield from ((parsed[k], _of_records) for k in _RECORDS if isinstance(parsed.get(k), list))
    responses = parsed.get("responses")
    if isinstance(responses, list) and all(_is_response(each) for each in responses):
        yield responses, _by_status
    if status == 207:
        yield from ((parsed[k], _by_status) for k in _LISTS if isinstance(parsed.get(k), list))


def _is_response(item: Any) -> bool:
    return isinstance(item, dict) and {"id", "status"} <= item.keys()


def _of_bulk(items: list[Any]) -> Iterator[_Item]:
    """Elasticsearch: each item is an object with the name of its operation."""
    for index, item in enumerate(items):
        for done in item.values() if isinstance(item, dict) else ():
            if isinstance(done, dict) and done.get("error"):
                yield _Item(index, _number(done.get("status")), (done,))


def _of_records(items: list[Any]) -> Iterator[_Item]:
    """Kinesis and its kin: a record that failed has an error code."""
    for index, item in enumerate(items):
        if isinstance(item, dict) and item.get("ErrorCode"):
            said = {"code": item["ErrorCode"], "message": item.get("ErrorMessage")}
            yield _Item(index, None, (said,))


def _by_status(items: list[Any]) -> Iterator[_Item]:
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            continue
        status = _number(item.get("status", item.get("statusCode", item.get("code"))))
        if (status or 0) >= 400 or (status is None and item.get("error")):
            bodies = (item.get("body"), item, item.get("error"))
            yield _Item(index, status, tuple(each for each in bodies if each))


def _number(value: Any) -> int | None:
    """Read a status: 404, ``"404"`` or ``"HTTP/1.1 404 Not Found"``."""
    if isinstance(value, str):
        words = value.split()
        word = words[1] if len(words) > 1 and words[0].startswith("HTTP/") else value[:3]
        value = int(word) if word.isascii() and word.isdigit() else None
    return value if type(value) is int and 100 <= value <= 599 else None


def _fault(item: _Item, contract: Contract | None) -> Fault:
    written = [_write(each) for each in item.bodies]
    if contract is not None:
        for body in written:
            decoded = contract.decode(item.status, None, body)
            if decoded.entry is not None:
                return decoded.fault
    guess = read_generic(item.status or _NO_STATUS, {}, written[0])
    if item.status is not None:
        return guess.fault
    code = guess.fault.code if guess.coded else "item_failed"
    return msgspec.structs.replace(guess.fault, status=None, code=code)
