"""Taking what is due from the outbox, fairly among endpoints.

Each endpoint has a queue of its own, the part of one index that names it: however much waits
for one that hangs, finding what is due for the others costs the same.
"""

import contextlib
import heapq
import itertools
import operator
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import DBAPICursor

from failwell.stores.delivery_rows import lease_deliveries
from failwell.stores.driver import gathered, listed, rows_of
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
    {}
"""
_HEADS = _HEADS.format(gathered("id, state, head", "heads WHERE head <= ?"))

# Counted here and not there: asked to group, SQLite would read all deliveries in that order.
_LEASED = gathered("endpoint_id", "webhook_deliveries WHERE leased_until > ?")

_DUE = """
    SELECT json_group_array(json((
        SELECT json_group_array(json_array(next_at, seq)) FROM (
            SELECT next_at, seq FROM webhook_deliveries
            WHERE endpoint_id = queue.value AND state = 'pending' AND next_at <= ?
            AND (leased_until IS NULL OR leased_until <= ?) ORDER BY next_at, seq LIMIT ?
        )
    ))) FROM json_each(?) AS queue
"""
_QUEUES_AT_ONCE = 16

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
    # The driver's own cursor: a dozen small questions, in which SQLAlchemy would be most of it.
    cursor = connection.connection.cursor()
    with contextlib.closing(cursor):
        queues = _queues(cursor, now, cap)
        taken = list(itertools.islice(_oldest(cursor, queues, now=now, limit=limit), limit))
        found = lease_deliveries(cursor, taken, worker, now + lease) if taken else {}
    return tuple(found[number] for number in taken)


def next_due(connection: Connection) -> float | None:
    """Tell when something becomes due, leases and throttles considered."""
    moment: float | None = connection.exec_driver_sql(_NEXT).scalar_one()
    return moment


def _queues(cursor: DBAPICursor, now: float, cap: int) -> list[_Queue]:
    leased = Counter(endpoint_id for (endpoint_id,) in rows_of(cursor, _LEASED, (now,)))
    queues = (
        _Queue(endpoint_id, (1 if state == "probing" else cap) - leased[endpoint_id], head)
        for endpoint_id, state, head in rows_of(cursor, _HEADS, (now, now))
    )
    return sorted((queue for queue in queues if queue.room > 0), key=operator.attrgetter("head"))


def _oldest(cursor: DBAPICursor, queues: list[_Queue], *, now: float, limit: int) -> Iterator[int]:
    """Merge the queues; they are read when their first rows may be the oldest that are left."""
    rows: list[tuple[float, int]] = []
    for begin in range(0, len(queues), _QUEUES_AT_ONCE):
        some = queues[begin : begin + _QUEUES_AT_ONCE]
        while rows and rows[0][0] < some[0].head:
            yield heapq.heappop(rows)[1]
        most = min(limit, max(queue.room for queue in some))
        names = listed([queue.endpoint_id for queue in some])
        for queue, due in zip(some, rows_of(cursor, _DUE, (now, now, most, names)), strict=True):
            for next_at, seq in due[: queue.room]:
                heapq.heappush(rows, (next_at, seq))
    while rows:
        yield heapq.heappop(rows)[1]
