"""Failwell: the closed world around an application.

Nothing leaves through this layer with a status of 400 or above but an answer of the
contract: exceptions, the framework's own error pages, bodies too large or too slow,
deadlines and crashes all come out as declared codes, in the declared envelope.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence

from failwell.core.clock import Clock, SystemClock
from failwell.core.contract import Contract
from failwell.core.exceptions import FailwellError, FaultError, UnavailableError
from failwell.core.fault import Fault
from failwell.core.situation import Situation
from failwell.server.cross_origin import Origins
from failwell.server.exchange import ASGIApp, Exchange, Guard, Receive, Scope, Send
from failwell.server.logs import library_log
from failwell.server.record import FaultListener, LogRecorder, Recorder
from failwell.server.request_body import RequestBody
from failwell.server.request_head import NO_BODY, read_head
from failwell.server.request_id import RequestIds
from failwell.server.response_gate import ResponseGate, watched
from failwell.server.translate import CRASH, RETRY_AFTER, concerns_operator, leaves, translate

__all__ = ["Failwell", "ResponseAbortedError"]

_SHUTTING_DOWN = Fault(
    situation=Situation.UNAVAILABLE, params={"reason": "shutdown"}, retry_after=RETRY_AFTER
)

# Only servers of ASGI 2.4 and later say, while sending, that the caller has gone.
_SILENT = frozenset({"2.0", "2.1", "2.2", "2.3"})
_UNSAID: Mapping[str, str] = {}


class ResponseAbortedError(Exception):
    """A response broke off after its head was sent: the server must cut the connection.

    Already recorded; what broke it is in the log, not here.
    """


class Failwell:
    """Keeps an application inside its error contract.

    Args:
        app: Any ASGI application.
        contract: What its errors look like.
        guards: What may refuse a request before the application sees it, in order.
        max_body: Most bytes of a request body.
        body_timeout: Most seconds for receiving a request body.
        deadline: Most seconds for a whole answer; ``None`` for no limit.
        clock: Where the time comes from.
        recorder: Who is told about each exchange; by default the log ``failwell.server``.
        faults: Who is told about each error response before it is sent; nobody by default.
        request_ids: Makes the names of exchanges.
        strict: For tests: a code that is not declared raises instead of becoming a crash.

    Examples:
        app = Failwell(app, Contract.bundled("connix"))
    """

    def __init__(
        self,
        app: ASGIApp,
        contract: Contract,
        *,
        guards: Sequence[Guard] = (),
        max_body: int = 1_048_576,
        body_timeout: float = 30.0,
        deadline: float | None = None,
        clock: Clock | None = None,
        recorder: Recorder | None = None,
        faults: FaultListener | None = None,
        request_ids: Callable[[], str] | None = None,
        strict: bool = False,
    ) -> None:
        self.app = app
        self.contract = contract
        self._run = app if deadline is None else _within(deadline, app)
        self._guards = tuple(guards)
        self._max_body = max_body
        self._body_timeout = body_timeout
        self._clock = clock or SystemClock()
        self._record = (recorder or LogRecorder(library_log())).record
        self._faults = faults
        # Bound once: a call through an instance or two attributes costs as much as the work.
        self._new_id = request_ids or RequestIds().make
        self._monotonic = self._clock.monotonic
        self._strict = strict
        self._origins = Origins()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and record it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange = Exchange(
            self._new_id(), self.contract, scope["method"], self._monotonic(), self._clock
        )
        scope["failwell"] = exchange
        size = read_head(scope, exchange)
        if size != NO_BODY:
            receive = self._bounded(receive, exchange, size)
        if scope.get("asgi", _UNSAID).get("spec_version", "2.0") not in _SILENT:
            send = watched(send, exchange)
        gate = ResponseGate(send, exchange, scope, self._clock, self._origins, self._faults)
        try:
            for guard in self._guards:
                await guard(exchange, scope)
            await self._run(scope, receive, gate.send)
            if not gate.complete:
                await self._finish(exchange, gate)
        except Exception as error:
            await self._fail(error, exchange, gate)
        except GeneratorExit:
            # The loop is gone: nothing can be awaited any more.
            raise
        except BaseException as error:
            await self._give_up(error, exchange, gate)
            raise
        finally:
            self._record(exchange)

    def _bounded(self, receive: Receive, exchange: Exchange, announced: int) -> Receive:
        body = RequestBody(
            receive,
            exchange,
            announced=announced,
            max_size=self._max_body,
            timeout=self._body_timeout,
        )
        return body.receive

    async def _finish(self, exchange: Exchange, gate: ResponseGate) -> None:
        # The application is done, its response is not: held back, cut off, or missing.
        await gate.release()
        if not gate.complete and not exchange.client_gone:
            raise RuntimeError("the application returned without completing its response")

    async def _fail(self, error: Exception, exchange: Exchange, gate: ResponseGate) -> None:
        if exchange.client_gone or _tells_of_leaving(error):
            exchange.client_gone = True
        elif gate.complete:
            # The caller has its answer; only the log is left to tell.
            exchange.error = error
        elif gate.started:
            exchange.error = error
            raise ResponseAbortedError from None
        else:
            await self._refuse(error, exchange, gate)

    async def _refuse(self, error: Exception, exchange: Exchange, gate: ResponseGate) -> None:
        mistake = self._mistake(error)
        if mistake is not None and self._strict:
            raise mistake
        exchange.error = mistake or (error if concerns_operator(error) else None)
        fault = (
            CRASH if mistake is not None else translate(error, self.contract, now=self._clock.now())
        )
        try:
            await gate.answer(exchange.refusal or fault)
        except OSError:
            exchange.client_gone = True

    def _mistake(self, error: Exception) -> FailwellError | None:
        """Find what the programmer did wrong: failwell misused, or a code not declared."""
        for leaf in leaves(error):
            if isinstance(leaf, FailwellError):
                return leaf
            if not isinstance(leaf, FaultError) or leaf.history is not None:
                continue
            if not self.contract.knows(leaf.fault):
                name = leaf.fault.code or leaf.fault.situation
                text = f"{name!r} is not declared in the contract {self.contract.name!r}"
                mistake = FailwellError(text)
                mistake.__cause__ = leaf
                return mistake
        return None

    async def _give_up(self, error: BaseException, exchange: Exchange, gate: ResponseGate) -> None:
        if isinstance(error, SystemExit | BaseExceptionGroup):
            exchange.error = error
        if gate.started:
            return
        exchange.close_after = True
        with contextlib.suppress(Exception):
            await gate.answer(_SHUTTING_DOWN)


def _tells_of_leaving(error: Exception) -> bool:
    # Starlette's, by its name: no framework is imported here.
    return all(type(leaf).__name__ == "ClientDisconnect" for leaf in leaves(error))


def _within(seconds: float, app: ASGIApp) -> ASGIApp:
    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                await app(scope, receive, send)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise UnavailableError(reason="deadline", retry_after=RETRY_AFTER) from error

    return run
