"""The transport of a client: httpcore2's pools over sockets that end with their call.

One pool for plain and one for encrypted addresses, made when first needed: the certificates
of the system take a tenth of a second to load. Another pool keeps no connection, for a request
that must not go over one that had stood before. After a fork the child makes its own, because
two processes on one connection would read each other's answers.
"""

import os
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any, NamedTuple

import anyio.lowlevel
import httpcore2
import httpx2
import msgspec

from failwell.client.leftovers import exchange_of, is_clean, never_asked
from failwell.client.network import WatchedBackend, WatchedStream
from failwell.client.network_async import AsyncWatchedBackend, AsyncWatchedStream
from failwell.core.exceptions import FailwellError

__all__ = ["AsyncSocketTransport", "Connections", "SocketTransport"]


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

    http2: bool = False
    """Whether HTTP/2 may be spoken; needs the ``h2`` package."""


_ERRORS: dict[type[Exception], type[httpx2.TransportError]] = {
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
_OURS = tuple(_ERRORS)


def _translated(error: Exception) -> httpx2.TransportError:
    return _ERRORS.get(type(error), httpx2.TransportError)(str(error))


def _request(request: httpx2.Request) -> httpcore2.Request:
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


class _Kind(NamedTuple):
    """Which pool: by process, by scheme, and whether its connections are kept."""

    process: int
    secure: bool
    fresh: bool


def _kind(request: httpx2.Request) -> _Kind:
    fresh = "fresh_connection" in request.extensions
    return _Kind(os.getpid(), request.url.scheme == "https", fresh)


def _pool_options(connections: Connections, kind: _Kind) -> dict[str, Any]:
    options: dict[str, Any] = {
        "max_connections": connections.most,
        "max_keepalive_connections": 0 if kind.fresh else connections.idle,
        "keepalive_expiry": connections.idle_seconds,
        "http2": connections.http2,
    }
    if kind.secure:
        options["ssl_context"] = httpx2.create_ssl_context(verify=connections.verify)
    if connections.proxy is not None:
        address = httpx2.Proxy(connections.proxy)
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


class _Answered:
    """One answer of httpcore2, and the exchange it belongs to."""

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


class _Body(httpx2.SyncByteStream):
    def __init__(self, stream: Any, answered: _Answered) -> None:
        self._stream = stream
        self._answered = answered

    def __iter__(self) -> Iterator[bytes]:
        try:
            for part in self._stream:
                yield part
                self._answered.in_time()
        except _OURS as error:
            raise _translated(error) from error

    def close(self) -> None:
        self._answered.ended()
        self._stream.close()


class SocketTransport(httpx2.BaseTransport):
    """Sends requests over connections of its own.

    Args:
        connections: How they are made and kept.
    """

    def __init__(self, connections: Connections | None = None) -> None:
        self._connections = connections or Connections()
        self._pools: dict[_Kind, httpcore2.ConnectionPool] = {}
        self._lock = threading.Lock()
        self._process = os.getpid()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request once; the body of the answer is still to be read."""
        kind = _kind(request)
        pool = self._pools.get(kind) or self._opened(kind)
        try:
            answer = pool.handle_request(_request(request))
        except _OURS as error:
            raise _translated(error) from error
        answered = _Answered(request, answer)
        try:
            answered.check()
        except httpx2.RemoteProtocolError:
            answer.close()
            raise
        return httpx2.Response(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer.stream, answered),
            extensions=answer.extensions,
        )

    def _opened(self, kind: _Kind) -> httpcore2.ConnectionPool:
        if self._process != kind.process:
            # A lock that another thread held while this process was forked stays held.
            self._lock, self._process = threading.Lock(), kind.process
        with self._lock:
            if kind not in self._pools:
                self._pools[kind] = httpcore2.ConnectionPool(
                    network_backend=WatchedBackend(), **_pool_options(self._connections, kind)
                )
            return self._pools[kind]

    def close(self) -> None:
        """Close the connections of this process."""
        for kind in list(self._pools):
            if kind.process == os.getpid():
                self._pools.pop(kind).close()


class _AsyncBody(httpx2.AsyncByteStream):
    def __init__(self, stream: Any, answered: _Answered) -> None:
        self._stream = stream
        self._answered = answered

    async def __aiter__(self) -> AsyncIterator[bytes]:
        # Closed by hand when nobody reads on: trio warns of a generator that is just dropped.
        async with aclosing(aiter(self._stream)) as parts:
            try:
                async for part in parts:
                    yield part
            except _OURS as error:
                raise _translated(error) from error

    async def aclose(self) -> None:
        self._answered.ended()
        await self._stream.aclose()


class AsyncSocketTransport(httpx2.AsyncBaseTransport):
    """Sends requests over connections of its own, within one event loop.

    Args:
        connections: How they are made and kept.
    """

    def __init__(self, connections: Connections | None = None) -> None:
        self._connections = connections or Connections()
        self._pools: dict[_Kind, httpcore2.AsyncConnectionPool] = {}
        self._loop: Any = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request once; the body of the answer is still to be read.

        Raises:
            FailwellError: The transport has connections in another event loop.
        """
        pool = self._pool(_kind(request))
        try:
            answer = await pool.handle_async_request(_request(request))
        except _OURS as error:
            raise _translated(error) from error
        answered = _Answered(request, answer)
        try:
            answered.check()
        except httpx2.RemoteProtocolError:
            await answer.aclose()
            raise
        return httpx2.Response(
            answer.status,
            headers=answer.headers,
            stream=_AsyncBody(answer.stream, answered),
            extensions=answer.extensions,
        )

    def _pool(self, kind: _Kind) -> httpcore2.AsyncConnectionPool:
        loop = anyio.lowlevel.current_token().native_token
        if self._loop is not loop or kind not in self._pools:
            self._enter(loop, kind)
        return self._pools[kind]

    def _enter(self, loop: object, kind: _Kind) -> None:
        mine = any(each.process == kind.process for each in self._pools)
        if mine and self._loop is not loop:
            raise FailwellError(
                "this AsyncClient has connections in another event loop; make one client in"
                " each loop, or close it with 'await client.aclose()' before the loop ends"
            )
        self._loop = loop
        self._pools[kind] = httpcore2.AsyncConnectionPool(
            network_backend=AsyncWatchedBackend(), **_pool_options(self._connections, kind)
        )

    async def aclose(self) -> None:
        """Close the connections of this process."""
        for kind in list(self._pools):
            if kind.process == os.getpid():
                await self._pools.pop(kind).aclose()
        self._loop = None
