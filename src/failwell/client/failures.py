"""Failures: what an HTTP library raises, in our words."""

import os
import socket
import ssl

import httpx2

from failwell.client.exchange import Exchange
from failwell.core.call_history import Phase
from failwell.core.exceptions import (
    ConnectError,
    ConnectTimeoutError,
    NetworkError,
    PoolTimeoutError,
    ProtocolError,
    ProxyError,
    ReadError,
    ReadTimeoutError,
    TlsError,
    WriteError,
    WriteTimeoutError,
)
from failwell.core.fault import Fault, Outcome
from failwell.core.redaction import log_text

__all__ = ["error_kind", "network_fault", "outcome_of", "phase_of", "stale", "untrusted"]

_KINDS: tuple[tuple[type[Exception], type[NetworkError], Phase | None], ...] = (
    (httpx2.PoolTimeout, PoolTimeoutError, "pool"),
    (httpx2.ProxyError, ProxyError, "connect"),
    (httpx2.ConnectTimeout, ConnectTimeoutError, "connect"),
    (httpx2.ConnectError, ConnectError, "connect"),
    (httpx2.WriteTimeout, WriteTimeoutError, "write"),
    (httpx2.WriteError, WriteError, "write"),
    (httpx2.ReadTimeout, ReadTimeoutError, None),
    (httpx2.ReadError, ReadError, None),
    (httpx2.LocalProtocolError, ProtocolError, "write"),
    (httpx2.DecodingError, ProtocolError, "decode"),
    (httpx2.ProtocolError, ProtocolError, None),
)
_UNSENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.LocalProtocolError,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
)
_CUT = (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError)
_HUNG_UP = ("closed connection", "disconnected")


def phase_of(error: BaseException, exchange: Exchange) -> Phase:
    """Tell how far a sending had come when it broke."""
    phase = next((phase for kind, _, phase in _KINDS if isinstance(error, kind)), None)
    # Our own sockets know better whether a connection broke at its name or at its key.
    if phase == "connect" and exchange.phase in ("dns", "tls"):
        return exchange.phase
    if phase is not None:
        return phase
    if exchange.head is not None:
        return "read_body"
    return exchange.phase if exchange.watched else "read_headers"


def error_kind(error: BaseException, phase: Phase) -> type[NetworkError]:
    """Choose our class for what an HTTP library raised."""
    kind = next((kind for each, kind, _ in _KINDS if isinstance(error, each)), NetworkError)
    if kind is ConnectError and phase == "tls":
        return TlsError
    if kind is ProtocolError and any(words in str(error) for words in _HUNG_UP):
        return ReadError
    return kind


def network_fault(error: BaseException, kind: type[NetworkError], outcome: Outcome) -> Fault:
    """Put a broken sending into a fault, with the reason the HTTP library gives, if any."""
    reason = log_text(_reason(error), longest=200)
    text = f"{kind.sentence}: {reason}" if reason else kind.sentence
    return Fault(message=text, outcome=outcome)


def _reason(error: BaseException) -> str:
    """Find what the system says, which is the same in threads and in every event loop."""
    if isinstance(error, httpx2.TimeoutException):
        return ""
    below: BaseException | None = error
    while below is not None:
        if isinstance(below, ssl.SSLError | socket.gaierror):
            return below.strerror or str(below)
        if isinstance(below, OSError) and below.errno:
            return os.strerror(below.errno)
        below = _below(below)
    return str(error)


def _below(error: BaseException) -> BaseException | None:
    """Go one step towards the socket; httpcore2 puts the error it replaces into its arguments."""
    if isinstance(error, BaseExceptionGroup):
        return error.exceptions[0]
    first = error.args[0] if error.args else None
    return error.__cause__ or (first if isinstance(first, BaseException) else None)


def outcome_of(error: BaseException, exchange: Exchange) -> Outcome:
    """Tell what is known about the effect of a sending that broke."""
    if exchange.status is not None:
        return "processed" if exchange.status < 300 else "unknown"
    if isinstance(error, _UNSENT) or (exchange.watched and exchange.unsent):
        return "not_sent"
    return "unknown"


def stale(error: BaseException, exchange: Exchange) -> bool:
    """Tell whether a kept connection had been closed by the server before we used it."""
    return isinstance(error, _CUT) and exchange.reused and exchange.received == 0


def untrusted(error: BaseException | None) -> bool:
    """Tell whether a certificate was refused, which another attempt will not change."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
