"""The sockets of a client: every operation is held to the deadline and tells how far it came.

A wrapper around the network backend of httpcore2. Each operation receives the `Exchange` of
its sending as its timeout, gets what is left of the call instead, and marks the phase.
"""

import contextlib
import socket
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore2

from failwell.client.exchange import Exchange

__all__ = ["WatchedBackend", "WatchedStream"]

_PIECE = 65_536
_OVER = "the deadline of the call has passed"


class WatchedStream(httpcore2.NetworkStream):
    """A connection whose operations end with their call."""

    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner
        self.spoiled = False
        """Whether something is left on the line that belongs to no request."""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Receive; see `httpcore2.NetworkStream`."""
        if not isinstance(timeout, Exchange):
            return self._inner.read(max_bytes, timeout)
        timeout.phase = "read_headers" if timeout.head is None else "read_body"
        if (seconds := timeout.left()) <= 0:
            raise httpcore2.ReadTimeout(_OVER)
        data = self._inner.read(max_bytes, seconds)
        return timeout.take(data)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send; see `httpcore2.NetworkStream`."""
        if not isinstance(timeout, Exchange):
            return self._inner.write(buffer, timeout)
        if not buffer:
            return None
        timeout.phase = "write"
        if len(buffer) <= _PIECE:
            return self._write(buffer, timeout)
        # A socket takes a large body in many steps, and each would get the full time.
        for start in range(0, len(buffer), _PIECE):
            self._write(buffer[start : start + _PIECE], timeout)
        return None

    def _write(self, piece: bytes, exchange: Exchange) -> None:
        if (seconds := exchange.left()) <= 0:
            raise httpcore2.WriteTimeout(_OVER)
        exchange.sent = True
        self._inner.write(piece, seconds)

    def close(self) -> None:
        """Close the socket, also under a thread that is waiting for it."""
        with contextlib.suppress(OSError, AttributeError):
            self._inner.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        """Encrypt from here on; see `httpcore2.NetworkStream`."""
        if not isinstance(timeout, Exchange):
            return WatchedStream(self._inner.start_tls(ssl_context, server_hostname, timeout))
        timeout.phase = "tls"
        if (seconds := timeout.left()) <= 0:
            self.close()
            raise httpcore2.ConnectTimeout(_OVER)
        stream = self._inner.start_tls(ssl_context, server_hostname, seconds)
        # What went out until now was for a proxy; nothing of the request itself.
        timeout.sent = False
        timeout.tls = True
        return WatchedStream(stream)

    def get_extra_info(self, info: str) -> Any:
        """Tell about the socket below."""
        if self.spoiled and info == "is_readable":
            # An idle connection with something to read is one that the pool closes.
            return True
        return self._inner.get_extra_info(info)


class WatchedBackend(httpcore2.NetworkBackend):
    """Opens connections that end with their call."""

    def __init__(self) -> None:
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address of a host that answers."""
        if not isinstance(timeout, Exchange):
            options = list(socket_options or ())
            return WatchedStream(
                self._inner.connect_tcp(host, port, timeout, local_address, options)
            )
        timeout.connected = True
        timeout.phase = "dns"
        addresses = _resolved(host, port)
        timeout.phase = "connect"
        return self._first(addresses, port, timeout, local_address, list(socket_options or ()))

    def _first(
        self,
        addresses: list[str],
        port: int,
        exchange: Exchange,
        local_address: str | None,
        options: list[httpcore2.SOCKET_OPTION],
    ) -> httpcore2.NetworkStream:
        last: Exception = httpcore2.ConnectTimeout(_OVER)
        for address in addresses:
            if (seconds := exchange.left()) <= 0:
                break
            try:
                stream = self._inner.connect_tcp(address, port, seconds, local_address, options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                last = error
            else:
                return WatchedStream(stream)
        raise last

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to a socket of this machine."""
        if not isinstance(timeout, Exchange):
            return WatchedStream(self._inner.connect_unix_socket(path, timeout, socket_options))
        timeout.connected = True
        timeout.phase = "connect"
        seconds = max(timeout.left(), 0.001)
        return WatchedStream(self._inner.connect_unix_socket(path, seconds, socket_options))


def _resolved(host: str, port: int) -> list[str]:
    try:
        # As bytes, so that Python does not check the name by rules of its own.
        found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore2.ConnectError(str(error)) from error
    return [str(entry[4][0]) for entry in found]
