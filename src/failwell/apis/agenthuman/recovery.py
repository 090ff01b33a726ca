"""After a restart: sessions that run still have their workers, and get their rooms back.

Which sessions run is in the database, so nothing is counted anew. Only the rooms of the
bundled provider end with the process; the operator's own provider keeps its rooms.
"""

import logging

from failwell.apis.agenthuman.rooms import Rooms
from failwell.apis.agenthuman.session_rows import list_started, move_room
from failwell.core.clock import Clock
from failwell.core.exceptions import UpstreamError
from failwell.stores.database import Database

__all__ = ["Recovery"]

_log = logging.getLogger(__name__)


class Recovery:
    """Opens the rooms of running sessions again; started after `Rooms`.

    Args:
        database: ``agenthuman.db``.
        rooms: Opens rooms.
        bundled: Whether the rooms were lost with the last process.
        clock: Where the time comes from.
    """

    def __init__(self, database: Database, *, rooms: Rooms, bundled: bool, clock: Clock) -> None:
        self._database = database
        self._rooms = rooms
        self._bundled = bundled
        self._clock = clock

    async def start(self) -> None:
        """Open every room that is missing."""
        if not self._bundled:
            return
        now = self._clock.now()
        for row in await self._database.read(lambda connection: list_started(connection, now=now)):
            await self._reopen(row["id"], row["expires_at"])

    async def close(self) -> None:
        """Do nothing: rooms end with their provider."""

    async def _reopen(self, session_id: str, expires_at: float) -> None:
        try:
            room_url = await self._rooms.open(session_id, expires_at=expires_at)
        except UpstreamError:
            # One room that is lost is no reason not to serve the others.
            _log.warning("the room of a session could not be opened again", exc_info=True)
            return
        await self._database.write(lambda connection: move_room(connection, session_id, room_url))
