"""Raw sockets against a running server: tests write bytes and read bytes."""

import asyncio
import contextlib
import io
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from failwell.core.contract import Contract
from failwell.server.exchange import ASGIApp
from failwell.server.failwell import Failwell
from failwell.server.logs import open_log
from failwell.server.record import LogRecorder
from failwell.server.serve import build_server

__all__ = ["Answer", "Connection", "Running", "free_socket", "running"]

_PATIENCE = 10.0


class Answer(msgspec.Struct):
    """One response as it came over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """One TCP connection; answers are read one by one."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)
        self._file = self.socket.makefile("rb")

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read(self, *, head_only: bool = False) -> Answer:
        line = self._file.readline()
        assert line, "the connection was closed without an answer"
        headers = {}
        while (field := self._file.readline().strip()) != b"":
            name, _, value = field.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        size = 0 if head_only else int(headers.get("content-length", "0"))
        return Answer(int(line.split()[1]), headers, self._file.read(size))

    def ends(self) -> bytes:
        """Read what still comes until the other side has closed."""
        return self._file.read()

    def close(self) -> None:
        self._file.close()
        self.socket.close()


class Running:
    """A server that runs in a thread of its own."""

    def __init__(self, port: int, log: io.StringIO, stop: Callable[[], None]) -> None:
        self.port = port
        self.log = log
        self.stop = stop

    def connect(self) -> Connection:
        return Connection(self.port)

    def ask(self, request: bytes) -> Answer:
        """Send one request on a new connection and read its answer to the end."""
        connection = self.connect()
        try:
            connection.send(request)
            return connection.read(head_only=request.startswith(b"HEAD"))
        finally:
            connection.close()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


def free_socket() -> socket.socket:
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return bound


@contextlib.contextmanager
def running(
    app: ASGIApp | Mapping[int, ASGIApp],
    contract: Contract,
    *,
    sockets: list[socket.socket] | None = None,
    bounds: Mapping[str, Any] | None = None,
    bare: bool = False,
    **options: Any,
) -> Iterator[Running]:
    """Serve an application, or one per port, until the block ends.

    Args:
        app: What is put inside Failwell.
        contract: Contract of the server, and of the applications where no other is given.
        sockets: Bound sockets; by default one.
        bounds: Options of Failwell.
        bare: Whether the application stays outside Failwell.
        options: Options of the server. `Running.lines` are the log lines of both.
    """
    sockets = sockets or [free_socket()]
    port = sockets[0].getsockname()[1]
    log, ready = io.StringIO(), threading.Event()
    recorder = LogRecorder(open_log("json", log))

    def inside(one: ASGIApp, its: Contract) -> ASGIApp:
        return one if bare else Failwell(one, its, recorder=recorder, **(bounds or {}))

    apps = (
        {port: inside(one, options["contracts"][port]) for port, one in app.items()}
        if isinstance(app, Mapping)
        else inside(app, contract)
    )
    server = build_server(apps, contract=contract, recorder=recorder, ready=ready.set, **options)
    factory = server.config.get_loop_factory()

    def serve() -> None:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(server.serve(sockets=sockets))

    def stop() -> None:
        server.should_exit = True

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        assert ready.wait(_PATIENCE), "the server did not start"
        yield Running(port, log, stop)
    finally:
        stop()
        thread.join(_PATIENCE)
        assert not thread.is_alive(), "the server did not stop"
