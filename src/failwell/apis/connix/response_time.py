"""``X-Response-Time``: how long Connix took, on every answer."""

from collections.abc import MutableMapping
from typing import Any

from failwell.core.clock import Clock
from failwell.server.exchange import ASGIApp, Receive, Scope, Send

__all__ = ["ResponseTime"]


class ResponseTime:
    """Adds the milliseconds until the head of an answer, as ``150ms``; an ASGI application.

    Args:
        app: The application to measure.
        clock: Where the time comes from.
    """

    def __init__(self, app: ASGIApp, *, clock: Clock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, with one header more."""
        began = self._clock.monotonic()

        async def send_timed(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                took = round((self._clock.monotonic() - began) * 1000)
                field = (b"x-response-time", b"%dms" % took)
                message = {**message, "headers": [*message.get("headers", ()), field]}
            await send(message)

        await self._app(scope, receive, send_timed)
