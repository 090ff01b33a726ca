"""A receiver of webhooks as a customer runs it: keeps what comes and answers as it is told."""

import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from standardwebhooks.webhooks import Webhook


class Hook(NamedTuple):
    """One webhook as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def signatures(self) -> list[str]:
        return self.headers["webhook-signature"].split()

    def verify(self, secret: str) -> Any:
        """Check it with the reference library of Standard Webhooks."""
        return Webhook(secret).verify(self.body, self.headers)


class Receiver:
    """Listens on a port of loopback."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/hooks"
        self.came: list[Hook] = []
        self.status = 200
        self.says = b"thanks"
        self.program: Callable[[Hook], int | None] | None = None
        """What handles a webhook: gives the status to answer, or ``None`` to hang up."""

    def wait_for(self, count: int, *, within: float = 15.0) -> list[Hook]:
        """Wait until so many webhooks have come, and return all."""
        end = time.monotonic() + within
        while len(self.came) < count:
            assert time.monotonic() < end, f"{len(self.came)} of {count} webhooks came"
            time.sleep(0.01)
        return self.came


@contextmanager
def listening() -> Iterator[Receiver]:
    """Let a receiver listen."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            fields = {name.lower(): value for name, value in self.headers.items()}
            hook = Hook(fields, body)
            receiver.came.append(hook)
            status = receiver.program(hook) if receiver.program else receiver.status
            if status is None:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(receiver.says)))
            self.end_headers()
            self.wfile.write(receiver.says)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        receiver = Receiver(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()
