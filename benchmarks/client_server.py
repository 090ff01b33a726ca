"""The quickest server there is for the comparison of clients: one answer, always the same.

Run as a process by `client_speed`; it prints its port and answers until it is ended.
"""

import asyncio
import sys
from typing import Any

import uvloop

__all__ = ["main"]

_BODY = b'{"id":"prj_1","name":"Apollo","created_at":"2026-01-15T10:30:00Z"}'
_ANSWER = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_1\r\n"
    b"content-length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
)


class _Answers(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        # uvloop's transports are none of asyncio's classes.
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        """Answer each head; a GET has no body, and a small one comes in one piece."""
        if data.endswith(b"\r\n\r\n"):
            self._transport.write(_ANSWER)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Answers, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Serve until a signal ends the process."""
    uvloop.run(_serve())


if __name__ == "__main__":
    sys.exit(main())
