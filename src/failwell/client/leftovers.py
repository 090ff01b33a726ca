"""Leftovers: whether an answer was the last thing on its connection.

What comes after the end of an answer would be taken for the answer to the next request: a broken
or hostile server could put words into the mouth of another call. Pools look at the socket before
they use a connection again, but what was read together with the answer is no longer there.
"""

from typing import Any

from failwell.client.exchange import Exchange

__all__ = ["exchange_of", "is_clean", "never_asked"]

_BODILESS = frozenset({204, 304})


def exchange_of(extensions: Any) -> Exchange | None:
    """Give the exchange of a request, if it is one of ours."""
    found = extensions.get("timeout", {}).get("read")
    return found if isinstance(found, Exchange) else None


def is_clean(exchange: Exchange, method: str, status: int, headers: Any) -> bool:
    """Tell whether nothing can be left after an answer that was read to its end.

    Args:
        exchange: What our sockets saw.
        method: The request method.
        status: The status line.
        headers: Header fields of the answer, as pairs of bytes.
    """
    head = exchange.beginning.find(b"\r\n\r\n") + 4
    if head < 4:
        return False
    if method == "HEAD" or status in _BODILESS:
        return exchange.received == head
    chunked, length = False, b""
    for name, value in headers:
        lower = name.lower()
        if lower == b"content-length":
            length = value
        elif lower == b"transfer-encoding":
            chunked = b"chunked" in value.lower()
    if chunked:
        return exchange.ending.endswith(b"0\r\n\r\n")
    return length.isdigit() and exchange.received == head + int(length)


def never_asked(exchange: Exchange) -> bool:
    """Tell whether an answer was there before its request: then it is none to it."""
    return exchange.watched and exchange.received == 0
