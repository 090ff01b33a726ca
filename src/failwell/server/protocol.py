"""The HTTP server's own answers, in the contract.

A subclass of uvicorn's httptools protocol. It hands the parser whole heads that have
been checked, refuses everything else with an answer of the port's contract, and closes
a connection so that the caller can still read that answer (RFC 9112, 9.6).
"""

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from failwell.core.contract import Contract
from failwell.core.exceptions import FaultError
from failwell.core.fault import Fault
from failwell.core.situation import Situation
from failwell.server.cycle import REFUSAL, SHUTDOWN, FailwellCycle, PatientFlow, refusing_app
from failwell.server.exchange import ASGIApp
from failwell.server.framing import (
    BAD_REQUEST,
    KNOWN_METHODS,
    check_beginning,
    check_host,
    check_request_line,
    check_section,
    origin_form,
    without_upgrade,
)
from failwell.server.linger import (
    LAST_LINGER_SECONDS,
    LINGER_BYTES,
    LINGER_SECONDS,
    LingeringTransport,
)
from failwell.server.record import FaultListener, Recorder
from failwell.server.translate import RETRY_AFTER

__all__ = ["FailwellProtocol", "protocol_for"]

_OVERLOAD = Fault(
    situation=Situation.UNAVAILABLE, params={"reason": "overload"}, retry_after=RETRY_AFTER
)
_TIMEOUT = Fault(situation=Situation.TIMEOUT)
_FRAMING = frozenset({b"content-length", b"expect", b"host", b"transfer-encoding"})
_NO_BODY, _CHUNKED = 0, -1
_MOST_OVERHEAD = 131_072
_EASILY_DRAINED = 65_536
_HALF_CLOSED_SECONDS = 1.0


def protocol_for(
    *,
    contract: Contract,
    contracts: Mapping[int, Contract] | None = None,
    recorder: Recorder | None = None,
    faults: FaultListener | None = None,
    head_timeout: float = 10.0,
    write_timeout: float = 60.0,
) -> type["FailwellProtocol"]:
    """Make the protocol class of a server, to be given to uvicorn as ``http``.

    Args:
        contract: The contract of every port that has none of its own.
        contracts: Local port -> contract.
        recorder: Who is told about refusals.
        faults: Who is told about their answers before they are sent.
        head_timeout: Most seconds for receiving the head of a request.
        write_timeout: Most seconds in which a caller may take nothing of what it was sent.
    """

    class Protocol(FailwellProtocol):
        pass

    Protocol.refusing = refusing_app(contract, recorder, faults)
    Protocol.refusing_by_port = {
        port: refusing_app(each, recorder, faults) for port, each in (contracts or {}).items()
    }
    Protocol.head_timeout, Protocol.write_timeout = head_timeout, write_timeout
    return Protocol


