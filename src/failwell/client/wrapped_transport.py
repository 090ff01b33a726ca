"""Transports for people who keep their own httpx2 client: the same flow below it.

Retries, waits, budgets and bounded error bodies come with the transport. What a client of httpx2
does itself, redirects, cookies and log-ins, stays with it.
"""

import math
from typing import Any, TypedDict, Unpack

import httpx2

from failwell.client.async_driver import AsyncDriver
from failwell.client.attempts import attempts
from failwell.client.call import IDEMPOTENT, Call
from failwell.client.driver import Driver
from failwell.client.events import Listener
from failwell.client.library_logs import keep_library_logs_harmless
from failwell.client.live import Live
from failwell.client.preparation import KEY_FIELD
from failwell.client.replay import unrepeatable
from failwell.client.settings import Settings
from failwell.client.transport import AsyncSocketTransport, SocketTransport
from failwell.core.clock import Clock
from failwell.core.contract import Contract
from failwell.resilience.breaker import CircuitPolicy
from failwell.resilience.policy import RetryPolicy

__all__ = ["AsyncFailwellTransport", "FailwellTransport", "FlowOptions"]


class FlowOptions(TypedDict, total=False):
    """What a transport may be told; as for `Client`."""

    contract: Contract | str | None
    """How the API fails."""

    retry: RetryPolicy | None
    """When a request is repeated; ``None``: never."""

    deadline: float | None
    """Seconds for a request with all its attempts and waits."""

    circuit: CircuitPolicy | None
    """When requests are refused without being sent."""

    listener: Listener | None
    """Told of what happens."""

    clock: Clock
    """Where the time comes from."""

    random: Any
    """Gives a number from 0 up to 1."""

    attempt_header: str | None
    """Field that numbers retries."""


class _Flow:
    def __init__(self, raise_faults: bool, options: FlowOptions) -> None:
        given: dict[str, Any] = {**options}
        if isinstance(given.get("contract"), str):
            given["contract"] = Contract.bundled(given["contract"])
        self.settings = Settings(**given)
        self._live = Live(self.settings)
        self._raise = raise_faults
        keep_library_logs_harmless()

    def steps(self, request: httpx2.Request) -> Any:
        """Give the flow of one request."""
        return attempts(self._call(request), self.settings, self._live)

    def _call(self, request: httpx2.Request) -> Call:
        settings = self.settings
        started = settings.clock.monotonic()
        deadline = settings.deadline
        keyed = KEY_FIELD in request.headers
        limits = [each for each in request.extensions.get("timeout", {}).values() if each]
        return Call(
            request=request,
            policy=settings.retry,
            timeout=max(limits, default=math.inf),
            started=started,
            ends=math.inf if deadline is None else started + deadline,
            idempotent=keyed or request.method in IDEMPOTENT,
            keyed=keyed,
            body=unrepeatable(request),
            stream=True,
            own_headers=frozenset(name.lower() for name in request.headers),
            trusted=False,
            handed_back=not self._raise,
            wrapped=True,
        )


class FailwellTransport(httpx2.BaseTransport):
    """Sends the requests of a `httpx2.Client` with retries, waits and bounded errors.

    Args:
        transport: What sends each attempt; connections of its own by default.
        raise_faults: Whether an error answer is raised as `FaultError`; else the last answer
            is given back, as httpx2 does, and exceptions are those of httpx2.
        sleep: Lets seconds pass.
        options: See `FlowOptions`.

    Examples:
        >>> client = httpx2.Client(transport=FailwellTransport(contract="connix"))
    """

    def __init__(
        self,
        transport: httpx2.BaseTransport | None = None,
        *,
        raise_faults: bool = False,
        sleep: Any = None,
        **options: Unpack[FlowOptions],
    ) -> None:
        self._flow = _Flow(raise_faults, options)
        self._transport = transport or SocketTransport()
        self._driver = Driver(self._transport, sleep=sleep, now=self._flow.settings.clock.now)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request as often as it makes sense."""
        response: httpx2.Response = self._driver.run(self._flow.steps(request))
        return response

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()


class AsyncFailwellTransport(httpx2.AsyncBaseTransport):
    """Sends the requests of a `httpx2.AsyncClient`; see `FailwellTransport`.

    Args:
        transport: What sends each attempt; connections of its own by default.
        raise_faults: Whether an error answer is raised as `FaultError`.
        sleep: Lets seconds pass.
        options: See `FlowOptions`.
    """

    def __init__(
        self,
        transport: httpx2.AsyncBaseTransport | None = None,
        *,
        raise_faults: bool = False,
        sleep: Any = None,
        **options: Unpack[FlowOptions],
    ) -> None:
        self._flow = _Flow(raise_faults, options)
        self._transport = transport or AsyncSocketTransport()
        self._driver = AsyncDriver(self._transport, sleep=sleep, now=self._flow.settings.clock.now)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request as often as it makes sense."""
        response: httpx2.Response = await self._driver.run(self._flow.steps(request))
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()
