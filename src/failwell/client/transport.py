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
from typing import Any

import anyio.lowlevel
import httpcore2
import httpx2

from failwell.client.network import WatchedBackend
from failwell.client.network_async import AsyncWatchedBackend
from failwell.client.pools import (
    ERRORS,
    Answered,
    Connections,
    PoolKind,
    core_request,
    known_proxies,
    pool_kind,
    pool_options,
    translated,
)
from failwell.core.exceptions import FailwellError

__all__ = ["AsyncSocketTransport", "SocketTransport"]


class _Body(httpx2.SyncByteStream):
    def __init__(self, stream: Any, answered: Answered) -> None:
        self._stream = stream
        self._answered = answered

    def __iter__(self) -> Iterator[bytes]:
        try:
            for part in self._stream:
                yield part
                self._answered.in_time()
        except ERRORS as error:
            raise translated(error) from error

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
        self._proxies = known_proxies(self._connections)
        self._pools: dict[PoolKind, httpcore2.ConnectionPool] = {}
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._parents: list[dict[PoolKind, httpcore2.ConnectionPool]] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request once; the body of the answer is still to be read."""
        if os.getpid() != self._process:
            self._forked()
        kind = pool_kind(request, self._proxies)
        pool = self._pools.get(kind) or self._opened(kind)
        try:
            answer = pool.handle_request(core_request(request))
        except ERRORS as error:
            raise translated(error) from error
        answered = Answered(request, answer)
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

    def _opened(self, kind: PoolKind) -> httpcore2.ConnectionPool:
        with self._lock:
            if kind not in self._pools:
                self._pools[kind] = httpcore2.ConnectionPool(
                    network_backend=WatchedBackend(), **pool_options(self._connections, kind)
                )
            return self._pools[kind]

    def _forked(self) -> None:
        """Leave the connections to the parent, and a lock that its threads may have held."""
        self._lock = threading.Lock()
        self._parents.append(self._pools)
        self._pools, self._process = {}, os.getpid()

    def close(self) -> None:
        """Close the connections of this process."""
        if os.getpid() != self._process:
            self._forked()
        while self._pools:
            self._pools.popitem()[1].close()


class _AsyncBody(httpx2.AsyncByteStream):
    def __init__(self, stream: Any, answered: Answered) -> None:
        self._stream = stream
        self._answered = answered

    async def __aiter__(self) -> AsyncIterator[bytes]:
        # Closed by hand when nobody reads on: trio warns of a generator that is just dropped.
        async with aclosing(aiter(self._stream)) as parts:
            try:
                async for part in parts:
                    yield part
                    self._answered.in_time()
            except ERRORS as error:
                raise translated(error) from error

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
        self._proxies = known_proxies(self._connections)
        self._pools: dict[PoolKind, httpcore2.AsyncConnectionPool] = {}
        self._loop: Any = None
        self._process = os.getpid()
        self._parents: list[dict[PoolKind, httpcore2.AsyncConnectionPool]] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request once; the body of the answer is still to be read.

        Raises:
            FailwellError: The transport has connections in another event loop.
        """
        pool = self._pool(pool_kind(request, self._proxies))
        try:
            answer = await pool.handle_async_request(core_request(request))
        except ERRORS as error:
            raise translated(error) from error
        answered = Answered(request, answer)
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

    def _pool(self, kind: PoolKind) -> httpcore2.AsyncConnectionPool:
        if os.getpid() != self._process:
            self._forked()
        loop = anyio.lowlevel.current_token().native_token
        if self._loop is not loop or kind not in self._pools:
            self._enter(loop, kind)
        return self._pools[kind]

    def _enter(self, loop: object, kind: PoolKind) -> None:
        if self._pools and self._loop is not loop:
            raise FailwellError(
                "this AsyncClient has connections in another event loop; make one client in"
                " each loop, or close it with 'await client.aclose()' before the loop ends"
            )
        self._loop = loop
        self._pools[kind] = httpcore2.AsyncConnectionPool(
            network_backend=AsyncWatchedBackend(), **pool_options(self._connections, kind)
        )

    def _forked(self) -> None:
        """Leave the connections to the parent."""
        self._parents.append(self._pools)
        self._pools, self._loop, self._process = {}, None, os.getpid()

    async def aclose(self) -> None:
        """Close the connections of this process."""
        if os.getpid() != self._process:
            self._forked()
        while self._pools:
            await self._pools.popitem()[1].aclose()
        self._loop = None
