"""Received: what an adapter gives of a response, the same for every library."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from typing import Any

import msgspec

__all__ = ["MOST", "Received", "acollected", "collected", "finish", "pairs"]

MOST = 262_144
"""Bytes of an error body that are read, after decompression."""


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A response as far as it matters for its error."""

    status: int
    """The status line."""

    headers: Any
    """Header fields, as a mapping or pairs."""

    body: bytes = b""
    """The body, decompressed, or what could be read of it."""

    method: str = ""
    """The request method, where the response knows it."""

    url: str = ""
    """The address that was asked for, as it was; never shown whole."""

    sent: tuple[tuple[str, str], ...] = ()
    """Header fields of the request: what is secret in them must not come back in an error."""

    truncated: bool = False
    """Whether the body ended early, by the line's fault or beyond our limit."""

    unread: bool = False
    """Whether there is a body that was not read."""


def collected(pieces: Callable[[], Iterable[bytes]]) -> tuple[bytes, bool]:
    """Read a body piece by piece, until it ends, breaks or is long enough.

    The status is known already, and nothing that breaks the body may hide it: whatever the
    library raises, what had come is kept.

    Args:
        pieces: Begins to read.

    Returns:
        What came, and whether something is missing.
    """
    kept = bytearray()
    try:
        for piece in pieces():
            kept += piece
            if len(kept) > MOST:
                return bytes(kept[:MOST]), True
    except Exception:
        return bytes(kept), True
    return bytes(kept), False


async def acollected(pieces: AsyncIterator[bytes]) -> tuple[bytes, bool]:
    """Read a body by awaiting; see `collected`."""
    kept = bytearray()
    try:
        async for piece in pieces:
            kept += piece
            if len(kept) > MOST:
                return bytes(kept[:MOST]), True
    except Exception:
        return bytes(kept), True
    finally:
        await finish(pieces)
    return bytes(kept), False


async def finish(pieces: AsyncIterator[bytes]) -> None:
    """End an iteration that may have stopped half way, where the event loop can still wait."""
    if isinstance(pieces, AsyncGenerator):
        await pieces.aclose()


def pairs(fields: Any) -> tuple[tuple[str, str], ...]:
    """Give header fields as pairs of text; ``None`` has none."""
    return tuple((str(name), _text(value)) for name, value in (fields or {}).items())


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
