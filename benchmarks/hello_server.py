"""A server for comparisons: one raw ASGI hello, bare on one port and wrapped on others.

Everything runs in one process on one loop with one protocol class, so that the only
difference between the ports is the layer measured. Run as a process by `hello`; while it
runs it prints, for each short while, how many requests each port took and what processor
time that cost.
"""

import asyncio
import logging
import os
import sys
import time
from collections.abc import Mapping

import msgspec
import uvloop
from uvicorn import Config, Server

from failwell.core.contract import Contract
from failwell.server.exchange import ASGIApp, Receive, Scope, Send
from failwell.server.failwell import Failwell
from failwell.server.logs import open_log
from failwell.server.protocol import protocol_for
from failwell.server.record import LogRecorder

__all__ = ["KINDS", "Window", "main", "watch"]

KINDS = ("bare", "wrapped", "logged", "crash", "bare_crash")
"""What is served, from the first port on."""

_WINDOW = 0.05
_HEADERS = [(b"content-type", b"text/plain"), (b"content-length", b"13")]


class Window(msgspec.Struct, frozen=True):
    """A short while of the server's life."""

    requests: Mapping[str, int]
    """Kind -> requests answered."""

    cpu: float
    """Processor seconds used."""


async def _hello(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": b"Hello, world!"})


async def _crash(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise RuntimeError("a bug")


def _apps(contract: Contract) -> Mapping[str, ASGIApp]:
    # Log lines go where they are as cheap as can be: what is left is the cost of making them.
    nowhere = open(os.devnull, "w")  # noqa: SIM115  it stays open as long as the process
    recorder = LogRecorder(open_log("json", nowhere))
    return {
        "bare": _hello,
        "wrapped": Failwell(_hello, contract),
        "logged": Failwell(_hello, contract, recorder=recorder),
        "crash": Failwell(_crash, contract, recorder=recorder),
        "bare_crash": _crash,
    }


async def _serve(first: int, *, plain: bool) -> None:
    contract = Contract.bundled("connix")
    servers = {}
    for port, (kind, app) in enumerate(_apps(contract).items(), start=first):
        ours = protocol_for(contract=contract)
        # uvicorn's own answer to a crash is part of what a bare crash costs.
        protocol = "httptools" if plain or kind == "bare_crash" else ours
        config = Config(
            app,
            port=port,
            http=protocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
        )
        servers[kind] = Server(config)
    asyncio.get_running_loop().create_task(watch(servers))
    await asyncio.gather(*(server.serve() for server in servers.values()))


async def watch(servers: Mapping[str, Server]) -> None:
    """Print what the servers do, one line for each short while, until the process ends.

    Args:
        servers: Kind -> its server.
    """
    while not all(each.started for each in servers.values()):  # noqa: ASYNC110  uvicorn has no event
        await asyncio.sleep(_WINDOW)
    print("ready", flush=True)
    seen, cpu = _counts(servers), time.process_time()
    while True:
        await asyncio.sleep(_WINDOW)
        now, used = _counts(servers), time.process_time()
        window = Window({kind: now[kind] - seen[kind] for kind in now}, used - cpu)
        seen, cpu = now, used
        print(msgspec.json.encode(window).decode(), flush=True)


def _counts(servers: Mapping[str, Server]) -> dict[str, int]:
    return {kind: server.server_state.total_requests for kind, server in servers.items()}


def main() -> None:
    """Serve until a signal ends the process."""
    logging.basicConfig(filename=os.devnull)
    uvloop.run(_serve(int(sys.argv[1]), plain="--plain" in sys.argv))


if __name__ == "__main__":
    main()
