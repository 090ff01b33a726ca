"""Several applications on several ports, started, stopped and told apart as one server."""

import signal
import subprocess
import sys
import textwrap
from importlib import metadata
from typing import Any

import pytest

from failwell.core.contract import Contract
from failwell.core.exceptions import FailwellError
from failwell.server.by_port import ByPort
from failwell.server.exchange import Message, Receive, Scope, Send
from failwell.server.serve import check_uvicorn
from tests.server.echo import reply
from tests.server.wire import free_socket, running

CONNIX = Contract.bundled("connix")
OK = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Living:
    """An application that notes its lifespan."""

    def __init__(self, name: str, notes: list[str], *, fails: bool = False) -> None:
        self.name = name
        self.notes = notes
        self.fails = fails

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await reply(send, self.name.encode())
            return
        while True:
            event = (await receive())["type"].removeprefix("lifespan.")
            self.notes.append(f"{self.name} {event}")
            if self.fails:
                await send({"type": f"lifespan.{event}.failed", "message": "no database"})
                return
            await send({"type": f"lifespan.{event}.complete"})
            if event == "shutdown":
                return


async def lifeless(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer requests, and know nothing of lifespans."""
    assert scope["type"] == "http"
    await reply(send, b"lifeless")


def test_each_port_has_its_application_and_all_live_as_one():
    """Applications start before the first request and stop after the last, in reverse."""
    notes: list[str] = []
    sockets = [free_socket() for _ in range(3)]
    ports = [each.getsockname()[1] for each in sockets]
    apps = (Living("a", notes), Living("b", notes), lifeless)
    contracts = dict.fromkeys(ports, CONNIX)

    by_port = dict(zip(ports, apps, strict=True))
    with running(by_port, CONNIX, sockets=sockets, contracts=contracts) as server:
        assert notes == ["a startup", "b startup"]
        bodies = []
        for port in ports:
            server.port = port
            bodies.append(server.ask(OK).body)

    assert bodies == [b"a", b"b", b"lifeless"]
    assert notes[2:] == ["b shutdown", "a shutdown"]


async def test_an_application_that_cannot_start_stops_the_others():
    """A failed start is told to the server, and what had started is stopped."""
    notes: list[str] = []
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(message: Message) -> None:
        sent.append(message)

    app = ByPort({1: Living("a", notes), 2: Living("b", notes, fails=True)})
    await app({"type": "lifespan"}, receive, send)

    assert sent == [{"type": "lifespan.startup.failed", "message": "no database"}]
    assert notes == ["a startup", "b startup", "a shutdown"]


def test_an_untested_uvicorn_is_refused_with_what_to_do(monkeypatch):
    """The protocol class leans on uvicorn's own, so another minor version is not tried."""
    check_uvicorn()
    monkeypatch.setattr(metadata, "version", lambda name: "0.55.1")

    with pytest.raises(FailwellError, match=r"0\.55\.1 is installed: install 'uvicorn~=0\.54\.0'"):
        check_uvicorn()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_in_peace(number):
    """Being asked to stop is no failure: the process goes on after `run` and exits with 0."""
    program = textwrap.dedent("""
        import socket
        from failwell.core.contract import Contract
        from failwell.server.serve import build_server

        async def app(scope, receive, send):
            raise RuntimeError

        bound = socket.socket()
        bound.bind(("127.0.0.1", 0))
        server = build_server(
            app,
            contract=Contract.bundled("connix"),
            ready=lambda: print("ready", flush=True),
        )
        server.run(sockets=[bound])
        print("done")
    """)
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        output: Any = process.stdout
        assert output.readline() == "ready\n"
        process.send_signal(number)

        assert output.read() == "done\n"
    assert process.returncode == 0
