"""The outbox in ``failwell.db``: what is claimed and settled in batches costs one commit each."""

from collections.abc import Mapping, Sequence
from functools import partial

from sqlalchemy import Column, ColumnElement, Connection, literal, or_, update

from failwell.stores.attempt_rows import list_attempts
from failwell.stores.claiming import claim, next_due
from failwell.stores.database import Database
from failwell.stores.delivery_rows import (
    add_deliveries,
    find_delivery,
    list_deliveries,
    unlease,
)
from failwell.stores.endpoints import Endpoint, OperationalEvent
from failwell.stores.endpoints_sql import SqlEndpointStore
from failwell.stores.outbox import (
    Attempt,
    Delivery,
    DeliveryQuery,
    NewDelivery,
    Outcome,
    Requeued,
)
from failwell.stores.outbox_tables import webhook_deliveries, webhook_endpoints
from failwell.stores.requeuing import log_sample, requeue
from failwell.stores.settling import settle
from failwell.stores.tidying import misplaced, realign

__all__ = ["SqlOutboxStore", "add_deliveries"]


class SqlOutboxStore:
    """The outbox in ``failwell.db``; implements `OutboxStore`.

    Args:
        database: ``failwell.db``.
        endpoints: The store of this process that is told what settling does to endpoints.
    """

    def __init__(self, database: Database, *, endpoints: SqlEndpointStore | None = None) -> None:
        self._database = database
        self._endpoints = endpoints

    async def enqueue(self, deliveries: Sequence[NewDelivery]) -> int:
        """Add deliveries that are not in it yet; returns how many were added.

        What comes for an endpoint that was disabled in the meantime is skipped, and what comes
        for one that is gone is cancelled: both can be read, neither is sent.
        """
        return await self._database.write(lambda connection: add_deliveries(connection, deliveries))

    async def claim(
        self, worker: str, *, now: float, limit: int, lease: float, cap: int
    ) -> tuple[Delivery, ...]:
        """Take due deliveries, oldest first, and lease them to a worker.

        Args:
            worker: Who takes them; a name of its own for each claim, so that an outcome tells
                which lease it belongs to. ``process/7`` is released with ``process``.
            now: The moment.
            limit: Most of them.
            lease: Seconds until others may take them over.
            cap: Most of one endpoint that are leased at once, those already leased included;
                a probing endpoint gets one. Endpoints that are disabled or throttled get none.
        """
        return await self._database.write(
            lambda connection: claim(connection, worker, now=now, limit=limit, lease=lease, cap=cap)
        )

    async def settle(
        self,
        outcomes: Sequence[Outcome],
        *,
        now: float,
        events: Sequence[OperationalEvent] = (),
    ) -> tuple[Endpoint, ...]:
        """Store what became of attempts, and what follows for their endpoints.

        Counts successes and failures of each endpoint, throttles it, disables it and parks what
        waits for it where an outcome says so; a success makes a probing one active. An outcome
        of a lease that was lost (the delivery is leased under another name than the attempt's
        worker, or not at all) only adds its attempt. A lease that ran out and was taken by
        nobody is not lost.

        Args:
            outcomes: What became of attempts.
            now: The moment.
            events: What operators should know of it, stored with it.

        Returns:
            The endpoints that were touched, as they stand now.
        """
        touched = await self._database.write(
            lambda connection: settle(connection, outcomes, now=now, events=events)
        )
        if self._endpoints is not None:
            self._endpoints.note(touched)
        return touched

    async def release(self, worker: str | None = None) -> int:
        """Void the leases of a worker and its claims, or of everybody; returns how many."""
        owner = webhook_deliveries.c.leased_by
        claims = "" if worker is None else f"{worker}/"
        which = (
            ()
            if worker is None
            else (or_(owner == worker, owner.startswith(claims, autoescape=True)),)
        )
        return await self._database.write(lambda connection: unlease(connection, *which))

    async def next_due(self, now: float) -> float | None:
        """Tell when the next pending delivery is due, leases and throttles considered."""
        return await self._database.read(next_due)

    async def get(self, delivery_id: str, *, tenant: str | None = None) -> Delivery | None:
        """Look one up, within a tenant if given."""
        found = await self._database.read(lambda connection: find_delivery(connection, delivery_id))
        return found if found is not None and tenant in (None, found.tenant) else None

    async def list(self, query: DeliveryQuery) -> tuple[Delivery, ...]:
        """List deliveries, newest first."""
        return await self._database.read(lambda connection: list_deliveries(connection, query))

    async def attempts(self, delivery_id: str) -> tuple[Attempt, ...]:
        """List the attempts of a delivery, first one first."""
        return await self._database.read(lambda connection: list_attempts(connection, delivery_id))

    async def requeue(self, delivery_id: str, *, now: float, force: bool = False) -> Requeued:
        """Send a delivery again from the start of its schedule, under the same event id.

        Args:
            delivery_id: The delivery.
            now: The moment.
            force: Also while an attempt is running, whose lease is lost then, or pending.
        """
        return await self._database.write(
            lambda connection: requeue(connection, delivery_id, now=now, force=force)
        )

    async def log_sample(self, delivery: NewDelivery, attempt: Attempt) -> None:
        """Store a sample that was sent on the spot, for reading; it counts for nothing."""
        await self._database.write(lambda connection: log_sample(connection, delivery, attempt))

    async def clamp(self, *, latest: float) -> int:
        """Bring moments that a clock set in the far future forward; returns how many."""

        def change(connection: Connection) -> int:
            deliveries, endpoints = webhook_deliveries.c, webhook_endpoints.c
            # Said in the words of its index: only what is pending has such a moment.
            pending = deliveries.state == literal("pending", literal_execute=True)
            return (
                _bring_forward(connection, deliveries.next_at, latest, pending)
                + _bring_forward(connection, deliveries.leased_until, latest)
                + _bring_forward(connection, endpoints.paused_until, latest)
            )

        return await self._database.write(change)

    async def tidy(self, *, now: float) -> int:
        """Bring a portion of what waits in line with where it is to go; returns how many.

        What waits for an endpoint that was disabled, enabled or deleted follows in portions.
        """
        return sum(
            [
                await self._database.write(partial(realign, endpoint_id=each, now=now))
                for each in await self._database.read(misplaced)
            ]
        )

    async def backlog(self, now: float) -> Mapping[str, tuple[int, float]]:
        """Tell for each endpoint how many are pending and since when the oldest is due."""
        query = (
            "SELECT endpoint_id, count(*), min(next_at) FROM webhook_deliveries "
            "WHERE state = 'pending' GROUP BY endpoint_id"
        )
        rows = await self._database.read(lambda connection: connection.exec_driver_sql(query).all())
        return {row[0]: (row[1], row[2]) for row in rows}

    async def trim(self, *, before: float, portion: int = 500) -> int:
        """Forget a portion of what ended before a moment; says how many deliveries went.

        Their attempts go with them, and so do operational events and recoveries of that age.
        """
        return await self._database.write(lambda connection: _trim(connection, before, portion))


