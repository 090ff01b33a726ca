"""Failures: what an HTTP library raises, in our words."""

import ssl

import httpx2

from failwell.client.exchange import Exchange
from failwell.core.call_history import Phase
from failwell.core.fault import Outcome

__all__ = ["outcome_of", "phase_of", "stale", "untrusted"]

_PHASES: tuple[tuple[type[Exception], Phase], ...] = (
    (httpx2.PoolTimeout, "pool"),
    (httpx2.ProxyError, "connect"),
    (httpx2.ConnectError, "connect"),
    (httpx2.ConnectTimeout, "connect"),
    (httpx2.LocalProtocolError, "write"),
    (httpx2.WriteError, "write"),
    (httpx2.WriteTimeout, "write"),
    (httpx2.DecodingError, "decode"),
)
_UNSENT = (
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.LocalProtocolError,
    httpx2.UnsupportedProtocol,
)
_CUT = (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError)


def phase_of(error: Exception, exchange: Exchange) -> Phase:
    """Tell how far a sending had come when it broke."""
    for kind, phase in _PHASES:
        if isinstance(error, kind):
            # Our own sockets know better whether a connection broke at its name or its key.
            closer = exchange.phase in {"dns", "connect", "tls"} and phase == "connect"
            return exchange.phase if closer else phase
    if exchange.answered:
        return "read_body"
    return exchange.phase if exchange.phase != "pool" else "read_headers"


def outcome_of(error: Exception, exchange: Exchange, status: int | None) -> Outcome:
    """Tell what is known about the effect of a sending that broke.

    Args:
        error: What the HTTP library raised.
        exchange: What our sockets saw; nothing when the transport is not ours.
        status: The status line, if it had come.
    """
    if status is not None:
        return "processed" if status < 300 else "unknown"
    watched = exchange.phase != "pool"
    if isinstance(error, _UNSENT) or (watched and exchange.unsent):
        return "not_sent"
    return "unknown"


def stale(error: Exception, exchange: Exchange) -> bool:
    """Tell whether a kept connection had been closed by the server before we used it."""
    return isinstance(error, _CUT) and exchange.reused and exchange.received == 0


def untrusted(error: BaseException | None) -> bool:
    """Tell whether a certificate was refused, which another attempt will not change."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
