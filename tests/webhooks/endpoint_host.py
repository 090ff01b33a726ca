"""A receiver of webhooks over real sockets, byte for byte as it is told."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Received(NamedTuple):
    """One request as it came."""

    line: str
    headers: dict[str, str]
    body: bytes


class EndpointHost:
    """Answers every request with `answer`; bytes are sent, a function may do what it likes."""

    def __init__(self) -> None:
        self.answer: bytes | Answering = OK
        self.received: list[Received] = []
        self.connections = 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(OSError, EOFError, asyncio.CancelledError):
            while True:
                self.received.append(await receive(reader))
                if not isinstance(self.answer, bytes):
                    await self.answer(reader, writer)
                    break
                writer.write(self.answer)
                await writer.drain()
                if not self.answer.startswith(b"HTTP") or b"Connection: close" in self.answer:
                    break
        writer.close()


async def receive(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *fields = head.rstrip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (f.partition(":") for f in fields)}
    return Received(line, headers, await reader.readexactly(int(headers.get("content-length", 0))))


@asynccontextmanager
async def listening(
    host: EndpointHost, *, port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[EndpointHost]:
    """Let it listen on loopback."""
    server = await asyncio.start_server(host, "127.0.0.1", port, ssl=tls)
    host.port = server.sockets[0].getsockname()[1]
    try:
        yield host
    finally:
        server.close()


def http(status: str, body: bytes = b"", *fields: str) -> bytes:
    """An answer with a body of known length."""
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields])
    return head.encode("latin-1") + b"\r\n\r\n" + body
