"""Failures: what an HTTP library raises, in our words."""

import os
import ssl
from collections.abc import Iterator

import httpx2

from failwell.client.exchange import Exchange
from failwell.client.http2_refusals import never_begun
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

__all__ = [
    "error_kind",
    "lasting",
    "network_fault",
    "outcome_of",
    "phase_of",
    "stale",
    "untrusted",
]

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


def lasting(error: BaseException) -> bool:
    """Tell whether another attempt would break the same way."""
    return isinstance(error, httpx2.LocalProtocolError) or untrusted(error)


def network_fault(error: BaseException, kind: type[NetworkError], outcome: Outcome) -> Fault:
    """Put a broken sending into a fault, with the reason the system gives, if any."""
    reason = log_text(_reason(error), longest=200)
    ours = isinstance(error, httpx2.LocalProtocolError)
    sentence = "The request is not valid HTTP" if ours else kind.sentence
    text = f"{sentence}: {reason}" if reason else sentence
    params = {"lasting": True} if lasting(error) else {}
    return Fault(message=text, outcome=outcome, params=params)


def _reason(error: BaseException) -> str:
    """Give the reason in words that are the same for threads, asyncio and trio."""
    if isinstance(error, httpx2.TimeoutException):
        return ""
    if isinstance(error, httpx2.ProtocolError | httpx2.DecodingError | httpx2.ProxyError):
        return str(error)
    for each in _causes(error):
        if isinstance(each, ssl.SSLCertVerificationError):
            return each.verify_message
        if isinstance(each, ssl.SSLError) and each.reason:
            return each.reason.lower().replace("_", " ")
        if isinstance(each, OSError) and each.errno is not None:
            # Names that are not found have numbers of their own, below 0.
            return os.strerror(each.errno) if each.errno > 0 else each.strerror or ""
    return ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            # Several addresses of a host fail together; the first stands for all.
            error = error.exceptions[0]
        else:
            # httpcore2 puts the error it replaces into its arguments.
            first = error.args[0] if error.args else None
            below = first if isinstance(first, BaseException) else None
            error = error.__cause__ or error.__context__ or below


def outcome_of(error: BaseException, exchange: Exchange) -> Outcome:
    """Tell what is known about the effect of a sending that broke."""
    if exchange.status is not None:
        return "processed" if exchange.status < 300 else "unknown"
    if isinstance(error, _UNSENT) or (exchange.watched and exchange.unsent):
        return "not_sent"
    if isinstance(error, httpx2.RemoteProtocolError) and never_begun(_causes(error)):
        return "not_sent"
    return "unknown"


def stale(error: BaseException, exchange: Exchange) -> bool:
    """Tell whether a kept connection had been closed by the server before we used it."""
    return isinstance(error, _CUT) and exchange.reused and exchange.received == 0


def untrusted(error: BaseException) -> bool:
    """Tell whether a certificate was refused, which another attempt will not change."""
    return any(isinstance(each, ssl.SSLCertVerificationError) for each in _causes(error))
