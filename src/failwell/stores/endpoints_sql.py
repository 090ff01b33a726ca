"""Endpoints in ``failwell.db``, and a picture of them in memory that every fault looks at."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, delete, select, update

from failwell.stores.database import Database
from failwell.stores.endpoint_rows import (
    add_endpoint,
    add_events,
    count_endpoints,
    find_endpoint,
    list_endpoints,
    store_endpoint,
)
from failwell.stores.endpoints import Endpoint, EndpointChanges, OperationalEvent
from failwell.stores.outbox_tables import (
    webhook_endpoints,
    webhook_events,
    webhook_recoveries,
)
from failwell.stores.tidying import realign

__all__ = ["SqlEndpointStore"]

_PASSING: Mapping[str, Any] = {
    "paused_until": None,
    "failing_since": None,
    "failed_attempts": 0,
    "failed_deliveries": 0,
    "warned": 0,
    "last_success_at": None,
}
"""What changes with every attempt and matters to nobody who matches."""


class SqlEndpointStore:
    """Endpoints in ``failwell.db``; implements `EndpointStore`.

    Args:
        database: ``failwell.db``.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, Endpoint] = {}
        self._picture: tuple[Endpoint, ...] = ()

    @property
    def known(self) -> tuple[Endpoint, ...]:
        """Every endpoint, as of the latest `reload` or change; read for each fault, never waits.

        The same tuple until there is something new about whom to tell what: how an endpoint is
        doing is only up to date in what `get` and `settle` return.
        """
        return self._picture

    async def reload(self) -> tuple[Endpoint, ...]:
        """Read them anew, for what other processes have changed."""
        found = await self.list()
        if [_lasting(each) for each in found] != [_lasting(each) for each in self._picture]:
            self._show({each.id: each for each in found})
        return found

    def note(self, endpoints: Iterable[Endpoint]) -> None:
        """Take over what a change elsewhere in this process has made of some of them."""
        changed = {
            each.id: each
            for each in endpoints
            if each.id in self._known and _lasting(each) != _lasting(self._known[each.id])
        }
        if changed:
            self._show(self._known | changed)

    async def add(self, endpoint: Endpoint, *, most: int | None = None) -> bool:
        """Store a new one; says no when its tenant has `most` already."""

        def change(connection: Connection) -> bool:
            owner = {"api": endpoint.api, "tenant": endpoint.tenant}
            if most is not None and count_endpoints(connection, **owner) >= most:
                return False
            add_endpoint(connection, endpoint)
            return True

        added = await self._database.write(change)
        if added:
            self._show(self._known | {endpoint.id: endpoint})
        return added

    async def get(
        self, endpoint_id: str, *, api: str | None = None, tenant: str | None = None
    ) -> Endpoint | None:
        """Look one up, within an API and a tenant if given."""
        found = await self._database.read(lambda connection: find_endpoint(connection, endpoint_id))
        if found is None or api not in (None, found.api) or tenant not in (None, found.tenant):
            return None
        return found

    async def list(
        self, *, api: str | None = None, tenant: str | None = None
    ) -> tuple[Endpoint, ...]:
        """List them, oldest first."""
        return await self._database.read(
            lambda connection: list_endpoints(connection, api=api, tenant=tenant)
        )

    async def update(self, endpoint_id: str, changes: EndpointChanges) -> Endpoint | None:
        """Change what is given; ``None`` when there is no such endpoint."""
        given = {
            name: value
            for name in EndpointChanges.__struct_fields__
            if (value := getattr(changes, name)) is not msgspec.UNSET
        }
        return await self._change(endpoint_id, given)

    async def remove(self, endpoint_id: str, *, now: float) -> bool:
        """Forget one and cancel what waits for it; its deliveries stay readable."""
        removed = await self._database.write(
            lambda connection: _remove(connection, endpoint_id, now)
        )
        self._show({key: each for key, each in self._known.items() if key != endpoint_id})
        return removed

    async def enable(self, endpoint_id: str, *, paused_until: float) -> Endpoint | None:
        """Make a disabled one probing and its parked deliveries pending again."""

        def change(connection: Connection) -> Endpoint | None:
            found = find_endpoint(connection, endpoint_id)
            if found is None or found.state != "disabled":
                return found
            kept = {"last_success_at": found.last_success_at, "paused_until": paused_until}
            enabled = replace(
                found,
                **{**_PASSING, **kept},
                state="probing",
                disabled_reason=None,
                disabled_at=None,
            )
            store_endpoint(connection, found, enabled)
            realign(connection, endpoint_id, now=paused_until)
            return enabled

        return self._noted(await self._database.write(change))

    async def disable(self, endpoint_id: str, *, reason: str, now: float) -> Endpoint | None:
        """Disable one, and park what waits for it."""

        def change(connection: Connection) -> Endpoint | None:
            found = find_endpoint(connection, endpoint_id)
            if found is None or found.state == "disabled":
                return found
            disabled = replace(found, state="disabled", disabled_reason=reason, disabled_at=now)
            store_endpoint(connection, found, disabled)
            realign(connection, endpoint_id, now=now)
            return disabled

        return self._noted(await self._database.write(change))

    async def tell(self, events: Sequence[OperationalEvent]) -> None:
        """Store operational events."""
        if events:
            await self._database.write(lambda connection: add_events(connection, events))

    async def told(
        self, *, endpoint_id: str | None = None, limit: int = 50
    ) -> tuple[OperationalEvent, ...]:
        """List operational events, newest first."""
        query = select(webhook_events).order_by(webhook_events.c.seq.desc()).limit(limit)
        if endpoint_id is not None:
            query = query.where(webhook_events.c.endpoint_id == endpoint_id)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return tuple(OperationalEvent(**row._mapping) for row in rows)

    async def _change(self, endpoint_id: str, given: Mapping[str, Any]) -> Endpoint | None:
        def change(connection: Connection) -> Endpoint | None:
            found = find_endpoint(connection, endpoint_id)
            if found is None:
                return None
            changed = replace(found, **given)
            store_endpoint(connection, found, changed)
            return changed

        return self._noted(await self._database.write(change))

    def _show(self, known: dict[str, Endpoint]) -> None:
        self._known, self._picture = known, tuple(known.values())

    def _noted(self, endpoint: Endpoint | None) -> Endpoint | None:
        if endpoint is not None:
            self.note((endpoint,))
        return endpoint


def _lasting(endpoint: Endpoint) -> Endpoint:
    return replace(endpoint, **_PASSING)


def _remove(connection: Connection, endpoint_id: str, now: float) -> bool:
    own = webhook_endpoints.c.id == endpoint_id
    gone = connection.execute(delete(webhook_endpoints).where(own))
    realign(connection, endpoint_id, now=now)
    recoveries = webhook_recoveries.c
    connection.execute(
        update(webhook_recoveries)
        .where(recoveries.endpoint_id == endpoint_id, recoveries.state == "running")
        .values(state="cancelled")
    )
    return gone.rowcount > 0
