"""What the rate limits of endpoints left untold, in ``failwell.db``."""

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import Connection, bindparam, delete, select, update

from failwell.stores.database import Database
from failwell.stores.delivery_rows import add_deliveries
from failwell.stores.fault_tables import flood_counts
from failwell.stores.outbox import NewDelivery

__all__ = ["SqlFloodStore"]

_Row = tuple[str, int, str, int]
_SAME = (
    (flood_counts.c.endpoint_id == bindparam("endpoint"))
    & (flood_counts.c.window == bindparam("began"))
    & (flood_counts.c.code == bindparam("told"))
)


class SqlFloodStore:
    """Counts of events beyond the rate limit of an endpoint; see `FloodStore`.

    Args:
        database: The file.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def closed(
        self, *, before: int, limit: int = 1000
    ) -> tuple[tuple[str, int, str, int], ...]:
        """List rows of windows that began before a moment, by endpoint and window.

        A window is given as a whole or, when it is beyond the limit, not at all; the first
        one always is.
        """
        return await self._database.read(lambda connection: _closed(connection, before, limit))

    async def told(
        self, deliveries: Sequence[NewDelivery], rows: Sequence[tuple[str, int, str, int]]
    ) -> None:
        """Enqueue what tells of some rows, and take their counts off, in one transaction.

        What was counted after `closed` gave the rows stays for the next time.
        """
        await self._database.write(lambda connection: _told(connection, deliveries, rows))


def _closed(connection: Connection, before: int, limit: int) -> tuple[_Row, ...]:
    query = (
        select(flood_counts)
        .where(flood_counts.c.window < before)
        .order_by(flood_counts.c.endpoint_id, flood_counts.c.window, flood_counts.c["count"].desc())
    )
    rows: list[_Row] = []
    found = connection.execute(query)
    for _, window in groupby(found, key=lambda row: row[:2]):
        whole = [(row[0], row[1], row[2], row[3]) for row in window]
        if rows and len(rows) + len(whole) > limit:
            break
        rows += whole
    found.close()
    return tuple(rows)


def _told(connection: Connection, deliveries: Sequence[NewDelivery], rows: Sequence[_Row]) -> None:
    add_deliveries(connection, deliveries)
    if not rows:
        return
    keys = [{"endpoint": e, "began": w, "told": c, "number": n} for e, w, c, n in rows]
    left = flood_counts.c["count"] - bindparam("number")
    connection.execute(update(flood_counts).where(_SAME).values(count=left), keys)
    connection.execute(delete(flood_counts).where(flood_counts.c["count"] <= 0))
