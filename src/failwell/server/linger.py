"""Closing a connection so that the caller can still read the answer (RFC 9112, 9.6).

A connection closed while the caller is sending is reset, and the reset can destroy an
answer that was not read yet. So the way out is closed first, and what still comes in is
thrown away for a while.
"""

import asyncio
from collections.abc import Callable
from typing import Any

__all__ = ["LAST_LINGER_SECONDS", "LINGER_BYTES", "LINGER_SECONDS", "LingeringTransport"]

LINGER_SECONDS = 10.0
"""Most time given to a caller for reading its answer and closing."""

LAST_LINGER_SECONDS = 1.0
"""The same when the server is ending: its end waits for no idle caller."""

LINGER_BYTES = 64 * 1_048_576
"""Most bytes thrown away meanwhile."""


class LingeringTransport(asyncio.Transport):
    """A transport whose ``close`` lingers.

    Args:
        transport: The transport of the connection.
        linger: Closes the connection gently.
    """

    def __init__(self, transport: asyncio.Transport, linger: Callable[[], None]) -> None:
        super().__init__()
        self._transport = transport
        self._linger = linger

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Tell about the connection."""
        return self._transport.get_extra_info(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write."""
        self._transport.write(data)

    def is_closing(self) -> bool:
        """Tell whether the connection is closing."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Close gently."""
        self._linger()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()
