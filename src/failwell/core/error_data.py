"""Errors as data: a value that JSON can say, for logs and queues.

In the form of RFC 9457, with what its members cannot say under names of our own.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from failwell.core.fault import Fault, Violation
from failwell.core.fault_view import FaultView
from failwell.core.harmless import harmless

__all__ = ["error_data", "failed_items"]


def error_data(error: FaultView) -> dict[str, Any]:
    """Give everything an error knows as plain values; what is not known is left out."""
    return {name: value for name, value in _members(error) if value not in (None, [], {})}


def _members(error: FaultView) -> Iterator[tuple[str, Any]]:
    fault, history = error.fault, error.history
    entry, api = error.entry, error.api
    yield "type", "about:blank" if entry is None or entry.see is None else entry.see
    yield "title", harmless(fault.message or error.sentence)
    yield "status", fault.status
    yield "detail", harmless(fault.detail)
    yield "error", type(error).__name__
    yield "api", None if api is None else api.name
    yield "code", harmless(fault.code)
    yield "situation", None if fault.situation is None else fault.situation.value
    yield "params", _params(fault)
    yield "errors", [_violation(each) for each in error.violations]
    yield "request_id", harmless(fault.request_id)
    yield "timestamp", None if error.moment is None else error.moment.isoformat()
    yield "severity", fault.severity
    yield "outcome", error.outcome
    yield "retry", error.retry
    yield "retry_after", harmless(fault.retry_after)
    yield "call", None if history is None else harmless(msgspec.to_builtins(history))


def failed_items(fault: Fault) -> tuple[tuple[int, Fault], ...]:
    """Give the items of a partial failure, under ``items`` of its params: index and fault.

    Params of that name that an API has for itself are something else, and none of these.
    """
    items = fault.params.get("items")
    if not isinstance(items, list | tuple):
        return ()
    return tuple(each for each in items if _is_item(each))


def _is_item(item: Any) -> bool:
    return isinstance(item, tuple) and len(item) == 2 and isinstance(item[1], Fault)


def _params(fault: Fault) -> Any:
    failed = failed_items(fault)
    if not failed:
        return harmless(fault.params)
    # Faults of single items are values of ours, not of JSON.
    items = [{"index": i, "code": each.code, "message": each.message} for i, each in failed]
    return harmless({**fault.params, "items": items})


def _violation(violation: Violation) -> dict[str, Any]:
    at = violation.location
    members = {
        "code": violation.code,
        "detail": violation.detail,
        "part": None if at is None else at.part,
        "path": None if at is None else list(at.path),
        **violation.params,
    }
    return {name: harmless(value) for name, value in members.items() if value is not None}
