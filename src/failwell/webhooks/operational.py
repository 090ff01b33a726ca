"""Operational events: what operators should know about webhooks themselves.

They are stored and shown, never sent through a webhook: news of a broken pipe does not travel
through it. Of an address only what `safe_url` leaves is told, since paths and queries of
webhooks are often keys.
"""

from failwell.core.safe_address import safe_url
from failwell.stores.endpoints import Endpoint, OperationalEvent
from failwell.stores.outbox import Attempt, Delivery

__all__ = ["disabled", "enabled", "exhausted", "warned"]


def exhausted(
    delivery: Delivery, endpoint: Endpoint, attempt: Attempt, *, at: float
) -> OperationalEvent:
    """A delivery has had its last attempt."""
    return _event(endpoint, "delivery.exhausted", at, **_last(delivery, attempt))


def warned(
    endpoint: Endpoint, percentage: int, delivery: Delivery, attempt: Attempt, *, at: float
) -> OperationalEvent:
    """An endpoint is on its way to being disabled."""
    return _event(
        endpoint,
        "endpoint.warning",
        at,
        percentage=percentage,
        failing_since=endpoint.failing_since,
        failed_deliveries=endpoint.failed_deliveries,
        **_last(delivery, attempt),
    )


def disabled(
    endpoint: Endpoint,
    reason: str,
    *,
    at: float,
    delivery: Delivery | None = None,
    attempt: Attempt | None = None,
) -> OperationalEvent:
    """An endpoint was disabled: by its owner, by its receiver, or for failing."""
    last = _last(delivery, attempt) if delivery and attempt else {}
    return _event(endpoint, "endpoint.disabled", at, reason=reason, **last)


def enabled(endpoint: Endpoint, *, at: float, paused_until: float) -> OperationalEvent:
    """An endpoint was enabled again and is on probation."""
    return _event(endpoint, "endpoint.enabled", at, paused_until=paused_until)


def _event(endpoint: Endpoint, type_: str, at: float, **data: object) -> OperationalEvent:
    return OperationalEvent(
        at=at,
        type=type_,
        endpoint_id=endpoint.id,
        tenant=endpoint.tenant,
        data={"url": safe_url(endpoint.url), **data},
    )


def _last(delivery: Delivery, attempt: Attempt) -> dict[str, object]:
    """What a person looks at first: what was to be told, and what came back."""
    return {
        "event_type": delivery.event_type,
        "delivery_id": delivery.id,
        "attempts": attempt.number,
        "last_status": attempt.status,
        "last_error": attempt.error,
    }
