"""The quickest server there is for the comparison of clients: always the same answer.

``/missing`` is an error of Connix, everything else is well.

Run as a process by `client_speed`; it prints its port and answers until it is ended.
"""

import asyncio
import sys
from typing import Any

import uvloop

from failwell.core.contract import Contract

__all__ = ["main"]

_BODY = b'{"id":"prj_1","name":"Apollo","created_at":"2026-01-15T10:30:00Z"}'
_ERROR = Contract.bundled("connix").golden("resource_not_found")


def _answer(line: bytes, body: bytes) -> bytes:
    fields = b"content-type: application/json\r\nx-request-id: req_1\r\n"
    return b"HTTP/1.1 %s\r\n%scontent-length: %d\r\n\r\n%s" % (line, fields, len(body), body)


_GOOD = _answer(b"200 OK", _BODY)
_BAD = _answer(b"404 Not Found", _ERROR.body)


class _Answers(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        # uvloop's transports are none of asyncio's classes.
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        """Answer each head; a GET has no body, and a small one comes in one piece."""
        if data.endswith(b"\r\n\r\n"):
            self._transport.write(_BAD if data.startswith(b"GET /missing") else _GOOD)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Answers, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Serve until a signal ends the process."""
    uvloop.run(_serve())


if __name__ == "__main__":
    sys.exit(main())
