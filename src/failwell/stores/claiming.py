"""Taking what is due from the outbox, fairly among endpoints.

Each endpoint has a queue of its own, the part of one index that names it: however much waits
for one that hangs, finding what is due for the others costs the same.
"""

import heapq
import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection

from failwell.stores.delivery_rows import lease_deliveries
from failwell.stores.outbox import Delivery

__all__ = ["claim", "next_due"]

# Materialised, so that each head is looked up once.
_HEADS = """
    WITH heads AS MATERIALIZED (
        SELECT id, state, (
            SELECT next_at FROM webhook_deliveries
            WHERE endpoint_id = webhook_endpoints.id AND state = 'pending'
            ORDER BY next_at LIMIT 1
        ) AS head
        FROM webhook_endpoints
        WHERE state <> 'disabled' AND (paused_until IS NULL OR paused_until <= ?)
    )
    SELECT id, state, head FROM heads WHERE head <= ? ORDER BY head
"""

# Counted here and not there: asked to group, SQLite would read all deliveries in that order.
_LEASED = "SELECT endpoint_id FROM webhook_deliveries WHERE leased_until > ?"

_DUE = """
    SELECT next_at, seq FROM webhook_deliveries
    WHERE endpoint_id = ? AND state = 'pending' AND next_at <= ?
    AND (leased_until IS NULL OR leased_until <= ?) ORDER BY next_at, seq LIMIT ?
"""

_NEXT = """
    SELECT min(at) FROM (
        SELECT CASE WHEN paused_until > head THEN paused_until ELSE head END AS at FROM (
            SELECT paused_until, (
                SELECT next_at FROM webhook_deliveries
                WHERE endpoint_id = webhook_endpoints.id AND state = 'pending'
                AND leased_until IS NULL ORDER BY next_at LIMIT 1
            ) AS head
            FROM webhook_endpoints
            WHERE state = 'active' OR (state = 'probing' AND id NOT IN (
                SELECT endpoint_id FROM webhook_deliveries WHERE leased_until IS NOT NULL
            ))
        ) AS heads
        UNION ALL
        SELECT min(leased_until) FROM webhook_deliveries WHERE leased_until IS NOT NULL
    ) AS moments
"""


class _Queue(NamedTuple):
    """What waits for one endpoint."""

    endpoint_id: str

    room: int
    """How many of them may be taken."""

    head: float
    """When the first one is due, or was leased."""


def claim(
    connection: Connection, worker: str, *, now: float, limit: int, lease: float, cap: int
) -> tuple[Delivery, ...]:
    """Take due deliveries, oldest first, and lease them; see `OutboxStore.claim`."""
    queues = _queues(connection, now, cap)
    taken = list(itertools.islice(_oldest(connection, queues, now=now, limit=limit), limit))
    return lease_deliveries(connection, taken, worker, now + lease) if taken else ()


def next_due(connection: Connection) -> float | None:
    """Tell when something becomes due, leases and throttles considered."""
    moment: float | None = connection.exec_driver_sql(_NEXT).scalar_one()
    return moment


def _queues(connection: Connection, now: float, cap: int) -> list[_Queue]:
    leased = Counter(connection.exec_driver_sql(_LEASED, (now,)).scalars())
    heads = connection.exec_driver_sql(_HEADS, (now, now)).all()
    queues = (
        _Queue(endpoint_id, (1 if state == "probing" else cap) - leased[endpoint_id], head)
        for endpoint_id, state, head in heads
    )
    return [queue for queue in queues if queue.room > 0]


def _oldest(
    connection: Connection, queues: list[_Queue], *, now: float, limit: int
) -> Iterator[int]:
    """Merge the queues; one is read when its first row may be the oldest that is left."""
    # The driver itself: one short query for each endpoint that something is due for.
    driver: Any = connection.connection.dbapi_connection
    rows: list[tuple[float, int]] = []
    for queue in queues:
        while rows and rows[0][0] < queue.head:
            yield heapq.heappop(rows)[1]
        wanted = (queue.endpoint_id, now, now, min(queue.room, limit))
        for row in driver.execute(_DUE, wanted):
            heapq.heappush(rows, row)
    while rows:
        yield heapq.heappop(rows)[1]
