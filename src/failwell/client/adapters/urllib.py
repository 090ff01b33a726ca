"""The standard library: ``http.client.HTTPResponse``, ``urllib.error.HTTPError``; and urllib3."""

from collections.abc import Iterator
from typing import Any

from failwell.client.adapters.received import MOST, Received, collected
from failwell.client.decompress import unpacked

__all__ = ["head", "pieces", "read", "status_of"]


def status_of(response: Any) -> int:
    """Give the status."""
    return int(response.status)


def head(response: Any) -> Received:
    """Read the head; the body is a stream and left alone."""
    return _received(response, unread=True)


def read(response: Any) -> Received:
    """Read the body too."""

    def pieces() -> Any:
        # A reader of bytes ends with an empty piece.
        left = MOST + 1
        while left > 0 and (piece := response.read(min(16_384, left))):
            left -= len(piece)
            yield piece

    body, truncated = collected(pieces)
    encoding = response.headers.get("content-encoding", "")
    if encoding and not hasattr(response, "decode_content"):
        # The standard library leaves it packed; urllib3 does not.
        plain = unpacked(body, encoding, limit=MOST)
        body, truncated = plain.body, truncated or plain.truncated
    return _received(response, body=body, truncated=truncated)


def pieces(response: Any) -> Iterator[bytes]:
    """Give the body as it comes."""
    while piece := response.read1(65_536):
        yield piece


def _received(response: Any, **read: Any) -> Received:
    address = getattr(response, "url", None) or getattr(response, "_request_url", None)
    return Received(
        status=response.status,
        headers=list(response.headers.items()),
        method=str(getattr(response, "_method", None) or ""),
        url=str(address or ""),
        **read,
    )
