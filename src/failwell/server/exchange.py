"""Exchange: what is known about one request while it is answered.

One mutable value per request, made by the outermost layer and found by guards, handlers
and the recorder under ``scope["failwell"]``. What may reach the caller is in `fault`;
what may only reach the log is in `error`.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

import msgspec

from failwell.core.clock import Clock, SystemClock
from failwell.core.contract import Contract
from failwell.core.fault import Fault

__all__ = [
    "ASGIApp",
    "Exchange",
    "Guard",
    "Header",
    "Message",
    "Principal",
    "Receive",
    "Scope",
    "Send",
]

Scope = MutableMapping[str, Any]
"""What the server tells about a connection (ASGI)."""

Message = MutableMapping[str, Any]
"""One event between server and application (ASGI)."""

Receive = Callable[[], Awaitable[Message]]
"""How an application gets the next event (ASGI)."""

Send = Callable[[Message], Awaitable[None]]
"""How an application gives an event (ASGI)."""

ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
"""An application (ASGI 3)."""

Header = tuple[bytes, bytes]
"""One header field, its name in lower case."""


_CLOCK = SystemClock()


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who is calling, once the credentials have been accepted."""

    id: str
    """Name of the credential."""

    kind: str
    """Kind of credential, such as ``api_key`` or ``bearer``."""

    tenant: str | None = None
    """Whose data it may touch."""

    environment: str | None = None
    """Which of the tenant's environments it opens, for APIs with several."""

    user: str | None = None
    """The person behind it, where there is one."""

    scopes: tuple[str, ...] = ()
    """What it may do."""

    plan: str | None = None
    """The plan its limits come from."""

    partition: str = ""
    """Whose quota it uses up."""


class Exchange(msgspec.Struct):
    """One request and its answer, as far as they have come."""

    request_id: str
    """Our name for the exchange, unique."""

    contract: Contract
    """The contract its errors keep."""

    method: str
    """The request method."""

    started: float
    """Monotonic seconds when it arrived."""

    clock: Clock = _CLOCK
    """What measures it."""

    parent_id: str | None = None
    """The caller's own id for it, where it sent a valid one."""

    route: str | None = None
    """Path template of the operation, ``/projects/{project_id}``, once known."""

    principal: Principal | None = None
    """The caller, once known."""

    headers: list[Header] = []
    """Header fields that every answer of this exchange carries, such as its quota."""

    raised: Fault | None = None
    """The fault as it was raised, before the contract named it; ``None`` for one that was read
    from a response of the application."""

    fault: Fault | None = None
    """The resolved fault, once it is refused."""

    refusal: Fault | None = None
    """A fault found in the request body; it wins over any error the application makes of it."""

    error: BaseException | None = None
    """What was raised, where an operator should see it. Never for the caller."""

    status: int | None = None
    """The status sent; ``None`` while nothing is."""

    client_gone: bool = False
    """Whether the caller went away before its answer."""

    close_after: bool = False
    """Whether the connection ends with the answer: an unread body is in the way of the next."""

    origin: bytes | None = None
    """The ``Origin`` a browser sent."""

    @property
    def seconds(self) -> float:
        """Seconds since it arrived: its whole time for a recorder, who is told at its end.

        Measured when asked: reading a clock costs as much as making a request id.
        """
        return self.clock.monotonic() - self.started

    @property
    def api(self) -> str:
        """The name of the API's contract."""
        return self.contract.name


class Guard(Protocol):
    """Refuses a request before the application sees it, by raising a fault."""

    async def __call__(self, exchange: Exchange, scope: Scope, /) -> None:
        """Return when the request may go on, raise `FaultError` when it may not."""
        ...
