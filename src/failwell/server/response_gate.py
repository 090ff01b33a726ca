"""The way out: good responses pass, error responses of the application are held back.

Nothing may answer with a status of 400 or above that the contract does not know. What a
framework, a middleware or a handler writes by itself is held until it can be judged: it
passes if it is an answer of the contract already, and is put into the contract if not.
"""

from collections.abc import Awaitable, Iterable

import msgspec

from failwell.core.clock import Clock
from failwell.core.fault import Fault
from failwell.server.cross_origin import Origins, cross_origin_headers
from failwell.server.exchange import Exchange, Header, Message, Scope, Send
from failwell.server.record import FaultListener
from failwell.server.respond import guarded, respond, settle
from failwell.server.translate import completed, fault_of_status

__all__ = ["ResponseGate", "watched"]

_LONGEST_JUDGED = 65_536
_CRASH_STATUS = 500
_ID_LENGTH = len("x-request-id")
# RFC 9110, 5.5: what no field value may hold. A value without them is translated to itself.
_CONTROLS = bytes((*range(9), *range(10, 32), 127))
_SPOTTED = bytes.maketrans(_CONTROLS, b"?" * len(_CONTROLS))


class ResponseGate(msgspec.Struct):
    """Stands between an application and the server's ``send``; one for each exchange."""

    _send: Send
    _exchange: Exchange
    _scope: Scope
    _clock: Clock
    _origins: Origins
    _faults: FaultListener | None = None
    _held: Message | None = None
    _body: bytes = b""

    started: bool = False
    """Whether the server has been given the head of a response."""

    complete: bool = False
    """Whether the server has been given all of it."""

    def send(self, message: Message) -> Awaitable[None]:
        """Take one event of the application's response.

        Not a coroutine itself: a good response waits for the server alone.
        """
        if message["type"] == "http.response.start":
            status = message["status"]
            if not 200 <= status < 400 and self._holds(message):
                return _nothing()
            message = {**message, "headers": self._stamped(message.get("headers", ()))}
            self._exchange.status = status
            self.started = True
        elif self._held is not None:
            return self._collect(message)
        elif "more_body" not in message or not message["more_body"]:
            self.complete = True
        return self._send(message)

    def _stamped(self, given: Iterable[Header]) -> list[Header]:
        exchange = self._exchange
        headers = []
        for field in given:
            name, value = field
            if value.translate(_SPOTTED) != value:
                # Servers find this out too late, when the head can no longer be taken back.
                raise ValueError("a header value of the application holds a control character")
            if len(name) != _ID_LENGTH or name.lower() != b"x-request-id":
                headers.append(field)
        headers.append((b"x-request-id", exchange.request_id.encode()))
        if exchange.headers:
            headers += exchange.headers
        if exchange.origin is not None:
            self._origins.learn(exchange.origin, headers)
        return headers

    def _holds(self, message: Message) -> bool:
        status = message["status"]
        if status < 200:
            raise ValueError(f"a response cannot have the status {status}")
        # An inner layer of ours has answered inside the application, below its middleware.
        fault = self._exchange.fault
        if fault is not None and fault.status == status:
            return False
        self._held = message
        return True

    async def _collect(self, message: Message) -> None:
        if len(self._body) <= _LONGEST_JUDGED:
            self._body += message.get("body", b"")
        if message.get("more_body", False) or self._held is None:
            return
        # Frameworks answer 500 and then raise the reason, which may be a fault with an answer
        # of its own: a 500 waits for the end of the application.
        if self._held["status"] != _CRASH_STATUS:
            await self.release()

    async def release(self) -> None:
        """Judge the response that is held back, if there is one, and send what may go out."""
        if self._held is None or self.started:
            return
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in self._held.get("headers", ())
        }
        exchange, status = self._exchange, self._held["status"]
        if exchange.refusal is not None:
            await self.answer(exchange.refusal)
        elif not await self._recognised(self._held, headers):
            fault = fault_of_status(status, headers, now=self._clock.now())
            await self.answer(fault)

    async def _recognised(self, held: Message, headers: dict[str, str]) -> bool:
        """Send what is an answer of the contract already, completed where its head is not."""
        exchange = self._exchange
        ours = {**headers, "x-request-id": exchange.request_id}
        decoded = exchange.contract.decode(held["status"], ours, self._body)
        flaws = [each.pointer for each in decoded.deviations if each.level == "error"]
        if decoded.entry is None or not all(flaw.startswith("header:") for flaw in flaws):
            return False
        fault = msgspec.structs.replace(decoded.fault, request_id=exchange.request_id)
        exchange.fault = fault
        if flaws:
            await self._respond()
        else:
            await self._pass_on(held)
        return True

    async def _pass_on(self, held: Message) -> None:
        self._exchange.status = held["status"]
        self.started = self.complete = True
        headers = guarded(self._stamped(held.get("headers", ())))
        if self._faults is not None:
            noted = self._faults.note(self._exchange, headers, self._body, self._scope)
            if noted is not None:
                await noted
        await self._send({**held, "headers": headers})
        await self._send({"type": "http.response.body", "body": self._body})

    async def answer(self, fault: Fault) -> None:
        """Send a fault, unless a response is under way.

        Args:
            fault: What is the matter, as raised.
        """
        exchange = self._exchange
        exchange.raised = fault
        fault = completed(
            fault,
            exchange.contract,
            method=exchange.method,
            path=self._scope["path"],
            now=self._clock.now(),
        )
        settle(fault, exchange, self._clock)
        await self._respond()

    async def _respond(self) -> None:
        self.started = self.complete = True
        await respond(
            self._exchange, self._send, self._scope, kept=self._kept(), faults=self._faults
        )

    def _kept(self) -> list[Header]:
        told = [] if self._held is None else cross_origin_headers(self._held.get("headers", ()))
        # A framework's page for a crash is made outside its middleware, like ours.
        crashed = self._held is None or self._held["status"] == _CRASH_STATUS
        return told or self._origins.recall(self._exchange.origin) if crashed else told


def watched(send: Send, exchange: Exchange) -> Send:
    """Note in the exchange when the server says, by an ``OSError``, that the caller has gone."""

    async def watching(message: Message) -> None:
        try:
            await send(message)
        except OSError:
            exchange.client_gone = True
            raise

    return watching


async def _nothing() -> None:
    pass