class FailwellProtocol(HttpToolsProtocol):
    """One connection. Made by uvicorn from the class that `protocol_for` returns."""

    cycle: FailwellCycle
    flow: PatientFlow
    refusing: ClassVar[ASGIApp]
    refusing_by_port: ClassVar[Mapping[int, ASGIApp]]
    head_timeout: ClassVar[float]
    write_timeout: ClassVar[float]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # uvicorn's own 503 is plain text: the limit is kept here instead.
        self._most_at_once, self.limit_concurrency = self.limit_concurrency, None
        self._head = self._first = self._waiting = b""
        self._head_timer: asyncio.TimerHandle | None = None
        self._hosts: list[bytes] = []
        self._good_hosts: list[bytes] = [b""]
        self._coding: list[bytes] = []
        self._foreign_method: str | None = None
        self._running: RequestResponseCycle | None = None
        self._reading_body = False
        self._body_left = _NO_BODY
        self._tail = b""
        self._overhead = 0
        self._deaf = False
        self._discarded = 0
        self._half_closed = False
        self._linger_seconds = LINGER_SECONDS
        self._refusing_here: ASGIApp = type(self).refusing
        self._lingering: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin: the first head must come in time."""
        super().connection_made(transport)
        self.flow = PatientFlow(transport)
        port = self.server[1] if self.server else None
        self._refusing_here = self.refusing_by_port.get(port or 0, type(self).refusing)
        self._arm_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """End: nothing may fire any more."""
        self._disarm_head_timer()
        for timer in (self._lingering, self._stalled):
            if timer is not None:
                timer.cancel()
        running = self._running
        if running is not None and not running.response_complete:
            # uvicorn tells the latest one, which may still wait for its turn.
            running.disconnected = True
            running.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes: heads are checked whole, bodies are passed on.

        One request is answered and one may wait for its turn; what follows stays bytes.
        """
        self._unset_keepalive_if_required()
        if self._waiting:
            data = self._waiting + data
        try:
            while data and not self._deaf and (self._reading_body or not self.pipeline):
                data = self._feed_body(data) if self._reading_body else self._feed_head(data)
        except FaultError as error:
            self._refuse(error.fault)
        except httptools.HttpParserError as error:
            self._parser_failed(error)
        except httptools.HttpParserUpgrade:
            self.handle_websocket_upgrade()
        if data or self._waiting:
            self._wait(b"" if self._deaf else data)
        if data and self._deaf:
            self._discard(data)

    def _wait(self, data: bytes) -> None:
        self._waiting = data
        self.flow.waiting = bool(data)
        if data:
            self.flow.pause_reading()

    def pause_writing(self) -> None:
        """The caller reads slower than it is written to, which must not go on for ever."""
        super().pause_writing()
        self._stalled = self.loop.call_later(self.write_timeout, self.transport.abort)

    def resume_writing(self) -> None:
        """The caller has taken what was held back for it."""
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()

    def eof_received(self) -> bool | None:  # type: ignore[override]  # uvicorn never half-closes
        """The caller says no more. What it asked for is answered if that is quickly done."""
        self._half_closed = True
        if not self.transport.can_write_eof() or self._lingering is not None:
            return None
        if self._head and not self._deaf:
            self._refuse(BAD_REQUEST)
        if self._owes_nothing(self.cycle) or self._reading_body:
            return None
        # It may as well have gone altogether, which a response of minutes must notice.
        self.loop.call_later(_HALF_CLOSED_SECONDS, self.transport.close)
        return True

    def shutdown(self) -> None:
        """The server ends: requests in flight are finished, a half-sent head is refused."""
        self._linger_seconds = LAST_LINGER_SECONDS
        if self._lingering is not None:
            self.transport.close()
        elif self._head and not self._deaf:
            self._refuse(SHUTDOWN)
        else:
            super().shutdown()

    def _feed_head(self, data: bytes) -> bytes:
        data = self._head + data if self._head else data
        if data[0] in b"\r\n":
            # RFC 9112, 2.2: empty lines before a request line are ignored.
            data = data.lstrip(b"\r\n")
        self._first = data[:5]
        end = data.find(b"\r\n\r\n") + 4
        if end < 4:
            self._head = data
            self._arm_head_timer()
            if data:
                check_beginning(data)
            return b""
        head, rest = (data, b"") if end == len(data) else (data[:end], data[end:])
        if self._head_timer is not None:
            self._disarm_head_timer()
        self._head = b""
        self.parser.feed_data(self._checked(head))
        return rest

    def _checked(self, head: bytes) -> bytes:
        line_end = head.find(b"\r\n")
        method = check_request_line(head[:line_end])
        check_section(head, line_end)
        self._foreign_method = None
        if method not in KNOWN_METHODS:
            # The parser knows some methods and refuses the others; which ones there are is
            # for the application to say.
            self._foreign_method = method.decode("ascii")
            head = b"GET" + head[len(method) :]
        if b"\nupgrade:" in head.lower() and self.ws_protocol_class is None:
            head = without_upgrade(head)
        return head

    def _arm_head_timer(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_timeout, self._head_timed_out)

    def _disarm_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_timed_out(self) -> None:
        self._head_timer = None
        if self._head:
            self._refuse(_TIMEOUT)
        elif self._owes_nothing(self.cycle):
            # Nothing was asked, so there is nothing to answer.
            self.transport.close()

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._hosts, self._coding, self._body_left = [], [], _NO_BODY
        HttpToolsProtocol.on_message_begin(self)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field of the head; fields after the body are dropped."""
        if self._reading_body:
            return
        name = name.lower()
        self.headers.append((name, value))
        if name not in _FRAMING:
            return
        if name == b"host":
            self._hosts.append(value)
        elif name == b"content-length":
            self._body_left = int(value)
        elif name == b"transfer-encoding":
            self._coding.append(value.lower())
            self._body_left = _CHUNKED
        elif value.lower() == b"100-continue":
            self.expect_100_continue = True

    def on_headers_complete(self) -> None:
        """Check what the head says about framing, then start the application."""
        if self.ws_protocol_class is not None and self._should_upgrade():
            return
        version = self.parser.get_http_version()
        if self._hosts != self._good_hosts:
            check_host(self._hosts, version)
            # A connection mostly asks for one host; checking it once is enough.
            self._good_hosts = self._hosts or self._good_hosts
        if self._coding and (version == "1.0" or self._coding != [b"chunked"]):
            raise FaultError.of(BAD_REQUEST)
        self._tell_scope(version)
        cycle = self._new_cycle(keep_alive=version != "1.0" and self.parser.should_keep_alive())
        if self._body_left != _NO_BODY:
            cycle.transport = LingeringTransport(self.transport, self.linger)
        self._reading_body, self._tail, self._overhead = True, b"", 0
        self._take_turn(cycle, self._choose_app())

    def _tell_scope(self, version: str) -> None:
        scope = self.scope
        scope["method"] = self._foreign_method or self.parser.get_method().decode("ascii")
        if version != "1.1":
            scope["http_version"] = version
        target = self.url
        if target[:1] != b"/":
            target = origin_form(target, scope["method"])
        raw_path, _, scope["query_string"] = target.partition(b"?")
        path = raw_path.decode("ascii")
        scope["path"] = self.root_path + (unquote(path) if "%" in path else path)
        scope["raw_path"] = self.root_path.encode() + raw_path

    def _choose_app(self) -> Any:
        most = self._most_at_once
        if most is None or max(len(self.connections), len(self.tasks)) < most:
            return self.app
        scope: Any = self.scope
        scope[REFUSAL] = _OVERLOAD
        return self._refusing_here

    def _new_cycle(self, *, keep_alive: bool) -> FailwellCycle:
        cycle = FailwellCycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=keep_alive,
            on_response=self.on_response_complete,
        )
        cycle.refusing = self._refusing_here
        return cycle

    def _take_turn(self, cycle: FailwellCycle, app: Any) -> None:
        before, self.cycle = self.cycle, cycle
        if self._owes_nothing(before):
            self._running = cycle
            self._start_asgi_task(cycle, app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, app))

    def on_body(self, body: bytes) -> None:
        """Pass a piece of the body on."""
        self._overhead = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._reading_body = False
        HttpToolsProtocol.on_message_complete(self)

    def on_response_complete(self) -> None:
        """End a response; what is left of its request must not look like the next one."""
        unread = self._reading_body and not self._drains_easily()
        if not self.pipeline and (unread or (self._half_closed and not self._waiting)):
            self.linger()
        if self._lingering is not None:
            self.server_state.total_requests += 1
            return
        if self.pipeline:
            self._running = self.pipeline[-1][0]
        super().on_response_complete()
        if self._waiting and not self.transport.is_closing():
            self.data_received(b"")

    def _feed_body(self, data: bytes) -> bytes:
        if self._body_left == _CHUNKED:
            return self._feed_chunks(data)
        piece, rest = data[: self._body_left], data[self._body_left :]
        self._body_left -= len(piece)
        self.parser.feed_data(piece)
        return rest

    def _feed_chunks(self, data: bytes) -> bytes:
        # The last chunk and the fields after it end in an empty line, and nothing else ends
        # a body: so the next head, if it is in here, begins after one.
        known, begin, found = len(self._tail), 0, -1
        seen = self._tail + data
        self._overhead += len(data)
        while self._reading_body and begin < len(data):
            found = seen.find(b"\r\n\r\n", found + 1)
            end = len(data) if found < 0 else found + 4 - known
            self.parser.feed_data(data[begin:end])
            begin = end
        self._tail = seen[-3:]
        if self._overhead > _MOST_OVERHEAD:
            self._break_body()
        return data[begin:]

    def _drains_easily(self) -> bool:
        # Who waits for "100 Continue" may send the body or not, so nobody can tell what follows.
        return not self.expect_100_continue and 0 <= self._body_left <= _EASILY_DRAINED

    def _parser_failed(self, error: Exception) -> None:
        if self._reading_body:
            self._break_body()
            return
        reason = error.__context__
        self._refuse(reason.fault if isinstance(reason, FaultError) else BAD_REQUEST)

    def _break_body(self) -> None:
        self._deaf = True
        cycle = self.cycle
        cycle.keep_alive = False
        cycle.broken = True
        cycle.message_event.set()
        if cycle.response_complete:
            self.linger()

    def _refuse(self, fault: Fault) -> None:
        """Answer for a request that never became one, after those before it."""
        self._deaf = True
        self._disarm_head_timer()
        self.on_message_begin()
        method = "HEAD" if self._first == b"HEAD " else "GET"
        nowhere = {"method": method, "path": "", "raw_path": b"", "query_string": b""}
        self.scope.update({**nowhere, REFUSAL: fault})  # type: ignore[typeddict-item]  # ASGI lets servers add keys
        cycle = self._new_cycle(keep_alive=False)
        cycle.transport = LingeringTransport(self.transport, self.linger)
        cycle.more_body = False
        self._take_turn(cycle, self._refusing_here)

    @staticmethod
    def _owes_nothing(cycle: FailwellCycle | None) -> bool:
        return cycle is None or cycle.response_complete

    def linger(self) -> None:
        """Close, but let the caller read what was written to it."""
        self._deaf = True
        self._wait(b"")
        if self._lingering is not None or self.transport.is_closing():
            return
        if self._half_closed or not self.transport.can_write_eof():
            self.transport.close()
            return
        self._lingering = self.loop.call_later(self._linger_seconds, self.transport.close)
        self.flow.resume_reading()
        self.transport.write_eof()

    def _discard(self, data: bytes) -> None:
        self._discarded += len(data)
        if self._discarded > LINGER_BYTES:
            self.transport.abort()
