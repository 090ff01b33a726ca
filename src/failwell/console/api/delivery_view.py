"""Deliveries and attempts as operators see them."""

from typing import Any

from failwell.console.api.moments import precise
from failwell.stores.outbox import Attempt, Delivery

__all__ = ["attempt_view", "delivery_view", "payload_text"]


def delivery_view(delivery: Delivery) -> dict[str, Any]:
    """Show a delivery as it stands."""
    return {
        "id": delivery.id,
        "event_id": delivery.event_id,
        "endpoint_id": delivery.endpoint_id,
        "event": delivery.event_type,
        "api": delivery.api,
        "tenant": delivery.tenant,
        "state": delivery.state,
        "test": delivery.test,
        "request_id": delivery.request_id,
        "code": delivery.code,
        "status": delivery.status,
        "severity": delivery.severity,
        "route": delivery.route,
        "attempts": delivery.attempts,
        "next_attempt_at": precise(delivery.next_at),
        "last_status": delivery.last_status,
        "last_error": delivery.last_error,
        "created_at": precise(delivery.created_at),
        "finished_at": precise(delivery.finished_at),
    }


def attempt_view(attempt: Attempt) -> dict[str, Any]:
    """Show an attempt; what a receiver answered may be any bytes."""
    return {
        "number": attempt.number,
        "at": precise(attempt.at),
        "seconds": round(attempt.seconds, 6),
        "url": attempt.url,
        "request_headers": attempt.request_headers,
        "status": attempt.status,
        "response_headers": attempt.response_headers,
        "response_body": payload_text(attempt.response_body),
        "error": attempt.error,
        "worker": attempt.worker,
    }


def payload_text(body: bytes) -> str:
    """Show bytes of a body as text."""
    return body.decode("utf-8", "replace")
