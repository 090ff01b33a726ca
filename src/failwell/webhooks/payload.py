"""Payloads: what a webhook says, and the exact bytes that say it.

A body is made once, when the event happens: every attempt sends and signs the same bytes.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from failwell.core.clock import timestamp
from failwell.core.fault import Severity
from failwell.core.harmless import harmless
from failwell.stores.endpoints import Endpoint
from failwell.stores.faults import FaultRecord
from failwell.stores.outbox import NewDelivery
from failwell.webhooks.sentences import sentence

__all__ = [
    "LARGEST",
    "OCCURRED",
    "STANDARD",
    "SUMMARY",
    "Event",
    "Payload",
    "event_id",
    "event_of",
    "new_delivery",
    "render",
    "sample_event",
    "standard",
    "summary_data",
    "summary_event",
]

LARGEST = 20_000
"""Bytes of a body; a larger one is cut (Standard Webhooks advises 20 KB)."""

OCCURRED = "error.occurred"
"""An API answered with an error."""

SUMMARY = "error.summary"
"""What stands for the errors of a minute that had too many of them to tell one by one."""

STANDARD = "standard"
"""The shape of bodies, for endpoints that have none of an API."""

_LONGEST_TEXT, _MOST_ITEMS, _LONGEST_NAME, _MOST_MEMBERS = 200, 10, 60, 20


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that endpoints are told."""

    id: str
    """Its name, ``msg_`` and hexadecimal digits: the same for every endpoint and attempt."""

    type: str
    """`OCCURRED` or `SUMMARY`."""

    at: float
    """When it happened, in Unix seconds."""

    api: str | None = None
    """The API it happened in."""

    route: str | None = None
    """The route template."""

    code: str | None = None
    """The error code."""

    status: int | None = None
    """The HTTP status."""

    severity: Severity | None = None
    """How much an operator should care."""

    message: str = ""
    """A sentence for operators, see `failwell.webhooks.sentences`."""

    affected: tuple[str, ...] = ()
    """Ids of what it is about."""

    user_id: str | None = None
    """The person behind the call."""

    request_id: str | None = None
    """The exchange."""

    test: bool = False
    """Whether it is a sample that somebody asked for."""

    since: float | None = None
    """Of a summary: when its window began."""

    until: float | None = None
    """Of a summary: when its window ended."""

    counts: tuple[tuple[str, int], ...] = ()
    """Of a summary: how many errors of each code it stands for, the most frequent first."""


Payload = Callable[[Event], bytes]
"""Turns an event into the body of its webhooks."""


def event_id(*words: str) -> str:
    """Derive the id of an event: from the same words always the same.

    A batch that is recorded again after a crash therefore tells nobody anything twice.
    """
    content = "\0".join(words).encode("utf-8", "surrogatepass")
    return f"msg_{hashlib.sha256(content).hexdigest()[:32]}"


def event_of(record: FaultRecord) -> Event:
    """Make the event that tells of a fault."""
    return Event(
        id=event_id(OCCURRED, record.api, record.request_id),
        type=OCCURRED,
        at=record.at,
        api=record.api,
        route=record.route,
        code=record.code,
        status=record.status,
        severity=record.severity,
        message=sentence(record),
        affected=record.affected,
        user_id=record.user_id,
        request_id=record.request_id,
    )


def summary_event(
    endpoint: Endpoint, *, since: float, until: float, counts: Mapping[str, int]
) -> Event:
    """Make the event that stands for what was beyond the rate limit of an endpoint.

    Args:
        endpoint: The endpoint.
        since: When the window began, in Unix seconds.
        until: When it ended.
        counts: Code -> how many errors were not told one by one.
    """
    return Event(
        id=f"msg_{secrets.token_hex(16)}",
        type=SUMMARY,
        at=until,
        api=endpoint.api,
        message="More errors than this endpoint is told one by one",
        since=since,
        until=until,
        counts=tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0]))),
    )


def sample_event(endpoint: Endpoint, *, now: float) -> Event:
    """Make an event that shows an endpoint what it will be told; nothing happened.

    Args:
        endpoint: The endpoint.
        now: Unix seconds.
    """
    return Event(
        id=f"msg_{secrets.token_hex(16)}",
        type=OCCURRED,
        at=now,
        api=endpoint.api,
        route="/sample",
        code="internal_error",
        status=500,
        severity="high",
        message="This is a test of your webhook",
        request_id=f"req_{secrets.token_hex(8)}",
        test=True,
    )


def standard(event: Event) -> bytes:
    """Write an event in the shape of endpoints that have none of an API."""
    data = summary_data(event) if event.type == SUMMARY else _occurred(event)
    members = {
        "type": event.type,
        "event": event.type,
        "timestamp": timestamp(event.at),
        "data": data,
    }
    return render(members | ({"test": True} if event.test else {}))


def _occurred(event: Event) -> Mapping[str, Any]:
    return {
        "error": {
            "code": event.code,
            "message": event.message,
            "severity": event.severity,
            "affected_resources": event.affected,
            "status": event.status,
            "api": event.api,
            "route": event.route,
        },
        "user_id": event.user_id,
        "request_id": event.request_id,
    }


def summary_data(event: Event) -> Mapping[str, Any]:
    """Give the ``data`` of a summary: the same in every shape, for no page has one."""
    return {
        "message": event.message,
        "api": event.api,
        "since": timestamp(event.since),
        "until": timestamp(event.until),
        "total": sum(count for _, count in event.counts),
        "counts": dict(event.counts),
    }


def render(members: Mapping[str, Any]) -> bytes:
    """Write a body: compact JSON in UTF-8, at most `LARGEST` bytes.

    A larger one keeps its members, with texts and lists cut, and ``"truncated": true`` at its
    end says so. What no JSON can say is replaced: an event is never lost for its text.

    Args:
        members: The members of the body, in order.
    """
    body = _encoded(members)
    if len(body) <= LARGEST:
        return body
    return _encoded({**_thin(members), "truncated": True})


def _encoded(members: Mapping[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(members)
    except (TypeError, ValueError):
        return msgspec.json.encode(harmless(members))


def _thin(value: Any) -> Any:
    match value:
        case str():
            return value[:_LONGEST_TEXT]
        case Mapping():
            kept = list(value.items())[:_MOST_MEMBERS]
            return {str(name)[:_LONGEST_NAME]: _thin(each) for name, each in kept}
        case list() | tuple():
            return [_thin(each) for each in value[:_MOST_ITEMS]]
        case _:
            return value


def new_delivery(
    event: Event,
    endpoint: Endpoint,
    *,
    payloads: Mapping[str, Payload],
    body: bytes | None = None,
) -> NewDelivery:
    """Make the delivery of an event to an endpoint.

    Args:
        event: What to tell.
        endpoint: Whom; for a disabled one the delivery is kept and not sent.
        payloads: Shape -> how bodies of it are written; `standard` is always known.
        body: The body, where it was written already.
    """
    return NewDelivery(
        id=f"dlv_{secrets.token_hex(8)}",
        event_id=event.id,
        endpoint_id=endpoint.id,
        api=event.api,
        tenant=endpoint.tenant,
        event_type=event.type,
        body=payloads.get(endpoint.shape, standard)(event) if body is None else body,
        created_at=event.at,
        request_id=event.request_id,
        code=event.code,
        status=event.status,
        severity=event.severity,
        route=event.route,
        state="skipped_disabled" if endpoint.state == "disabled" else "pending",
        test=event.test,
    )
