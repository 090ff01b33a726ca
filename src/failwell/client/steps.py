"""Steps: what the flow of a call asks its driver to do.

The flow is one generator. It yields a step, and the driver gives back what came of it:
an `Answer`, or one of our exceptions thrown in at the same place. Two short drivers, one
with and one without ``await``, are all that differs between `Client` and `AsyncClient`.
"""

from collections.abc import Generator
from concurrent.futures import Future
from typing import Any, TypeVar

import httpx2
import msgspec

from failwell.client.exchange import Exchange

__all__ = ["Answer", "Detach", "Join", "Send", "Step", "Steps", "Wait"]

T = TypeVar("T")


class Send(msgspec.Struct, frozen=True, kw_only=True):
    """Send a request once. Gives an `Answer`, or throws a `NetworkError`."""

    request: httpx2.Request
    """What is sent, its stream fresh."""

    timeout: Exchange
    """Seconds for each phase of the attempt, and what becomes known of it."""

    stream: bool = False
    """Whether the body of a success is left to the caller."""


class Wait(msgspec.Struct, frozen=True):
    """Let time pass."""

    seconds: float


class Detach(msgspec.Struct, frozen=True):
    """Run other steps apart from this call: they go on when it is cancelled. Gives nothing."""

    steps: Generator[Any, Any, None]
    """What is run. It tells by itself what came of it, and throws nothing."""


class Join(msgspec.Struct, frozen=True):
    """Wait for what another thread or task is doing. Gives its result, or throws its exception."""

    future: Future[Any]

    timeout: float | None = None
    """Seconds at most; beyond them `DeadlineExceededError` is thrown in."""


Step = Send | Wait | Join | Detach
"""What a flow may ask for."""

Steps = Generator[Step, Any, T]
"""A flow that ends with a value."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back from one sending."""

    status: int
    """The status line."""

    headers: tuple[tuple[str, str], ...]
    """Header fields in order, names as sent."""

    body: bytes = b""
    """What was read of the body, decompressed; empty for a streamed success."""

    truncated: bool = False
    """Whether there was more than was read, by the line's fault or beyond our limit."""

    broken: str | None = None
    """What broke the reading of the body, in words; ``None`` if nothing did."""

    received: float = 0.0
    """Unix seconds when the head had come."""

    response: httpx2.Response | None = None
    """The response as the HTTP library gives it."""
