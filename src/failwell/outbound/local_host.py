"""A small real HTTP server on a free loopback port, for hosts that are bundled with an API.

It stands in for a model provider, a payment gateway or an image host, so that outbound
calls are made for real on a machine with no accounts and no network.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec

__all__ = ["LocalAnswer", "LocalHost", "LocalRequest"]

_LARGEST = 1_048_576
_PATIENCE = 10.0


class LocalRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked."""

    method: str
    """The method."""

    path: str
    """The path with its query, as it came."""

    headers: Mapping[str, str]
    """Header fields by lower-case name."""

    body: bytes
    """The whole body."""


class LocalAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What to answer."""

    status: int = 200
    """HTTP status."""

    content: Any = None
    """Bytes as they are, anything else as JSON."""

    media: str = "application/json"
    """Media type of the content."""


Answering = Callable[[LocalRequest], Awaitable[LocalAnswer]]


class LocalHost:
    """Serves one function over HTTP/1.1, one request a connection.

    Args:
        answer: Answers a request.
        host: Address to listen on.
    """

    def __init__(self, answer: Answering, *, host: str = "127.0.0.1") -> None:
        self._answer = answer
        self._host = host
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """Where it listens, without a last slash; only while it is started."""
        if self._server is None:
            raise RuntimeError("the local host is not started")
        return f"http://{self._host}:{self._server.sockets[0].getsockname()[1]}"

    async def start(self) -> None:
        """Listen on a port that is free."""
        self._server = await asyncio.start_server(self._converse, self._host, 0)

    async def close(self) -> None:
        """Stop listening; requests under way are dropped."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for writer in tuple(self._open):
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            async with asyncio.timeout(_PATIENCE):
                # One request per connection keeps the protocol small.
                answer = await self._answer(await _receive(reader))
                writer.write(_message(answer))
                await writer.drain()
        except (OSError, EOFError, ValueError, TimeoutError, asyncio.LimitOverrunError):
            # Whoever asked is gone, or never spoke HTTP; there is nobody to tell.
            pass
        finally:
            self._open.discard(writer)
            writer.close()


async def _receive(reader: asyncio.StreamReader) -> LocalRequest:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    request_line, *fields = head.split("\r\n")
    method, path, _version = request_line.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (f.partition(":") for f in fields)}
    length = headers.get("content-length", "")
    body = await reader.readexactly(min(int(length) if length.isdecimal() else 0, _LARGEST))
    return LocalRequest(method=method, path=path, headers=headers, body=body)


def _message(answer: LocalAnswer) -> bytes:
    content = answer.content
    body = content if isinstance(content, bytes) else msgspec.json.encode(content)
    head = (
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
        f"Content-Type: {answer.media}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
