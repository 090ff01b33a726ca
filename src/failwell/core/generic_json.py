"""JSON errors of no known contract: the best code, sentence, id and wait that are in them."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from failwell.core.codec import plain_text
from failwell.core.fault import Violation
from failwell.core.generic_hints import cost_wait, request_id_in, typed_details, wait_in
from failwell.core.generic_violations import is_tree, tree_violations, violations_in
from failwell.core.harmless import harmless

__all__ = ["Found", "bare_code", "read_json"]

_CODES = (
    "code",
    "error_code",
    "errorCode",
    "errcode",
    "error_type",
    "errorType",
    "__type",
    "error",
    "type",
    "reason",
    "status",
    "statusCode",
    "name",
)
_SENTENCES = (
    "message",
    "Message",
    "error_description",
    "error_message",
    "errorMessage",
    "detail",
    "msg",
    "errorSummary",
    "description",
    "title",
    "reason",
    "error",
    "errors",
    "details",
)
_HEADS = ("error", "fault", "Error", "Fault", "exception", "err")
_LISTS = ("errors", "detail", "Errors", "error", "data")
_INNER = ("innerError", "innererror", "meta", "metadata", "extensions", "response_metadata")

_WORD = re.compile(r"[^\s]{1,200}")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|urn:|/", re.IGNORECASE)
_PHRASES = frozenset(
    {"Unauthorized", "Forbidden", "Conflict", "Gone", "Locked", "Error", "error", "fail"}
)
"""Single words that say no more than the status, or that it is an error at all."""

_LONGEST = 2000


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a JSON error gave."""

    code: str | None = None
    """The likeliest code."""

    message: str | None = None
    """The likeliest sentence."""

    violations: tuple[Violation, ...] | None = None
    """Rejected inputs."""

    request_id: str | None = None
    """Name of the exchange."""

    wait: float | None = None
    """Seconds to wait."""


def read_json(value: Any, status: int | None) -> Found:
    """Read a JSON value of any kind and shape.

    Args:
        value: Parsed JSON.
        status: The status line; a number that only repeats it is no code.
    """
    if isinstance(value, str):
        return Found(message=_sentence(value))
    heads = tuple(_heads(value))
    if not heads:
        return Found(message=_listed(value))
    violations = _first(heads, violations_in) or _whole_tree(value)
    first = violations[0] if violations else Violation()
    code = _first(heads, lambda head: _code(head, status)) or first.code
    message = _first(heads, _message) or first.detail
    return Found(
        code=code,
        message=message if message != code else None,
        violations=violations or None,
        request_id=_first(heads, request_id_in),
        wait=_first_number(heads),
    )


def _heads(value: Any) -> Iterator[Mapping[str, Any]]:
    """The objects that may speak for the whole, the likeliest first."""
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, dict):
        return
    for key in _HEADS:
        if isinstance(value.get(key), dict):
            yield value[key]
    yield value
    for key in _LISTS:
        items = value.get(key)
        if isinstance(items, list) and items and isinstance(items[0], dict):
            yield items[0]
    for key in _INNER:
        for head in (value, value.get("error"), _first_item(value.get("errors"))):
            if isinstance(head, dict) and isinstance(head.get(key), dict):
                yield head[key]


def _first_item(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else None


def _first(heads: tuple[Mapping[str, Any], ...], read: Callable[[Mapping[str, Any]], Any]) -> Any:
    return next((found for head in heads if (found := read(head))), None)


def _first_number(heads: tuple[Mapping[str, Any], ...]) -> float | None:
    waits = (wait_in(head) for head in heads)
    costs = (cost_wait(head) for head in heads)
    return next((wait for wait in (*waits, *costs) if wait is not None), None)


def _listed(value: Any) -> str | None:
    first = _first_item(value)
    return _sentence(first) if isinstance(first, str) else None


def _whole_tree(value: Any) -> tuple[Violation, ...]:
    # An object of nothing but names and lists of sentences is a form's answer (DRF).
    if isinstance(value, dict) and is_tree(value):
        return tuple(tree_violations(value))[:200]
    return ()


def _code(head: Mapping[str, Any], status: int | None) -> str | None:
    for item in typed_details(head):
        reason = item.get("reason")
        if str(item.get("@type")).endswith("ErrorInfo") and isinstance(reason, str):
            return bare_code(reason)
    for key in _CODES:
        value = head.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool):
            code = _plain_code(value, status)
            if code is not None:
                return code
    return None


def _plain_code(value: str | int, status: int | None) -> str | None:
    text = plain_text(value).strip()
    known = _WORD.fullmatch(text) is not None and text not in _PHRASES
    # A number that only repeats the status line says nothing, nor does a type left blank.
    if not known or text in (str(status), "about:blank", "0"):
        return None
    return bare_code(text) if text.isprintable() else None


def bare_code(text: str) -> str:
    """Give a code without the namespace and the address that AWS writes around it.

    Examples:
        >>> bare_code("com.amazon.coral.validate#ValidationException")
        'ValidationException'
        >>> bare_code("https://example.com/probs/out-of-credit")
        'https://example.com/probs/out-of-credit'
    """
    text = text.strip()
    if _ADDRESS.match(text):
        return text
    last = text.rpartition("#")[2]
    return last.partition(":")[0] or text


def _message(head: Mapping[str, Any]) -> str | None:
    for key in _SENTENCES:
        value = head.get(key)
        if isinstance(value, list):
            value = _first_item(value)
        if isinstance(value, str) and (sentence := _sentence(value)):
            return sentence
    return None


def _sentence(text: str) -> str | None:
    return str(harmless(text[:_LONGEST])).strip() or None
