"""The seam between the flow of a call and what proves who is calling.

An `Auth` writes its conversation as steps (`failwell.client.steps`), so that one text serves
threads, asyncio and trio. It keeps no client and no contract: the flow hands it both as
`AuthTools` at every call, and so one `Auth` may serve several clients at once.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import httpx2
import msgspec

from failwell.client.steps import Answer, Steps
from failwell.core.contract import Contract
from failwell.resilience.deadline import Deadline

__all__ = ["Auth", "AuthTools", "Grant"]

_NOTHING: Mapping[str, str] = {}


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What an attempt carries to be let in.

    It goes to the origin of the API and nowhere else.
    """

    headers: Mapping[str, str] = _NOTHING
    """Header fields to send, beside those that the call itself names."""

    params: Mapping[str, str] = _NOTHING
    """Query parameters to add, for an API that takes its key there."""

    cookies: Mapping[str, str] = _NOTHING
    """Cookies to add, for an API that takes its key there."""

    secrets: tuple[str, ...] = ()
    """Every text that must be found in no error, log or pickle."""

    generation: int = 0
    """Which of the tokens of its `Auth` this is: the first is 1, and 0 never changes."""

    def __repr__(self) -> str:
        return f"Grant(generation={self.generation})"


class AuthTools(msgspec.Struct, frozen=True, kw_only=True):
    """What the flow of a call lends to an `Auth` for the time of one step."""

    send: Callable[[httpx2.Request], Steps[Answer]]
    """Sends a request without credentials of ours and with everything else the flow has: 5xx
    and 429 are retried under the deadline and budget of the call. Gives the last answer,
    whatever its status, its body read; throws what the flow throws when there is none."""

    build: Callable[..., httpx2.Request]
    """Makes a request: ``build(method, url, headers=..., data=..., json=..., params=...)``. A
    relative address is one of the API's base URL; fields of the client's own that hold
    secrets stay out of it."""

    deadline: Deadline
    """When the call ends; every wait of a log-in ends before it."""

    now: Callable[[], float]
    """The wall clock, Unix seconds."""

    monotonic: Callable[[], float]
    """Seconds that never step back."""

    random: Callable[[], float]
    """A number from 0 up to 1."""

    contract: Contract | None = None
    """The contract of the API: where its credential goes, how its refusals read."""

    listener: Any = None
    """Told of log-ins, as of everything else."""

    def left(self) -> float | None:
        """Return the seconds left of the call; ``None`` for a call that may take any time."""
        left = self.deadline.remaining(self.monotonic())
        return left if math.isfinite(left) else None


class Auth(Protocol):
    """Proves who is calling.

    Both methods are generators of steps. They may be run by several threads and tasks, of
    several clients, at the same time.
    """

    def grant(self, tools: AuthTools) -> Steps[Grant]:
        """Give what an attempt carries. Called once for each; may fetch a token first."""
        ...

    def renew(self, spent: Grant, tools: AuthTools) -> Steps[Grant | None]:
        """Replace what an answer has refused.

        Called at most once for a call, and only where `failwell.client.auth.refusal` says that
        a new token may help.

        Args:
            spent: What the refused attempt carried.
            tools: As for `grant`.

        Returns:
            What the one replay carries; ``None`` when there is nothing better to give.
        """
        ...
