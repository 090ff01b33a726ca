"""Endpoints, deliveries and outcomes as the tests of the stores need them."""

import itertools

from failwell.stores.endpoints import Endpoint, EndpointSecret
from failwell.stores.outbox import Attempt, Delivery, NewDelivery, Outcome

NOW = 3000.0

_numbers = itertools.count(1)


def make_endpoint(name: str = "one", **changes: object) -> Endpoint:
    """An active endpoint of an organization of Connix."""
    fields: dict[str, object] = {
        "id": f"whk_{name}",
        "api": "connix",
        "tenant": "org_1",
        "url": f"https://example.com/{name}",
        "events": ("error.occurred",),
        "filters": {"severity": ("high", "critical")},
        "secrets": (EndpointSecret(sealed="v1:sealed"),),
        "created_at": 1000.0,
        "updated_at": 1000.0,
    }
    return Endpoint(**fields | changes)


def make_delivery(endpoint: str = "one", **changes: object) -> NewDelivery:
    """A new delivery of an event of its own."""
    number = next(_numbers)
    fields: dict[str, object] = {
        "id": f"dlv_{number:016x}",
        "event_id": f"msg_{number}",
        "endpoint_id": f"whk_{endpoint}",
        "api": "connix",
        "tenant": "org_1",
        "event_type": "error.occurred",
        "body": b'{"event":"error.occurred"}',
        "created_at": 2000.0,
    }
    return NewDelivery(**fields | changes)


def make_outcome(delivery: Delivery, state: str = "delivered", **changes: object) -> Outcome:
    """What became of a claimed delivery: it was delivered, or failed with a timeout."""
    failed = state not in ("delivered", "refused")
    attempt = Attempt(
        delivery_id=delivery.id,
        number=delivery.attempts + 1,
        at=float(changes.pop("at", 3000.0)),
        seconds=0.25,
        url="https://example.com/one",
        request_headers=(("webhook-id", delivery.event_id), ("webhook-signature", "v1,abc")),
        status=None if failed else 200,
        response_headers=() if failed else (("content-type", "text/plain"),),
        response_body=b"" if failed else b"fine \xff",
        error="timeout" if failed else None,
        worker=delivery.leased_by or "",
    )
    return Outcome(attempt=attempt, endpoint_id=delivery.endpoint_id, state=state, **changes)


async def claim(outbox, worker="w/1", *, now=NOW, limit=100, lease=60.0, cap=10):
    """Claim as a worker would."""
    return await outbox.claim(worker, now=now, limit=limit, lease=lease, cap=cap)


async def state_of(outbox, delivery):
    """The state a delivery is in now."""
    return (await outbox.get(delivery.id)).state


def plan_of(connection, statement):
    """How SQLite would answer a statement, line by line."""
    if not statement.strip().startswith(("SELECT", "UPDATE", "WITH")):
        return []
    return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()]
