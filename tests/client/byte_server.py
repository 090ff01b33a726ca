"""An HTTP/1.1 server that speaks exactly the bytes a test wants, over real sockets and threads.

It is no HTTP library: requests are read just far enough to know where they end, replies go out
as they are. What it saw is kept: requests with their moments and connections, bytes that really
left, how connections ended.
"""

import contextlib
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tests.client.byte_connection import Connection, shut
from tests.client.byte_replies import (
    HANG,
    LOST,
    RESET,
    End,
    Reply,
    bomb_reply,
    gzip_reply,
    html_reply,
    huge_reply,
    json_reply,
    raw_reply,
    reply,
)
from tests.client.byte_requests import Head

__all__ = [
    "HANG",
    "LOST",
    "RESET",
    "ByteServer",
    "End",
    "Reply",
    "Seen",
    "bomb_reply",
    "closed_port",
    "full_backlog",
    "gzip_reply",
    "html_reply",
    "huge_reply",
    "json_reply",
    "raw_reply",
    "reply",
    "serve",
]

_STOPS_WITHIN = 5.0


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    target: str
    fields: tuple[tuple[str, str], ...]
    """Header fields in order, names as sent."""
    body: bytes
    """Without the framing of chunks."""
    whole: bool
    """Whether the body arrived to its end."""
    at: float
    """Monotonic seconds when its head had come."""
    connection: int
    """Number of its connection, from 1."""
    turn: int
    """Which request of its connection it is, from 1."""
    sent: int = field(default=0)
    """Bytes of the reply that really left."""

    def count(self, sent: int) -> None:
        """Note bytes of the reply that left."""
        self.sent += sent

    @property
    def headers(self) -> dict[str, str]:
        """Header fields by lower name; several of a name are joined by a comma."""
        joined: dict[str, str] = {}
        for name, value in self.fields:
            known = joined.get(name.lower())
            joined[name.lower()] = value if known is None else f"{known}, {value}"
        return joined


Script = Callable[[Seen], Reply]
"""Says what a request is answered with. Called in the thread of its connection."""


class ByteServer:
    """Listens on a free port of loopback from the start of its ``with`` block to the end.

    Args:
        script: What each request is answered with.
        greeting: What a connection is sent before anything is read from it, by its number.
        reads_body: Whether a request is read to its end before it is answered.
        accepts: Whether connections are taken at all; otherwise they wait in the backlog.
        tls: What encrypts its connections, if anything.
        port: Where it listens; any free port by default.
        backlog: How many connections may wait to be taken.
    """

    def __init__(
        self,
        script: Script,
        *,
        greeting: Callable[[int], Reply | None] = lambda number: None,
        reads_body: bool = True,
        accepts: bool = True,
        tls: ssl.SSLContext | None = None,
        port: int = 0,
        backlog: int = 512,
    ) -> None:
        self.script = script
        self.requests: list[Seen] = []
        self.hung_up: dict[int, float] = {}
        """Connection number -> monotonic seconds when the peer was found gone."""
        self.errors: list[BaseException] = []
        """What went wrong in a script; raised at the end of the block."""
        self._greeting = greeting
        self._reads_body = reads_body
        self._accepts = accepts
        self._tls = tls
        self._address = ("127.0.0.1", port)
        self._backlog = backlog
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._open: dict[int, socket.socket] = {}
        self._threads: list[threading.Thread] = []
        self._connections = 0

    def __enter__(self) -> Self:
        self._listener = socket.create_server(self._address, backlog=self._backlog)
        self.port: int = self._listener.getsockname()[1]
        if self._accepts:
            self.accept()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        shut(self._listener)
        self._listener.close()
        # The list grows until its first thread, which accepts, has ended.
        for thread in self._threads:
            self.drop_connections()
            thread.join(_STOPS_WITHIN)
        assert not any(thread.is_alive() for thread in self._threads), "a thread did not end"
        if self.errors and error is None:
            raise self.errors[0]

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self.port}"

    @property
    def count(self) -> int:
        """How many requests have come."""
        return len(self.requests)

    @property
    def connections(self) -> int:
        """How many connections have been accepted."""
        return self._connections

    @property
    def open_connections(self) -> int:
        """How many connections are open now."""
        with self._lock:
            return len(self._open)

    @property
    def gaps(self) -> list[float]:
        """Seconds between one request and the next."""
        moments = [seen.at for seen in self.requests]
        return [later - earlier for earlier, later in itertools.pairwise(moments)]

    @property
    def sent(self) -> int:
        """Bytes of all replies that really left."""
        return sum(seen.sent for seen in self.requests)

    def wait_for(self, count: int, *, within: float = 5.0) -> None:
        """Return when that many requests have come."""
        self.until(lambda: self.count >= count, within=within)

    def until(self, question: Callable[[], bool], *, within: float = 5.0) -> None:
        """Return when it is so; fail when that takes too long."""
        end = time.monotonic() + within
        while not question():
            assert time.monotonic() < end, f"it did not happen within {within} s"
            time.sleep(0.005)

    def drop_connections(self) -> None:
        """Shut every connection that is open, idle or not."""
        with self._lock:
            connections = list(self._open.values())
        for connection in connections:
            shut(connection)

    def accept(self) -> None:
        """Begin to take connections, where that was not to be done at once."""
        self._start(self._accept)

    def _start(self, run: Callable[..., None], *given: object) -> None:
        thread = threading.Thread(target=run, args=given, name=f"byte-server-{self.port}")
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # What has left is to be with the peer, not in megabytes of our own buffer.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
            with self._lock:
                self._connections += 1
                number = self._connections
                self._open[number] = connection
            self._start(self._serve, connection, number)

    def _serve(self, peer: socket.socket, number: int) -> None:
        connection = Connection(peer, self._stopping)
        try:
            with peer, contextlib.closing(connection), contextlib.suppress(OSError):
                if self._tls:
                    connection.encrypt(self._tls)
                self._converse(connection, number)
        except BaseException as error:  # A script's mistake: shown by the thread of the test.
            self.errors.append(error)
        finally:
            with self._lock:
                self._open.pop(number, None)
                if connection.gone_at is not None:
                    self.hung_up[number] = connection.gone_at

    def _converse(self, connection: Connection, number: int) -> None:
        greeting = self._greeting(number)
        if greeting is not None and not connection.play(greeting, lambda count: None):
            return
        turn = 0
        while head := connection.read_head():
            turn += 1
            seen = self._see(connection, head, number, turn)
            if not connection.play(self.script(seen), seen.count):
                return

    def _see(self, connection: Connection, head: Head, number: int, turn: int) -> Seen:
        at = time.monotonic()
        body, whole = connection.read_body(head) if self._reads_body else (b"", False)
        seen = Seen(head.method, head.target, head.fields, body, whole, at, number, turn)
        with self._lock:
            self.requests.append(seen)
        return seen


def serve(*replies: Reply, **options: object) -> ByteServer:
    """A server that gives these replies in turn, then the last one for ever."""
    places = iter(range(len(replies)))
    lock = threading.Lock()

    def script(seen: Seen) -> Reply:
        with lock:
            return replies[next(places, len(replies) - 1)]

    return ByteServer(script, **options)


@contextlib.contextmanager
def full_backlog() -> Iterator[str]:
    """A server on which further connections are neither made nor refused; its address."""
    with serve(LOST, accepts=False, backlog=0) as server, contextlib.ExitStack() as waiting:
        for _ in range(4):
            caller = waiting.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(("127.0.0.1", server.port))
        yield server.url


def closed_port() -> int:
    """A port of loopback that refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
