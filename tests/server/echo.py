"""A small application that says what it was asked."""

import json

from failwell.server.exchange import Receive, Scope, Send

__all__ = ["echo", "reply"]


async def reply(send: Send, body: bytes, *, status: int = 200, headers: tuple = ()) -> None:
    """Send a whole response."""
    fields = [(b"content-length", b"%d" % len(body)), *headers]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with method, path and the size of the body."""
    if scope["type"] != "http":
        raise RuntimeError
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    await reply(send, json.dumps([scope["method"], scope["path"], size]).encode())
