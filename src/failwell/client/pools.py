"""Pools of connections: how they are made, and what an answer says about the one it came over."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import httpcore2
import httpx2
import msgspec

from failwell.client.leftovers import exchange_of, is_clean, never_asked
from failwell.client.network import WatchedStream
from failwell.client.network_async import AsyncWatchedStream
from failwell.client.proxies import environment_proxies, proxy_for

__all__ = [
    "ERRORS",
    "Answered",
    "Connections",
    "PoolKind",
    "core_request",
    "known_proxies",
    "pool_kind",
    "pool_options",
    "translated",
]


class Connections(msgspec.Struct, frozen=True, kw_only=True):
    """How connections are made and kept."""

    most: int = 100
    """Connections open at once; further calls wait for one within their timeout."""

    idle: int = 20
    """Connections kept open without work."""

    idle_seconds: float = 5.0
    """Seconds an idle connection is kept."""

    verify: Any = True
    """An `ssl.SSLContext`, or ``True`` for the certificates of the system."""

    proxy: str | None = None
    """Address of a proxy, possibly with user and password."""

    trust_env: bool = True
    """Whether ``HTTP_PROXY`` and its relatives count where no proxy is given."""

    http2: bool = False
    """Whether HTTP/2 may be spoken; needs the ``h2`` package."""


_CLASSES: dict[type[Exception], type[httpx2.TransportError]] = {
    httpcore2.ConnectError: httpx2.ConnectError,
    httpcore2.ConnectTimeout: httpx2.ConnectTimeout,
    httpcore2.LocalProtocolError: httpx2.LocalProtocolError,
    httpcore2.PoolTimeout: httpx2.PoolTimeout,
    httpcore2.ProxyError: httpx2.ProxyError,
    httpcore2.ReadError: httpx2.ReadError,
    httpcore2.ReadTimeout: httpx2.ReadTimeout,
    httpcore2.RemoteProtocolError: httpx2.RemoteProtocolError,
    httpcore2.UnsupportedProtocol: httpx2.UnsupportedProtocol,
    httpcore2.WriteError: httpx2.WriteError,
    httpcore2.WriteTimeout: httpx2.WriteTimeout,
}
ERRORS = tuple(_CLASSES)
"""What httpcore2 raises."""


def translated(error: Exception) -> httpx2.TransportError:
    """Turn what httpcore2 raises into what httpx2 calls it."""
    return _CLASSES.get(type(error), httpx2.TransportError)(str(error))


def core_request(request: httpx2.Request) -> httpcore2.Request:
    """Turn a request of httpx2 into one of httpcore2."""
    url = request.url
    return httpcore2.Request(
        method=request.method,
        url=httpcore2.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        ),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


class PoolKind(NamedTuple):
    """Which pool a request needs."""

    secure: bool
    """Whether it is for encrypted addresses."""

    fresh: bool
    """Whether its connections are not kept."""

    proxy: str | None
    """Through which proxy."""


def known_proxies(connections: Connections) -> Mapping[str, str]:
    """Return scheme -> address of a proxy, given or of the environment; often empty."""
    if connections.proxy is not None:
        return {"all": connections.proxy}
    return environment_proxies() if connections.trust_env else {}


def pool_kind(request: httpx2.Request, proxies: Mapping[str, str]) -> PoolKind:
    """Choose the pool for a request."""
    url = request.url
    proxy = proxy_for(url, proxies) if proxies else None
    return PoolKind(url.scheme == "https", "fresh_connection" in request.extensions, proxy)


def pool_options(connections: Connections, kind: PoolKind) -> dict[str, Any]:
    """Give what httpcore2 wants to know about a pool."""
    options: dict[str, Any] = {
        "max_connections": connections.most,
        "max_keepalive_connections": 0 if kind.fresh else connections.idle,
        "keepalive_expiry": connections.idle_seconds,
        "http2": connections.http2,
    }
    if kind.secure:
        options["ssl_context"] = httpx2.create_ssl_context(verify=connections.verify)
    if kind.proxy is not None:
        address = httpx2.Proxy(kind.proxy)
        options["proxy"] = httpcore2.Proxy(
            httpcore2.URL(
                scheme=address.url.raw_scheme,
                host=address.url.raw_host,
                port=address.url.port,
                target=address.url.raw_path,
            ),
            auth=address.raw_auth,
        )
    return options


class Answered:
    """One answer of httpcore2, and the exchange it belongs to.

    Args:
        request: What was sent.
        answer: What came back, its body still to be read.
    """

    __slots__ = ("_answer", "_exchange", "_http1", "_method")

    def __init__(self, request: httpx2.Request, answer: httpcore2.Response) -> None:
        self._method = request.method
        self._answer = answer
        self._exchange = exchange_of(request.extensions)
        self._http1 = answer.extensions.get("http_version", b"").startswith(b"HTTP/1")

    def check(self) -> None:
        """Refuse an answer that nobody has asked for."""
        if self._exchange is not None and self._http1 and never_asked(self._exchange):
            self.spoil()
            raise httpx2.RemoteProtocolError("an answer was there before its request")

    def in_time(self) -> None:
        """Break off a body whose pieces take more work than the call has time for."""
        if self._exchange is not None and self._exchange.is_over():
            raise httpx2.ReadTimeout("the deadline of the call has passed")

    def ended(self) -> None:
        """Keep the connection only if nothing is left on it."""
        exchange, answer = self._exchange, self._answer
        if exchange is None or not self._http1:
            return
        if not is_clean(exchange, self._method, answer.status, answer.headers):
            self.spoil()

    def spoil(self) -> None:
        """Let the connection serve no other request."""
        stream = self._answer.extensions.get("network_stream")
        if isinstance(stream, WatchedStream | AsyncWatchedStream):
            stream.spoiled = True