def _bring_forward(
    connection: Connection,
    moment: Column[float | None],
    latest: float,
    *which: ColumnElement[bool],
) -> int:
    late = update(moment.table).where(moment > latest, *which)
    return connection.execute(late.values({moment: latest})).rowcount


def _trim(connection: Connection, before: float, portion: int) -> int:
    # The oldest have the lowest numbers. A bound on how many of them are looked at: what is
    # pending may stand in front, and to find that nothing is old must not take a whole reading.
    old = connection.exec_driver_sql(
        "SELECT seq FROM (SELECT seq, created_at, state FROM webhook_deliveries "
        "ORDER BY seq LIMIT 20000) AS oldest "
        "WHERE created_at < ? AND state <> 'pending' LIMIT ?",
        (before, portion),
    )
    numbers = [(row[0],) for row in old.all()]
    if numbers:
        connection.exec_driver_sql("DELETE FROM webhook_attempts WHERE delivery = ?", numbers)
        connection.exec_driver_sql("DELETE FROM webhook_deliveries WHERE seq = ?", numbers)
    connection.exec_driver_sql(
        "DELETE FROM webhook_events WHERE seq IN "
        "(SELECT seq FROM webhook_events WHERE at < ? ORDER BY seq LIMIT ?)",
        (before, portion),
    )
    connection.exec_driver_sql(
        "DELETE FROM webhook_recoveries WHERE state <> 'running' AND created_at < ?", (before,)
    )
    return len(numbers)
