"""What a webhook of Connix says: the members of its page, in the page's order, and no others."""

from collections.abc import Mapping
from typing import Any

from failwell.core.clock import timestamp
from failwell.webhooks.payload import SUMMARY, Event, render, summary_data

__all__ = ["PAYLOAD"]


def _body(event: Event) -> bytes:
    members = {
        "event": event.type,
        "timestamp": timestamp(event.at),
        "data": summary_data(event) if event.type == SUMMARY else _data(event),
    }
    # Nobody shall take a sample for an incident.
    return render(members | ({"test": True} if event.test else {}))


def _data(event: Event) -> Mapping[str, Any]:
    return {
        "error": {
            "code": event.code,
            "message": event.message,
            "severity": event.severity,
            "affected_resources": event.affected,
        },
        "user_id": event.user_id,
        "request_id": event.request_id,
    }


PAYLOAD = _body
"""Writes the body of an event; a `failwell.webhooks.payload.Payload`."""
