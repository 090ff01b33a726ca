"""Connections to addresses that other people chose, vetted at the socket and used again.

A name is looked up for each new connection, all of its addresses are judged, and the socket is
opened to one of those and to nothing else: there is no second look-up that could answer
differently. The certificate is checked against the name.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import Executor
from functools import partial
from typing import NamedTuple, cast

from failwell.outbound.address import AddressGuard
from failwell.outbound.answer import AnswerReader, BadAnswerError
from failwell.outbound.connector import RefusedAddressError, look_up

__all__ = ["Connection", "Connections", "Peer"]

# Shorter than most servers keep an idle connection open, so that none is closed by the other
# side at the moment it is used again.
_IDLE_SECONDS = 4.0
_MOST_IDLE = 200
_NEXT_ADDRESS_AFTER = 0.25


class Peer(NamedTuple):
    """Whom a connection leads to."""

    host: str
    """A name, or an address in numbers."""

    port: int
    tls: bool


class Connection(asyncio.Protocol):
    """One connection, for one exchange after the other."""

    def __init__(self) -> None:
        self.idle_since = 0.0
        self.lost = False
        self._transport: asyncio.Transport | None = None
        self._reader: AnswerReader | None = None
        self._waiter: asyncio.Future[None] | None = None

    @property
    def usable(self) -> bool:
        """Whether it is open, and not about to close."""
        return not self.lost and self._transport is not None and not self._transport.is_closing()

    async def exchange(self, request: bytes, reader: AnswerReader) -> None:
        """Send a request and read its answer.

        Raises:
            BadAnswerError: The answer cannot be read.
            OSError: The connection broke before one began.
        """
        if self._transport is None or not self.usable:
            raise ConnectionResetError("the connection is closed")
        self._reader = reader
        self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        try:
            await self._waiter
        finally:
            self._reader = self._waiter = None
        if self._transport.get_write_buffer_size():
            # Answered before all of it was read: nobody knows what becomes of the rest.
            reader.reusable = False

    def close(self) -> None:
        """Close it at once."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        # The transports of uvloop do not inherit from asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Hand bytes to the reader of the exchange."""
        reader = self._reader
        if reader is None:
            # Nobody asked: an answer to no request.
            self.close()
            return
        try:
            reader.feed(data)
        except BadAnswerError as error:
            # It may have been complete before, and then nobody hears of the error.
            reader.reusable = False
            self._settle(error)
        else:
            if reader.done:
                self._settle(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the exchange that nothing more comes."""
        self.lost = True
        reader = self._reader
        if reader is None:
            return
        try:
            if not reader.begun:
                raise exc or ConnectionResetError("closed without an answer")
            reader.end()
        except (OSError, BadAnswerError) as error:
            self._settle(error)
        else:
            self._settle(None)

    def _settle(self, error: Exception | None) -> None:
        waiter = self._waiter
        if waiter is None or waiter.done():
            return
        if error is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(error)


class Connections:
    """Opens connections, and keeps those that may be used again for a few seconds.

    Args:
        guard: Tells which addresses may be called.
        tls: What certificates are checked with; the system's authorities by default.
        executor: Where names are looked up.
    """

    def __init__(
        self, guard: AddressGuard, *, tls: ssl.SSLContext | None, executor: Executor
    ) -> None:
        self._guard = guard
        self._tls = tls
        self._executor = executor
        self._idle: dict[Peer, list[Connection]] = defaultdict(list)
        self._count = 0
        self._sweeping: asyncio.TimerHandle | None = None
        self._look_ups: dict[str, asyncio.Task[list[str]]] = {}

    def idle(self, peer: Peer) -> Connection | None:
        """Take a connection that is open already."""
        waiting = self._idle.get(peer)
        oldest = asyncio.get_running_loop().time() - _IDLE_SECONDS
        while waiting:
            connection = waiting.pop()
            self._count -= 1
            if connection.usable and connection.idle_since > oldest:
                return connection
            connection.close()
        return None

    def keep(self, peer: Peer, connection: Connection) -> None:
        """Give one back that may be used again."""
        if self._count >= _MOST_IDLE:
            connection.close()
            return
        loop = asyncio.get_running_loop()
        connection.idle_since = loop.time()
        self._idle[peer].append(connection)
        self._count += 1
        if self._sweeping is None:
            self._sweeping = loop.call_later(_IDLE_SECONDS, self._sweep, loop)

    async def open(self, peer: Peer) -> Connection:
        """Open one.

        Raises:
            RefusedAddressError: One of the addresses may not be called.
            socket.gaierror: The name leads nowhere.
            ssl.SSLError: The other side is not who it should be.
            OSError: There is no connection.
        """
        addresses = await self._vetted(peer)
        sock = await self._connected(addresses, peer.port)
        try:
            tls = await self._context() if peer.tls else None
            _, connection = await asyncio.get_running_loop().create_connection(
                Connection, sock=sock, ssl=tls, server_hostname=peer.host if tls else None
            )
        except BaseException:
            sock.close()
            raise
        return connection

    def close(self) -> None:
        """Close what is kept."""
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None
        for running in self._look_ups.values():
            running.cancel()
        for connection in self._all():
            connection.close()
        self._idle.clear()
        self._count = 0

    async def _vetted(self, peer: Peer) -> list[str]:
        """Find every address of a peer; one that may not be called refuses all of them."""
        try:
            addresses = [str(ipaddress.ip_address(peer.host))]
        except ValueError:
            addresses = await self._look_up(peer.host)
        if not all(self._guard.allows(address, peer.port) for address in addresses):
            raise RefusedAddressError("address refused")
        return addresses

    async def _look_up(self, host: str) -> list[str]:
        """Look a name up, once for all who ask at the same time.

        A look-up goes on after its attempt was given up. Shared, names of a name server that
        hangs take a thread each, and not one for each attempt.
        """
        running = self._look_ups.get(host)
        if running is None:
            running = asyncio.create_task(_addresses(host, self._executor))
            self._look_ups[host] = running
            running.add_done_callback(partial(self._looked_up, host))
        return await asyncio.shield(running)

    def _looked_up(self, host: str, task: "asyncio.Task[list[str]]") -> None:
        del self._look_ups[host]
        if not task.cancelled():
            # Perhaps nobody waits for it any more.
            task.exception()

    async def _connected(self, addresses: list[str], port: int) -> socket.socket:
        """Race for the first address that answers, each a moment after the one before."""
        running: set[asyncio.Task[socket.socket]] = set()
        error: BaseException = ConnectionRefusedError("no address")
        left = list(reversed(addresses))
        try:
            while left or running:
                if left:
                    running.add(asyncio.create_task(self._connect(left.pop(), port)))
                patience = _NEXT_ADDRESS_AFTER if left else None
                done, running = await asyncio.wait(
                    running, timeout=patience, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    if (failed := task.exception()) is None:
                        running |= done - {task}
                        return task.result()
                    error = failed
            raise error
        finally:
            for task in running:
                task.cancel()
                task.add_done_callback(_close_unused)

    async def _connect(self, address: str, port: int) -> socket.socket:
        # Judged again where the socket is made: this is the last word.
        if not self._guard.allows(address, port):
            raise RefusedAddressError("address refused")
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        try:
            sock.setblocking(False)
            await asyncio.get_running_loop().sock_connect(sock, (address, port))
        except BaseException:
            sock.close()
            raise
        return sock

    async def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            # Reads every authority of the system.
            self._tls = await asyncio.to_thread(ssl.create_default_context)
        return self._tls

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """Close what was idle for long; what is left is looked at again."""
        oldest = loop.time() - _IDLE_SECONDS
        for peer, waiting in tuple(self._idle.items()):
            fresh = [each for each in waiting if each.idle_since > oldest and not each.lost]
            for connection in set(waiting) - set(fresh):
                connection.close()
            self._count -= len(waiting) - len(fresh)
            if fresh:
                self._idle[peer] = fresh
            else:
                del self._idle[peer]
        self._sweeping = (
            loop.call_later(_IDLE_SECONDS / 4, self._sweep, loop) if self._idle else None
        )

    def _all(self) -> Iterator[Connection]:
        for waiting in self._idle.values():
            yield from waiting


async def _addresses(host: str, executor: Executor) -> list[str]:
    found = await look_up(host, 0, executor=executor)
    return list(dict.fromkeys(str(entry["host"]) for entry in found))


def _close_unused(task: "asyncio.Task[socket.socket]") -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().close()
