"""Plain values: a tuple of status, header fields and body."""

from collections.abc import Iterator
from typing import Any

from failwell.client.adapters.received import Received
from failwell.core.misuse import FailwellError

__all__ = ["head", "pieces", "read", "status_of"]


def status_of(response: Any) -> int:
    """Give the status."""
    if len(response) != 3 or type(response[0]) is not int:
        raise FailwellError("a plain response is a tuple (status: int, headers, body: bytes)")
    return response[0]


def head(response: Any) -> Received:
    """Read the head; the body is there already."""
    return read(response)


def read(response: Any) -> Received:
    """Read the body too."""
    status, headers, body = response
    if type(body) is not bytes:
        body = body.encode() if isinstance(body, str) else bytes(body or b"")
    return Received(status=status, headers=headers, body=body)


def pieces(response: Any) -> Iterator[bytes]:
    """Give the body, which is there already."""
    yield read(response).body
