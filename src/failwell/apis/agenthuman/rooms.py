"""Rooms: where a session takes place, opened at a provider over HTTP.

    POST {room_url}  {"session_id": "sess_...", "expires_at": "2024-01-15T16:20:00Z"}
      -> 200 or 201  {"url": "wss://..."}

Opening the room of a session again gives the room there is, or a new one.
"""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from failwell.core.clock import timestamp
from failwell.core.exceptions import UpstreamError
from failwell.outbound.local_host import LocalAnswer, LocalHost, LocalRequest
from failwell.outbound.upstream import Upstream

__all__ = ["Rooms"]

_NAME = "room provider"
_ADDRESS = re.compile(r"(wss?|https?)://[!-~]{1,2000}")
_MOST_ROOMS = 10_000


class Rooms(Upstream):
    """Opens rooms: at the operator's provider, or at the bundled one.

    Args:
        url: Where rooms are opened; ``None`` starts the bundled provider.
        deadline: Seconds for an answer.
        allow: Private networks that may be called besides the provider's own address.
    """

    def __init__(self, url: str | None, *, deadline: float, allow: Iterable[str] = ()) -> None:
        bundled = _BundledProvider()
        super().__init__(_NAME, url=url, local=bundled.host, deadline=deadline, allow=allow)

    async def open(self, session_id: str, *, expires_at: float) -> str:
        """Open the room of a session and return its address.

        Args:
            session_id: The session.
            expires_at: When the room is no longer needed, in Unix seconds.

        Raises:
            UpstreamError: The provider cannot be reached, answers nonsense or takes too long.
        """
        response = await self.fetch(
            method="POST",
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            body=msgspec.json.encode(
                {"session_id": session_id, "expires_at": timestamp(expires_at)}
            ),
        )
        room = response.json() if response.status in (200, 201) else None
        address = room.get("url") if isinstance(room, dict) else None
        if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
            raise UpstreamError(upstream=_NAME)
        return address


class _Wish(msgspec.Struct, frozen=True):
    session_id: str


class _BundledProvider:
    """Remembers which rooms are open; it has an address for each, and no media behind it."""

    def __init__(self) -> None:
        self.host = LocalHost(self._answer)
        self._rooms: dict[str, str] = {}

    async def _answer(self, request: LocalRequest) -> LocalAnswer:
        if request.method == "GET":
            return self._look_up(request.path.removeprefix("/rooms/"))
        try:
            wish = msgspec.json.decode(request.body, type=_Wish)
        except ValueError:
            return LocalAnswer(status=400, content={"error": "send JSON with a session_id"})
        return LocalAnswer(status=201, content=self._open(wish.session_id))

    def _look_up(self, session_id: str) -> LocalAnswer:
        address = self._rooms.get(session_id)
        if address is None:
            return LocalAnswer(status=404, content={"error": "there is no such room"})
        return LocalAnswer(content={"url": address})

    def _open(self, session_id: str) -> dict[str, Any]:
        # The oldest goes first; nobody is in a room ten thousand rooms ago.
        if len(self._rooms) >= _MOST_ROOMS:
            del self._rooms[next(iter(self._rooms))]
        authority = self.host.url.removeprefix("http://")
        return {"url": self._rooms.setdefault(session_id, f"ws://{authority}/rooms/{session_id}")}
