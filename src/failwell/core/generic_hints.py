"""Hints in JSON errors of no known contract: the name of the exchange, and the wait."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["cost_wait", "request_id_in", "typed_details", "wait_in"]

_IDS = (
    "request_id",
    "requestId",
    "request-id",
    "requestID",
    "RequestId",
    "requestid",
    "trace_id",
    "traceId",
    "correlation_id",
    "correlationId",
    "errorId",
    "trace",
)
_WAITS = (
    ("retry_after", 1.0),
    ("retryAfter", 1.0),
    ("retry-after", 1.0),
    ("retry_after_seconds", 1.0),
    ("retryAfterSeconds", 1.0),
    ("retry_after_ms", 0.001),
    ("retryAfterMs", 0.001),
    ("retryDelay", 1.0),
)
_SECONDS = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)s?")
_LONGEST_WAIT = 100_000_000.0
"""Seconds; a larger number is a moment and not a wait."""

_MOST_DETAILS = 100


def request_id_in(head: Mapping[str, Any]) -> str | None:
    """Find the name of the exchange in an error object."""
    for item in (head, *typed_details(head)):
        for key in _IDS:
            value = item.get(key)
            if isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable():
                return value
    return None


def wait_in(head: Mapping[str, Any]) -> float | None:
    """Find the seconds to wait in an error object."""
    for item in (head, *typed_details(head), *_below(head)):
        for key, unit in _WAITS:
            seconds = _seconds(item.get(key))
            if seconds is not None:
                return seconds * unit
    return None


def _seconds(value: Any) -> float | None:
    if isinstance(value, str):
        read = _SECONDS.fullmatch(value.strip())
        value = float(read[1]) if read is not None else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= _LONGEST_WAIT else None


def typed_details(head: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give the objects in the list of details, as Google's APIs write them."""
    details = head.get("details")
    if isinstance(details, list):
        yield from (each for each in details[:_MOST_DETAILS] if isinstance(each, dict))


def _below(head: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    details = head.get("details")
    if isinstance(details, dict):
        yield details


def cost_wait(extensions: Any) -> float | None:
    """Tell how long a bucket of query costs needs to fill up, as Shopify's GraphQL tells it.

    Args:
        extensions: The ``extensions`` of an answer.

    Examples:
        >>> status = {"currentlyAvailable": 100, "restoreRate": 50.0}
        >>> cost_wait({"cost": {"requestedQueryCost": 300, "throttleStatus": status}})
        4.0
    """
    cost = extensions.get("cost") if isinstance(extensions, dict) else None
    status = cost.get("throttleStatus") if isinstance(cost, dict) else None
    if not isinstance(cost, dict) or not isinstance(status, dict):
        return None
    told = (cost.get("requestedQueryCost"), status.get("currentlyAvailable"))
    needed, available, rate = (_seconds(each) for each in (*told, status.get("restoreRate")))
    if needed is None or available is None or not rate:
        return None
    return max(0.0, needed - available) / rate
