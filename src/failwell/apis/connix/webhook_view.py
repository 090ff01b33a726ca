"""Webhooks, deliveries, attempts and recoveries as Connix shows them."""

from typing import Any

from failwell.core.clock import timestamp
from failwell.stores.endpoints import Endpoint
from failwell.stores.outbox import Attempt, Delivery, Recovery
from failwell.webhooks.filters import shown_filters
from failwell.webhooks.sample import Sample

__all__ = [
    "attempt_view",
    "delivery_view",
    "recovery_view",
    "sample_view",
    "webhook_view",
]


def webhook_view(endpoint: Endpoint) -> dict[str, Any]:
    """Show a webhook; its secrets are shown when they are made, and never again."""
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "events": list(endpoint.events),
        "filters": shown_filters(endpoint.filters),
        "enabled": endpoint.state != "disabled",
        "state": endpoint.state,
        "disabled_reason": endpoint.disabled_reason,
        "failing_since": timestamp(endpoint.failing_since),
        "last_success_at": timestamp(endpoint.last_success_at),
        "created_at": timestamp(endpoint.created_at),
    }


def delivery_view(delivery: Delivery) -> dict[str, Any]:
    """Show a delivery as it stands."""
    return {
        "id": delivery.id,
        "webhook_id": delivery.endpoint_id,
        "event_id": delivery.event_id,
        "event": delivery.event_type,
        "state": delivery.state,
        "test": delivery.test,
        "request_id": delivery.request_id,
        "code": delivery.code,
        "severity": delivery.severity,
        "attempts": delivery.attempts,
        "next_attempt_at": timestamp(delivery.next_at),
        "last_status": delivery.last_status,
        "last_error": delivery.last_error,
        "created_at": timestamp(delivery.created_at),
        "finished_at": timestamp(delivery.finished_at),
    }


def attempt_view(attempt: Attempt) -> dict[str, Any]:
    """Show an attempt; what a receiver answered may be any bytes."""
    return {
        "number": attempt.number,
        "at": timestamp(attempt.at),
        "seconds": round(attempt.seconds, 6),
        "url": attempt.url,
        "request_headers": attempt.request_headers,
        "status": attempt.status,
        "response_headers": attempt.response_headers,
        "response_body": attempt.response_body.decode("utf-8", "replace"),
        "error": attempt.error,
        "worker": attempt.worker,
    }


def sample_view(sample: Sample) -> dict[str, Any]:
    """Show a sample and what it was answered with."""
    attempt, delivery = sample.attempt, sample.delivery
    return {
        "delivered": attempt.error is None,
        **attempt_view(attempt),
        "delivery_id": delivery.id,
        "payload": delivery.body.decode("utf-8", "replace"),
    }


def recovery_view(recovery: Recovery) -> dict[str, Any]:
    """Show how far a recovery is."""
    return {
        "id": recovery.id,
        "webhook_id": recovery.endpoint_id,
        "since": timestamp(recovery.since),
        "until": timestamp(recovery.until),
        "state": recovery.state,
        "total": recovery.total,
        "done": recovery.done,
        "created_at": timestamp(recovery.created_at),
    }
