"""aiohttp, whose responses are read by awaiting."""

from collections.abc import AsyncIterator
from typing import Any

from failwell.client.adapters.received import MOST, Received, acollected, pairs

__all__ = ["apieces", "aread", "head", "read", "status_of"]


def status_of(response: Any) -> int:
    """Give the status."""
    return int(response.status)


def head(response: Any) -> Received:
    """Read the head, and the body if it is there already; a stream is left alone."""
    kept = _kept(response)
    return _received(response, kept or b"", unread=kept is None)


def read(response: Any) -> Received:
    """Read what is there without awaiting."""
    received = head(response)
    body = received.body
    return _received(response, body[:MOST], truncated=len(body) > MOST, unread=received.unread)


async def aread(response: Any) -> Received:
    """Read the body too."""
    if _kept(response) is not None:
        return read(response)
    body, truncated = await acollected(apieces(response))
    response.close() if truncated else response.release()
    return _received(response, body, truncated=truncated)


def apieces(response: Any) -> AsyncIterator[bytes]:
    """Give the body as it comes."""
    found: AsyncIterator[bytes] = response.content.iter_any()
    return found


def _kept(response: Any) -> bytes | None:
    kept: bytes | None = getattr(response, "_body", None)
    return kept


def _received(
    response: Any, body: bytes, *, truncated: bool = False, unread: bool = False
) -> Received:
    return Received(
        status=response.status,
        headers=list(response.headers.items()),
        body=body,
        method=str(response.method),
        url=str(response.url),
        sent=pairs(getattr(getattr(response, "request_info", None), "headers", None)),
        truncated=truncated,
        unread=unread,
    )
