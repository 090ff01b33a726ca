"""Connections that are opened to vetted addresses only.

The socket is where safety is: a resolver never sees addresses written in numbers, and what a
name led to a moment ago proves nothing. The resolver is looked at besides, for choosing.
"""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from failwell.outbound.address import AddressGuard

__all__ = ["RefusedAddressError", "guarded_connector", "look_up", "was_refused"]


class RefusedAddressError(OSError):
    """An address that may not be called; raised where the socket would be made."""


def guarded_connector(
    guard: AddressGuard,
    *,
    connections: int,
) -> aiohttp.TCPConnector:
    """Make the pool of connections of a client.

    Args:
        guard: Tells which addresses may be called.
        connections: How many are open at once.
    """
    return aiohttp.TCPConnector(
        limit=connections,
        resolver=_GuardedResolver(guard),
        socket_factory=_socket_factory(guard),
    )


def was_refused(error: BaseException) -> bool:
    """Whether a failure of aiohttp means that an address may not be called."""
    if isinstance(error, aiohttp.InvalidURL):
        return True
    return isinstance(getattr(error, "os_error", error), RefusedAddressError)


async def look_up(
    host: str,
    port: int,
    *,
    family: socket.AddressFamily = socket.AF_UNSPEC,
    executor: Executor | None = None,
) -> list[ResolveResult]:
    """Find the addresses of a name.

    Raises:
        OSError: There are none, or nobody answered.
        UnicodeError: It cannot be a name.
    """

    def ask() -> list[Any]:
        flags = socket.AI_ADDRCONFIG
        return socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, 0, flags)

    found = await asyncio.get_running_loop().run_in_executor(executor, ask)
    return [
        ResolveResult(
            hostname=host,
            host=str(place[0]),
            port=port,
            family=family,
            proto=protocol,
            flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
        )
        for family, _, protocol, _, place in found
    ]


def _socket_factory(guard: AddressGuard) -> Callable[[tuple[Any, ...]], socket.socket]:
    def make(info: tuple[Any, ...]) -> socket.socket:
        """Make the socket for one address, unless it may not be called."""
        family, kind, protocol, _, place = info
        if not guard.allows(place[0], place[1]):
            raise RefusedAddressError("address refused")
        return socket.socket(family, kind, protocol)

    return make


class _GuardedResolver(AbstractResolver):
    """Leaves out refused addresses, so that a name with several reaches an allowed one."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await look_up(host, port, family=family)
        allowed = [entry for entry in found if self._guard.allows(entry["host"], port)]
        if not allowed:
            raise RefusedAddressError("address refused")
        return allowed

    async def close(self) -> None:
        """Nothing is kept open."""
