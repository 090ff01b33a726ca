"""A scene in which our client makes the calls: every provocation arrives as its exception."""

import http.client
import io
from types import TracebackType
from typing import Any, Self

from failwell.client import Client
from failwell.core.exceptions import FaultError
from tests.client.byte_server import ByteServer, raw_reply
from tests.every_api.rows import ApiRow
from tests.every_api.scene import Scene
from tests.every_api.slow_host import SlowHost
from tests.hostile.raw_connection import RawAnswer, RawConnection
from tests.running_server import RunningServer

__all__ = ["CallingScene"]

Request = tuple[str, str, dict[str, str], bytes]
"""Method, target, header fields and body."""


class CallingScene(Scene):
    """One API and a client that asks it, once for each request.

    What no client can be made to send (a broken request line, a body that never comes) is sent
    byte by byte, and the answer of the API is handed to the client as it came.

    Args:
        server: The server it runs on.
        api: The API.
        host: The server behind it.
    """

    def __init__(self, server: RunningServer, api: ApiRow, host: SlowHost) -> None:
        super().__init__(server, api, host)
        self.error: FaultError | None = None
        """What the last call raised; ``None`` if it succeeded."""

        self.relayed = False
        """Whether the last request had to be sent byte by byte."""

        self.client = Client(
            f"http://127.0.0.1:{self.port}", contract=api.name, retry=None, timeout=20.0
        )

    def call(self, base_url: str, request: Request) -> RawAnswer:
        """Make a call with the client; what it raises is kept."""
        method, target, headers, body = request
        self.error = None
        try:
            answer = self.client.request(
                method, base_url + target, headers=headers, content=body or None
            )
        except FaultError as error:
            self.error = error
            return RawAnswer(error.http_status or 0, (), b"")
        fields = tuple((name.lower(), value) for name, value in answer.headers.items())
        return RawAnswer(answer.status_code, fields, answer.content)

    def _connect(self) -> Any:
        return _Conversation(self)


class _Conversation:
    """Looks like a connection to who provokes; each request becomes a call."""

    def __init__(self, scene: CallingScene) -> None:
        self._scene = scene
        self._data = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    def send(self, data: bytes) -> None:
        self._data = data

    def answer(self) -> RawAnswer:
        scene, request = self._scene, _parsed(self._data)
        scene.relayed = request is None
        if request is not None:
            return scene.call(f"http://127.0.0.1:{scene.port}", request)
        with RawConnection(scene.port, patience=20.0) as connection:
            connection.send(self._data)
            came = connection.answer()
        with ByteServer(lambda seen: raw_reply(_written(came))) as server:
            return scene.call(server.url, ("GET", "/", {}, b""))


def _parsed(data: bytes) -> Request | None:
    """Read a request that a client can send; ``None`` for what it cannot."""
    head, _, body = data.partition(b"\r\n\r\n")
    line, _, fields = head.partition(b"\r\n")
    words = line.decode("latin-1").split(" ")
    if len(words) != 3 or words[2] != "HTTP/1.1":
        return None
    parsed = http.client.parse_headers(io.BytesIO(fields + b"\r\n\r\n"))
    if int(parsed.get("Content-Length", "0")) != len(body):
        return None
    headers = {name: value for name, value in parsed.items() if name != "Content-Length"}
    return words[0], words[1], headers, body


def _written(answer: RawAnswer) -> bytes:
    fields = "".join(f"{name}: {value}\r\n" for name, value in answer.fields)
    return f"HTTP/1.1 {answer.status} Whatever\r\n{fields}\r\n".encode() + answer.body
