"""What users need in tests of their own: a clock that stands still, faults, an API in memory."""

from collections.abc import Callable
from typing import Any

import httpx2

from failwell.core.contract import Contract
from failwell.core.exceptions import FaultError
from failwell.core.fault import Fault
from failwell.core.situation import DEFAULT_STATUS, Situation
from failwell.core.wire import WireResponse

__all__ = ["FakeClock", "ScriptedApi", "make_fault"]


class FakeClock:
    """A clock that moves only when told to; fits wherever a `Clock` is taken.

    Its `sleep` moves it on without waiting: ``Client(clock=clock, sleep=clock.sleep)``, or
    `asleep` for an `AsyncClient`.

    Args:
        now: Unix seconds it starts at.

    Examples:
        >>> clock = FakeClock(1_700_000_000.0)
        >>> clock.advance(2.5)
        >>> clock.now(), clock.monotonic()
        (1700000002.5, 2.5)
    """

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.slept: list[float] = []
        """Seconds of each sleep, in order."""

        self._start = now
        self._passed = 0.0

    def now(self) -> float:
        """Return the wall clock as Unix seconds."""
        return self._start + self._passed

    def monotonic(self) -> float:
        """Return the seconds it was advanced by."""
        return self._passed

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        if seconds < 0:
            raise ValueError(f"time does not run backwards: {seconds}")
        self._passed += seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass at once, and remember that somebody wanted to wait."""
        self.slept.append(seconds)
        self.advance(seconds)

    async def asleep(self, seconds: float) -> None:
        """Same as `sleep`, for coroutines."""
        self.sleep(seconds)


class ScriptedApi(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """An API in memory: give it to a client as its ``transport``, and no socket is opened.

    Args:
        contract: The contract of the API, or the name of a bundled one.
        answers: What each request is answered with, in turn; the last one for ever. A code of
            the contract stands for its example, a `FaultError` for what it looks like on the
            wire, a status or a JSON value (with status 200) for itself. An exception is raised,
            as a broken line would; a function is given the request and returns any of these.

    Examples:
        >>> api = ScriptedApi("connix", "rate_limit_exceeded", {"id": "proj_1"})
        >>> with httpx2.Client(transport=api) as client:
        ...     [client.get("https://api.example.com/").status_code for _ in range(2)]
        [429, 200]
    """

    def __init__(self, contract: Contract | str, *answers: Any) -> None:
        self.contract = Contract.bundled(contract) if isinstance(contract, str) else contract
        self.requests: list[httpx2.Request] = []
        """Every request that came, bodies read."""

        self._answers = answers or ({},)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer a request."""
        request.read()
        return self._answer(request)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Same as `handle_request`, for coroutines."""
        await request.aread()
        return self._answer(request)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        told = self._answers[min(len(self.requests), len(self._answers) - 1)]
        self.requests.append(request)
        return self._made(told, request)

    def _made(self, told: Any, request: httpx2.Request) -> httpx2.Response:
        match told:
            case httpx2.Response():
                return told
            case str():
                return _response(self.contract.golden(told))
            case FaultError():
                resolved = self.contract.resolve(told.fault, request_id="req_0123456789abcdef")
                return _response(self.contract.encode(resolved))
            case Exception():
                raise told
            case Callable():
                return self._made(told(request), request)
            case int():
                return httpx2.Response(told)
            case _:
                return httpx2.Response(200, json=told)


def _response(wire: WireResponse) -> httpx2.Response:
    return httpx2.Response(wire.status, headers=list(wire.headers), content=wire.body)


def make_fault(situation: Situation | str, **fields: Any) -> Fault:
    """Make a fault of a situation, with the status RFC 9110 gives it unless you say another.

    Args:
        situation: What happened.
        fields: Any other field of `Fault`.

    Examples:
        >>> make_fault("rate_limited", retry_after=30.0).status
        429
    """
    happened = Situation(situation)
    return Fault(situation=happened, **{"status": DEFAULT_STATUS[happened], **fields})
