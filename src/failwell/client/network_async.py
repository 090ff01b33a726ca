"""The sockets of an asynchronous client; `network` with ``await``."""

import socket
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore2

from failwell.client.exchange import Exchange

__all__ = ["AsyncWatchedBackend", "AsyncWatchedStream"]

_PIECE = 262_144
_OVER = "the deadline of the call has passed"


class AsyncWatchedStream(httpcore2.AsyncNetworkStream):
    """A connection whose operations end with their call."""

    def __init__(self, inner: httpcore2.AsyncNetworkStream) -> None:
        self._inner = inner
        self.spoiled = False
        """Whether something is left on the line that belongs to no request."""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - the interface of httpcore2
        """Receive; see `httpcore2.AsyncNetworkStream`."""
        if not isinstance(timeout, Exchange):
            return await self._inner.read(max_bytes, timeout)
        timeout.phase = "read_headers" if timeout.head is None else "read_body"
        if (seconds := timeout.left()) <= 0:
            raise httpcore2.ReadTimeout(_OVER)
        data = await self._inner.read(max_bytes, seconds)
        return timeout.take(data)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the interface of httpcore2
        """Send; see `httpcore2.AsyncNetworkStream`."""
        if not isinstance(timeout, Exchange):
            return await self._inner.write(buffer, timeout)
        timeout.phase = "write"
        # A loop copies what the socket does not take at once; of a large body only a piece.
        for start in range(0, len(buffer), _PIECE):
            if (seconds := timeout.left()) <= 0:
                raise httpcore2.WriteTimeout(_OVER)
            timeout.sent = True
            await self._inner.write(buffer[start : start + _PIECE], seconds)
        return None

    async def aclose(self) -> None:
        """Close the socket."""
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore2
    ) -> httpcore2.AsyncNetworkStream:
        """Encrypt from here on; see `httpcore2.AsyncNetworkStream`."""
        if not isinstance(timeout, Exchange):
            stream = await self._inner.start_tls(ssl_context, server_hostname, timeout)
            return AsyncWatchedStream(stream)
        timeout.phase = "tls"
        if (seconds := timeout.left()) <= 0:
            await self.aclose()
            raise httpcore2.ConnectTimeout(_OVER)
        stream = await self._inner.start_tls(ssl_context, server_hostname, seconds)
        # What went out until now was for a proxy; nothing of the request itself.
        timeout.sent = False
        timeout.tls = True
        return AsyncWatchedStream(stream)

    def get_extra_info(self, info: str) -> Any:
        """Tell about the socket below."""
        if self.spoiled and info == "is_readable":
            # An idle connection with something to read is one that the pool closes.
            return True
        return self._inner.get_extra_info(info)


class AsyncWatchedBackend(httpcore2.AsyncNetworkBackend):
    """Opens connections that end with their call, on asyncio and on trio."""

    def __init__(self) -> None:
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore2
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first address of a host that answers."""
        exchange = timeout if isinstance(timeout, Exchange) else None
        seconds = timeout
        if exchange is not None:
            exchange.connected = True
            exchange.phase = "connect"
            if (seconds := exchange.left()) <= 0:
                raise httpcore2.ConnectTimeout(_OVER)
        try:
            stream = await self._inner.connect_tcp(
                host, port, seconds, local_address, socket_options
            )
        except httpcore2.ConnectError as error:
            if exchange is not None and _unresolved(error):
                exchange.phase = "dns"
            raise
        return AsyncWatchedStream(stream)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore2
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to a socket of this machine."""
        if isinstance(timeout, Exchange):
            timeout.connected = True
            timeout.phase = "connect"
            timeout = max(timeout.left(), 0.001)
        return AsyncWatchedStream(
            await self._inner.connect_unix_socket(path, timeout, socket_options)
        )

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        await self._inner.sleep(seconds)


def _unresolved(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, socket.gaierror | UnicodeError):
            return True
        error = error.__cause__ or error.__context__
    return False
