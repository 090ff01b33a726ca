"""The way in: bounds on the size and the time of a request body, for any application.

A body that cannot be accepted is refused when the application asks for it, not before:
an unknown path is unknown however big its body.
"""

import asyncio
from typing import Any, NoReturn

from failwell.core.exceptions import FaultError
from failwell.core.fault import Fault
from failwell.core.situation import Situation
from failwell.server.exchange import Exchange, Message, Receive

__all__ = ["RequestBody"]


class RequestBody:
    """Passes the body on, until it is too big or too slow.

    Args:
        receive: The server's way in.
        exchange: The exchange the body belongs to.
        announced: Size the head announced, or `UNKNOWN_SIZE`.
        max_size: Most bytes accepted.
        timeout: Most seconds for the whole body, from when it is first asked for.
    """

    __slots__ = (
        "_announced",
        "_ends_at",
        "_exchange",
        "_finished",
        "_max_size",
        "_receive",
        "_size",
        "_timeout",
    )

    def __init__(
        self,
        receive: Receive,
        exchange: Exchange,
        *,
        announced: int,
        max_size: int,
        timeout: float,
    ) -> None:
        self._receive = receive
        self._exchange = exchange
        self._announced = announced
        self._max_size = max_size
        self._timeout = timeout
        self._ends_at: float | None = None
        self._size = 0
        self._finished = False

    async def receive(self) -> Message:
        """Return the next event; after the body, only the caller's going away is left.

        Raises:
            FaultError: The body is too large, too slow, or broken in its framing.
        """
        if self._finished:
            return await self._receive()
        if self._announced > self._max_size:
            self._refuse(Situation.TOO_LARGE, limit=self._max_size)
        message = await self._next()
        if message["type"] == "http.disconnect":
            self._exchange.client_gone = True
            self._finished = True
            return message
        self._size += len(message.get("body", b""))
        if self._size > self._max_size:
            self._refuse(Situation.TOO_LARGE, limit=self._max_size)
        if not message.get("more_body", False):
            self._finished = True
            self._exchange.close_after = False
        return message

    async def _next(self) -> Message:
        if self._ends_at is None:
            self._ends_at = asyncio.get_running_loop().time() + self._timeout
        limit = asyncio.timeout_at(self._ends_at)
        try:
            async with limit:
                return await self._receive()
        except TimeoutError:
            if not limit.expired():
                raise
            self._refuse(Situation.TIMEOUT)
        except FaultError as error:
            self._exchange.refusal = error.fault
            self._exchange.close_after = True
            raise

    def _refuse(self, situation: Situation, **params: Any) -> NoReturn:
        fault = Fault(situation=situation, params=params)
        self._exchange.refusal = fault
        self._exchange.close_after = True
        raise FaultError.of(fault)
