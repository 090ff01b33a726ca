"""Where a situation is provoked: one API of a running server, and somebody who calls it."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from tests.calling import command, issue
from tests.every_api.rows import ApiRow, Known
from tests.every_api.slow_host import SlowHost
from tests.hostile.hostile_caller import HostileCaller
from tests.hostile.raw_connection import RawAnswer, RawConnection
from tests.running_server import RunningServer

__all__ = ["Scene"]


class Scene:
    """One API and its callers.

    Args:
        server: The server it runs on.
        api: The API.
        host: The server behind it, if that matters.
    """

    def __init__(self, server: RunningServer, api: ApiRow, host: SlowHost | None = None) -> None:
        self.server = server
        self.api = api
        self._host = host
        self.port = api.port(server)
        self.known: Known = server.credentials[api.name]
        self._hostile = HostileCaller(server, api)

    @property
    def host(self) -> SlowHost:
        """The server behind it."""
        assert self._host is not None
        return self._host

    def raw(self, data: bytes) -> RawAnswer:
        """Send bytes with placeholders and read the answer."""
        with self._connect() as connection:
            connection.send(self._hostile.secrets().fill(data))
            return connection.answer()

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        secret: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> RawAnswer:
        """Send a request that is in order.

        Args:
            method: The method.
            path: Below the prefix.
            body: Sent as JSON.
            secret: Of another caller than the demo's.
            headers: Instead of those of a caller.
        """
        with self._connect() as connection:
            connection.send(self.request(method, path, body, secret=secret, headers=headers))
            return connection.answer()

    def ok(self, method: str, path: str, body: Any = None, **how: Any) -> Any:
        """Send a request that has to succeed; returns what its answer says."""
        answer = self.ask(method, path, body, **how)
        assert answer.status < 300, (self.api.name, method, path, answer.body)
        return json.loads(answer.body or b"null")

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        secret: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """Write a request that is in order; arguments as for `ask`."""
        content = b"" if body is None else json.dumps(body).encode("ascii")
        fields = dict(self.api.headers(self.known, secret) if headers is None else headers)
        fields |= {"Host": "api.test", "Content-Length": str(len(content))}
        if content:
            fields["Content-Type"] = "application/json"
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        head = f"{method} {self.api.prefix}{path} HTTP/1.1\r\n{lines}\r\n"
        return head.encode("ascii") + content

    def create(self, name: str, **changes: Any) -> RawAnswer:
        """Make the thing that the API's row describes."""
        return self.ask("POST", self.api.create, self.api.body(self.known, name) | changes)

    def until(self, ask: Callable[[], RawAnswer], status: int) -> RawAnswer:
        """Ask again until the answer has a status; the answer is the last one in any case."""
        end = time.monotonic() + 15
        answer = ask()
        while answer.status != status and time.monotonic() < end:
            time.sleep(0.1)
            answer = ask()
        return answer

    def issue(self, *flags: str) -> str:
        """Make a credential on the command line; returns its secret."""
        return str(issue(self.server, self.api.name, *flags)["secret"])

    def command(self, *words: str) -> Any:
        """Run a command about this API."""
        return command(self.server, *words, "--api", self.api.name)

    def connect(self) -> RawConnection:
        """Open a connection for several requests."""
        return self._connect()

    def _connect(self) -> RawConnection:
        return RawConnection(self.port, patience=20.0)
