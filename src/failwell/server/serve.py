"""Serving: several ports, one process, one uvicorn server.

Application and contract are chosen by the local port, for the server's own answers too.
"""

import socket
from collections.abc import Callable, Mapping
from importlib import metadata

from uvicorn import Config, Server

from failwell.core.contract import Contract
from failwell.core.exceptions import FailwellError
from failwell.server.by_port import ByPort
from failwell.server.exchange import ASGIApp
from failwell.server.record import FaultListener, Recorder

__all__ = ["TESTED_UVICORN", "FailwellServer", "build_server", "check_uvicorn"]

TESTED_UVICORN = "0.54"
"""The minor version of uvicorn that our protocol class is made for."""


def check_uvicorn() -> None:
    """Check that the installed uvicorn is the one our protocol class was tested with.

    Raises:
        FailwellError: It is another minor version.
    """
    found = metadata.version("uvicorn")
    if found.split(".")[:2] != TESTED_UVICORN.split("."):
        raise FailwellError(
            f"serving is tested with uvicorn {TESTED_UVICORN}, but {found} is installed: install "
            f"'uvicorn~={TESTED_UVICORN}.0', or run the application under any ASGI server yourself"
        )


class FailwellServer(Server):
    """A server that tells when it is ready, and whose end by a signal is no failure.

    Args:
        config: Configuration of uvicorn.
        ready: Called once, when every port accepts connections.
    """

    def __init__(self, config: Config, *, ready: Callable[[], None] | None = None) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the applications, then the ports."""
        await super().startup(sockets)
        if self.started and self._ready is not None:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish the requests in flight, then the applications."""
        await super().shutdown(sockets)
        # uvicorn raises the signals once more at its end, which would end the process as killed.
        self._captured_signals.clear()


def build_server(
    apps: Mapping[int, ASGIApp] | ASGIApp,
    *,
    contract: Contract,
    contracts: Mapping[int, Contract] | None = None,
    recorder: Recorder | None = None,
    faults: FaultListener | None = None,
    ready: Callable[[], None] | None = None,
    limit_concurrency: int | None = None,
    head_timeout: float = 10.0,
    write_timeout: float = 60.0,
    keep_alive: int = 5,
    graceful: int = 60,
    forwarded_allow_ips: str = "",
) -> FailwellServer:
    """Build the server; ``run(sockets=...)``, or ``await serve(sockets=...)``, serves until Ctrl-C.

    Args:
        apps: Local port -> application, or one application for every port.
        contract: The contract of the server's own answers where no other is given.
        contracts: Local port -> contract of the server's own answers there.
        recorder: Who is told about requests that never reach an application.
        faults: Who is told about their answers before they are sent.
        ready: Called once, when every port accepts connections.
        limit_concurrency: Most connections or requests at once; further ones are refused.
        head_timeout: Most seconds for receiving the head of a request.
        write_timeout: Most seconds in which a caller may take nothing of what it was sent.
        keep_alive: Seconds an idle connection is kept.
        graceful: Seconds that requests in flight get to finish after Ctrl-C.
        forwarded_allow_ips: Addresses of proxies whose ``X-Forwarded-For`` is believed.

    Raises:
        FailwellError: The installed uvicorn is not the tested one.
    """
    check_uvicorn()
    # Only now: another uvicorn may lack what the protocol imports from it.
    from failwell.server.protocol import protocol_for

    app = ByPort(apps) if isinstance(apps, Mapping) else apps
    protocol = protocol_for(
        contract=contract,
        contracts=contracts,
        recorder=recorder,
        faults=faults,
        head_timeout=head_timeout,
        write_timeout=write_timeout,
    )
    config = Config(
        app,
        http=protocol,
        # WebSockets have no place in an error contract for HTTP.
        ws="none",
        lifespan="auto",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(forwarded_allow_ips),
        forwarded_allow_ips=forwarded_allow_ips,
        limit_concurrency=limit_concurrency,
        timeout_keep_alive=keep_alive,
        timeout_graceful_shutdown=graceful,
    )
    return FailwellServer(config, ready=ready)
