"""Webhooks, samples, recoveries and operational events as operators see them."""

from typing import Any

from failwell.console.api.delivery_view import attempt_view, payload_text
from failwell.console.api.moments import precise
from failwell.stores.endpoints import Endpoint, OperationalEvent
from failwell.stores.outbox import Recovery
from failwell.webhooks.filters import shown_filters
from failwell.webhooks.sample import Sample

__all__ = ["event_view", "recovery_view", "sample_view", "webhook_view"]


def webhook_view(endpoint: Endpoint) -> dict[str, Any]:
    """Show a webhook; its secrets are shown when they are made, and never again."""
    return {
        "id": endpoint.id,
        "api": endpoint.api,
        "tenant": endpoint.tenant,
        "url": endpoint.url,
        "events": endpoint.events,
        "filters": shown_filters(endpoint.filters),
        "schedule": endpoint.schedule,
        "enabled": endpoint.state != "disabled",
        "state": endpoint.state,
        "disabled_reason": endpoint.disabled_reason,
        "disabled_at": precise(endpoint.disabled_at),
        "paused_until": precise(endpoint.paused_until),
        "failing_since": precise(endpoint.failing_since),
        "failed_attempts": endpoint.failed_attempts,
        "failed_deliveries": endpoint.failed_deliveries,
        "last_success_at": precise(endpoint.last_success_at),
        "secrets": [{"expires_at": precise(each.expires_at)} for each in endpoint.secrets],
        "created_at": precise(endpoint.created_at),
        "updated_at": precise(endpoint.updated_at),
    }


def sample_view(sample: Sample) -> dict[str, Any]:
    """Show a sample and what it was answered with."""
    attempt, delivery = sample.attempt, sample.delivery
    return {
        "delivered": attempt.error is None,
        **attempt_view(attempt),
        "delivery_id": delivery.id,
        "payload": payload_text(delivery.body),
    }


def recovery_view(recovery: Recovery) -> dict[str, Any]:
    """Show how far a recovery is."""
    return {
        "id": recovery.id,
        "webhook_id": recovery.endpoint_id,
        "since": precise(recovery.since),
        "until": precise(recovery.until),
        "state": recovery.state,
        "total": recovery.total,
        "done": recovery.done,
        "created_at": precise(recovery.created_at),
    }


def event_view(event: OperationalEvent) -> dict[str, Any]:
    """Show what happened to a webhook."""
    return {
        "type": event.type,
        "at": precise(event.at),
        "endpoint_id": event.endpoint_id,
        "tenant": event.tenant,
        "data": dict(event.data),
    }
