"""The deadline of an operation: a handler that takes too long, or for nobody, is stopped."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import msgspec

from failwell.core.exceptions import FaultError, UnavailableError, UpstreamError
from failwell.core.situation import Situation
from failwell.server.exchange import Receive

__all__ = ["Deadline", "while_wanted", "within"]

T = TypeVar("T")

_BREATHER = 1.0
_LEFTOVERS = 3


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


async def while_wanted(work: Awaitable[T], receive: Receive) -> T:
    """Wait for work for as long as its caller does.

    Args:
        work: What to wait for; it is cancelled when the caller goes away.
        receive: Gives the events of the request; its body has been read.

    Raises:
        ConnectionResetError: The caller went away.
    """
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ConnectionResetError("the caller went away while its answer was made")
        return working.result()
    finally:
        for each in (working, leaving):
            each.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _left(receive: Receive) -> None:
    # What is left of a body that nobody read may come first.
    for _ in range(_LEFTOVERS):
        if (await receive())["type"] == "http.disconnect":
            return
    await asyncio.Event().wait()
