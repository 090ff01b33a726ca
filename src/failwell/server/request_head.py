"""What the head of a request says about its sender and about the body to come."""

import sys

from failwell.server.exchange import Exchange, Scope
from failwell.server.request_id import valid_parent_id

__all__ = ["NO_BODY", "UNKNOWN_SIZE", "read_head"]

NO_BODY = 0
"""There is nothing to read."""

UNKNOWN_SIZE = -1
"""The body ends when it ends."""

_READ = frozenset({b"content-length", b"expect", b"origin", b"transfer-encoding", b"x-request-id"})
_EASILY_DRAINED = 65_536
_MOST_DIGITS = 18


def read_head(scope: Scope, exchange: Exchange) -> int:
    """Note what matters of a request's header fields, in one pass.

    A body that nobody reads is in the way of the next request: `Exchange.close_after`
    says so until it has been read.

    Args:
        scope: The request, as the server told it.
        exchange: Where parent id, origin and ``close_after`` go.

    Returns:
        The announced size of the body in bytes, `NO_BODY`, or `UNKNOWN_SIZE`.
    """
    # A body always announces itself in HTTP/1, and need not in HTTP/2.
    size = NO_BODY if scope["http_version"][0] == "1" else UNKNOWN_SIZE
    for name, value in scope["headers"]:
        if name in _READ:
            if name == b"x-request-id":
                # Two of them name nothing.
                exchange.parent_id = None if exchange.parent_id else valid_parent_id(value)
            elif name == b"origin":
                exchange.origin = value
            elif name == b"content-length":
                size = _size(value)
                exchange.close_after |= not 0 <= size <= _EASILY_DRAINED
            else:
                # Chunks may never end, and who waits for "100 Continue" may send or not.
                size = size or UNKNOWN_SIZE
                exchange.close_after = True
    return size


def _size(value: bytes) -> int:
    if not value.isdigit():
        return UNKNOWN_SIZE
    return int(value) if len(value) <= _MOST_DIGITS else sys.maxsize
