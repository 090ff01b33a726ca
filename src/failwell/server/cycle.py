"""One request and its response on a connection of uvicorn, without answers of its own.

uvicorn answers what an application lets through with a plain-text 500. Here it is an
answer of the contract instead.
"""

import asyncio
import logging
import socket
import struct
from typing import Any

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from failwell.core.contract import Contract
from failwell.core.exceptions import FaultError
from failwell.core.fault import Fault
from failwell.core.situation import Situation
from failwell.server.exchange import ASGIApp, Receive, Scope, Send
from failwell.server.failwell import Failwell, ResponseAbortedError
from failwell.server.framing import BAD_REQUEST
from failwell.server.logs import library_log
from failwell.server.record import FaultListener, Recorder
from failwell.server.traceback_text import traceback_text
from failwell.server.translate import CRASH, RETRY_AFTER

__all__ = ["REFUSAL", "SHUTDOWN", "FailwellCycle", "PatientFlow", "refusing_app"]

REFUSAL = "failwell.refusal"
"""Key of the scope that holds the fault a request is refused with, below any application."""

_RESET = struct.pack("ii", 1, 0)

SHUTDOWN = Fault(
    situation=Situation.UNAVAILABLE, params={"reason": "shutdown"}, retry_after=RETRY_AFTER
)
"""What is told to a caller whose request the end of the server overtakes."""


def refusing_app(
    contract: Contract, recorder: Recorder | None, faults: FaultListener | None = None
) -> ASGIApp:
    """Make the application that answers with the fault its scope holds, in a contract.

    Args:
        contract: The contract of the port.
        recorder: Who is told about the exchange.
        faults: Who is told about the answer before it is sent.
    """
    return Failwell(_raise_refusal, contract, recorder=recorder, faults=faults)


async def _raise_refusal(scope: Scope, _receive: Receive, _send: Send) -> None:
    scope["failwell"].close_after = True
    raise FaultError.of(scope[REFUSAL])


class PatientFlow(FlowControl):
    """Flow control that reads nothing more while received requests wait for their turn."""

    waiting = False
    """Whether some wait; uvicorn would read on, and keep whatever a caller can send."""

    def resume_reading(self) -> None:
        """Read on, unless requests wait."""
        if not self.waiting:
            super().resume_reading()


class FailwellCycle(RequestResponseCycle):
    """A cycle whose emergencies are answered by the contract of its port."""

    refusing: ASGIApp
    """Answers with the fault that the scope holds under `REFUSAL`."""

    broken = False
    """Whether the rest of the request body can never be read."""

    async def run_asgi(self, app: Any) -> None:
        """Run an application, and answer for it when it does not."""
        try:
            await app(self.scope, self.receive, self.send)
            if not self.response_complete and not self.disconnected:
                raise RuntimeError("the application returned without completing its response")
        except ResponseAbortedError:
            self._cut()
        except BaseException as error:
            await self._rescue(error)
        finally:
            self.on_response = _nothing

    async def _rescue(self, error: BaseException) -> None:
        # An application inside Failwell comes here only when it is cancelled.
        planned = isinstance(error, FaultError | asyncio.CancelledError)
        if not planned:
            text = traceback_text(error)
            library_log().write(logging.ERROR, "crash", api=self.scope["server"], exception=text)
        if self.response_started:
            if not self.response_complete:
                self._cut()
            return
        if isinstance(error, FaultError):
            await self.refuse(error.fault)
        else:
            await self.refuse(SHUTDOWN if planned else CRASH)

    async def refuse(self, fault: Fault) -> None:
        """Answer with a fault instead of the application."""
        scope: Any = self.scope
        scope[REFUSAL] = fault
        await self.refusing(scope, self.receive, self.send)  # type: ignore[arg-type]  # uvicorn types events one by one

    def _cut(self) -> None:
        if self.scope["http_version"] != "1.0":
            self.transport.close()
            return
        # Before HTTP/1.1 the end of the connection is the end of a good response: only a
        # reset says that this one is none.
        raw = self.transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.transport.abort()

    async def receive(self) -> Any:
        """Return the next event of the request.

        Raises:
            FaultError: The body is broken in its framing.
        """
        message = await super().receive()
        if self.broken and message["type"] == "http.request":
            raise FaultError.of(BAD_REQUEST)
        return message


def _nothing() -> None:
    pass
