"""httpx2, and httpx, whose responses have the same shape."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from failwell.client.adapters.received import MOST, Received, acollected, collected, pairs

__all__ = ["apieces", "aread", "head", "pieces", "read", "status_of"]


def status_of(response: Any) -> int:
    """Give the status."""
    return int(response.status_code)


def head(response: Any) -> Received:
    """Read the head, and the body if it is there already; a stream is left alone."""
    body = _kept(response)
    return _received(response, body or b"", unread=body is None)


def read(response: Any) -> Received:
    """Read the body too; that of an async stream is left unread."""
    body = _kept(response)
    if body is not None:
        return _received(response, body[:MOST], truncated=len(body) > MOST)
    if response.is_stream_consumed or not hasattr(response.stream, "__iter__"):
        return _received(response, b"", unread=True)
    body, truncated = collected(response.iter_bytes)
    response.close()
    return _received(response, body, truncated=truncated)


async def aread(response: Any) -> Received:
    """Read the body of an async response too."""
    if _kept(response) is not None or not hasattr(response.stream, "__aiter__"):
        return read(response)
    if response.is_stream_consumed:
        return _received(response, b"", unread=True)
    body, truncated = await acollected(apieces(response))
    await response.aclose()
    return _received(response, body, truncated=truncated)


def pieces(response: Any) -> Iterator[bytes]:
    """Give the body as it comes."""
    return iter(response.iter_bytes())


def apieces(response: Any) -> AsyncIterator[bytes]:
    """Give the body of an async response as it comes."""
    found: AsyncIterator[bytes] = response.aiter_bytes()
    return found


def _kept(response: Any) -> bytes | None:
    # What was read lies there; the property that gives it raises where nothing was.
    kept: bytes | None = getattr(response, "_content", None)
    return kept


def _received(
    response: Any, body: bytes, *, truncated: bool = False, unread: bool = False
) -> Received:
    request = getattr(response, "_request", None)
    return Received(
        status=response.status_code,
        headers=response.headers.multi_items(),
        body=body,
        method="" if request is None else str(request.method),
        url="" if request is None else str(request.url),
        sent=pairs(getattr(request, "headers", None)),
        truncated=truncated,
        unread=unread,
    )
