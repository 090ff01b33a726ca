"""requests."""

from collections.abc import Iterator
from typing import Any

from failwell.client.adapters.received import MOST, Received, collected, pairs

__all__ = ["head", "pieces", "read", "status_of"]


def status_of(response: Any) -> int:
    """Give the status."""
    return int(response.status_code)


def head(response: Any) -> Received:
    """Read the head, and the body if it is there already; a stream is left alone."""
    kept = _kept(response)
    return _received(response, kept or b"", unread=kept is None)


def read(response: Any) -> Received:
    """Read the body too."""
    kept = _kept(response)
    if kept is not None:
        return _received(response, kept[:MOST], truncated=len(kept) > MOST)
    body, truncated = collected(lambda: response.iter_content(16_384))
    response.close()
    return _received(response, body, truncated=truncated)


def pieces(response: Any) -> Iterator[bytes]:
    """Give the body as it comes."""
    # Without a size requests gives what the line gave; with one it waits for as much.
    return iter(response.iter_content(None))


def _kept(response: Any) -> bytes | None:
    # False is what requests writes where nothing was read.
    kept = getattr(response, "_content", None)
    return kept if isinstance(kept, bytes) else None


def _received(
    response: Any, body: bytes, *, truncated: bool = False, unread: bool = False
) -> Received:
    request = getattr(response, "request", None)
    return Received(
        status=response.status_code,
        headers=response.headers,
        body=body,
        method=str(getattr(request, "method", None) or ""),
        url=str(getattr(request, "url", None) or response.url or ""),
        sent=pairs(getattr(request, "headers", None)),
        truncated=truncated,
        unread=unread,
    )
