"""The deadline of an operation: a handler that takes too long is stopped and answered for."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import msgspec

from failwell.core.exceptions import FaultError, UnavailableError, UpstreamError
from failwell.core.situation import Situation

__all__ = ["Deadline", "within"]

T = TypeVar("T")

_BREATHER = 1.0


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """How long a handler may take, and what its caller is told when it takes longer."""

    seconds: float
    """Seconds from the start of the handler."""

    situation: Situation = Situation.GATEWAY_TIMEOUT
    """``gateway_timeout`` where another server is waited for, else ``unavailable``."""

    upstream: str | None = None
    """The server that is waited for, in words fit for the caller."""

    def fault(self) -> FaultError:
        """Make the fault of a handler that was stopped."""
        if self.situation is Situation.GATEWAY_TIMEOUT:
            return UpstreamError(
                situation=self.situation, upstream=self.upstream, timeout_seconds=self.seconds
            )
        return UnavailableError(situation=self.situation, reason="overload", retry_after=_BREATHER)


async def within(deadline: Deadline, work: Awaitable[T]) -> T:
    """Wait for work, but no longer than a deadline allows.

    A `TimeoutError` of the work itself passes through as it is: it is another matter.

    Raises:
        UpstreamError: The deadline has passed and names another server.
        UnavailableError: The deadline has passed and it is our own.
    """
    timeout = asyncio.timeout(deadline.seconds)
    try:
        async with timeout:
            return await work
    except TimeoutError as error:
        if timeout.expired():
            raise deadline.fault() from error
        raise
