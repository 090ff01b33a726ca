"""Sending a delivery again, and keeping one that was sent on the spot."""

from sqlalchemy import ColumnElement, Connection, select, update

from failwell.stores.attempt_rows import add_attempts, attempt_row
from failwell.stores.delivery_rows import add_deliveries, find_delivery
from failwell.stores.endpoint_rows import find_endpoint
from failwell.stores.outbox import Attempt, Delivery, NewDelivery, Requeued
from failwell.stores.outbox_tables import webhook_deliveries

__all__ = ["log_sample", "requeue", "restart"]

_deliveries = webhook_deliveries.c


def requeue(connection: Connection, delivery_id: str, *, now: float, force: bool) -> Requeued:
    """Send a delivery again where that may be done; see `OutboxStore.requeue`."""
    found = find_delivery(connection, delivery_id)
    endpoint = None if found is None else find_endpoint(connection, found.endpoint_id)
    if found is None or endpoint is None:
        return "gone"
    if endpoint.state == "disabled":
        return "disabled"
    if found.state == "pending" and not force:
        return "running" if _is_leased(found, now) else "pending"
    restart(connection, _deliveries.seq == found.seq, now)
    return "requeued"


def _is_leased(delivery: Delivery, now: float) -> bool:
    return delivery.leased_until is not None and delivery.leased_until > now


def restart(connection: Connection, which: ColumnElement[bool], now: float) -> None:
    """Let deliveries begin anew; their attempts go on counting."""
    begun = {"state": "pending", "tries": 0, "next_at": now}
    ended = {"finished_at": None, "leased_by": None, "leased_until": None}
    connection.execute(update(webhook_deliveries).where(which).values(**begun, **ended))


def log_sample(connection: Connection, delivery: NewDelivery, attempt: Attempt) -> None:
    """Store a sample that was sent already; see `OutboxStore.log_sample`."""
    add_deliveries(connection, (delivery,))
    own = _deliveries.id == delivery.id
    seq = connection.execute(select(_deliveries.seq).where(own)).scalar_one()
    add_attempts(connection, [attempt_row(seq, attempt.number, attempt)])
    connection.execute(
        update(webhook_deliveries)
        .where(own)
        .values(
            state=delivery.state,
            attempts=1,
            tries=1,
            finished_at=attempt.at + attempt.seconds,
            last_status=attempt.status,
            last_error=attempt.error,
        )
    )
