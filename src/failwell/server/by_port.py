"""One application made of several, chosen by the port a request came in on."""

import asyncio
import contextlib
from collections.abc import Mapping

from failwell.server.exchange import ASGIApp, Message, Receive, Scope, Send

__all__ = ["ByPort"]


class ByPort:
    """Dispatches by local port, and starts and stops every application with the server.

    Args:
        apps: Local port -> application. One application may serve several ports.
    """

    def __init__(self, apps: Mapping[int, ASGIApp]) -> None:
        self._apps = dict(apps)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a connection to the application of its port."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        else:
            await self._apps[scope["server"][1]](scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        distinct = {id(app): app for app in self._apps.values()}.values()
        lives = [_Life(app, scope) for app in distinct]
        await receive()
        failures = [text for life in lives if (text := await life.pass_on("startup"))]
        if failures:
            await send({"type": "lifespan.startup.failed", "message": "; ".join(failures)})
        else:
            await send({"type": "lifespan.startup.complete"})
            await receive()
        for life in reversed(lives):
            await life.pass_on("shutdown")
        if not failures:
            await send({"type": "lifespan.shutdown.complete"})


class _Life:
    """The lifespan of one application among several."""

    def __init__(self, app: ASGIApp, scope: Scope) -> None:
        self._events: asyncio.Queue[Message] = asyncio.Queue()
        self._replies: asyncio.Queue[Message | None] = asyncio.Queue()
        self._task = asyncio.ensure_future(self._run(app, dict(scope)))

    async def _run(self, app: ASGIApp, scope: Scope) -> None:
        # ASGI: raising means that the application has no lifespan.
        with contextlib.suppress(Exception):
            await app(scope, self._events.get, self._replies.put)
        self._replies.put_nowait(None)

    async def pass_on(self, event: str) -> str:
        """Tell the application of an event and return what went wrong, if anything."""
        if self._task.done():
            return ""
        self._events.put_nowait({"type": f"lifespan.{event}"})
        reply = await self._replies.get()
        if reply is None or not reply["type"].endswith(".failed"):
            return ""
        return str(reply.get("message") or f"an application failed at {event}")
