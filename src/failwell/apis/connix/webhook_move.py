"""Moving the webhooks of older versions to where all endpoints are.

They were rows of ``connix.db`` with readable secrets. Their ids and secrets stay what they are,
so receivers notice nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select

from failwell.apis.connix.tables import webhooks
from failwell.core.clock import Clock
from failwell.stores.database import Database
from failwell.stores.endpoints import Endpoint, EndpointSecret, EndpointStore
from failwell.webhooks.filters import stored_filters
from failwell.webhooks.secret import Sealer

__all__ = ["WebhookMove"]

_API = "connix"


class WebhookMove:
    """Moves what is left of them when the server starts; a companion of the API.

    Args:
        database: ``connix.db``.
        endpoints: Where they belong.
        sealer: Encrypts their secrets.
        clock: Where the time comes from.
    """

    def __init__(
        self, database: Database, endpoints: EndpointStore, *, sealer: Sealer, clock: Clock
    ) -> None:
        self._database = database
        self._endpoints = endpoints
        self._sealer = sealer
        self._clock = clock

    async def start(self) -> None:
        """Move every row; a process that is killed half-way goes on at its next start."""
        rows = await self._database.read(_rows)
        for row in rows:
            if await self._endpoints.get(row["id"]) is None:
                await self._endpoints.add(self._endpoint(row))
        if rows:
            # Only now: what is in neither file would be lost.
            ids = [row["id"] for row in rows]
            await self._database.write(lambda connection: _forget(connection, ids))

    async def close(self) -> None:
        """Do nothing: the move is over when the server has started."""

    def _endpoint(self, row: Mapping[str, Any]) -> Endpoint:
        sealed = self._sealer.seal(row["secret"], place=row["id"])
        return Endpoint(
            id=row["id"],
            api=_API,
            tenant=row["organization_id"],
            url=row["url"],
            events=tuple(row["events"]),
            filters=stored_filters(row["filters"]),
            secrets=(EndpointSecret(sealed=sealed),),
            shape=_API,
            created_at=row["created_at"],
            updated_at=self._clock.now(),
        )


def _rows(connection: Connection) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(select(webhooks)).mappings()]


def _forget(connection: Connection, ids: Sequence[str]) -> None:
    # Overwritten as well, where SQLite would not do so anyway: unlinked rows can be read.
    connection.exec_driver_sql("PRAGMA secure_delete = ON")
    for webhook_id in ids:
        connection.execute(delete(webhooks).where(webhooks.c.id == webhook_id))
