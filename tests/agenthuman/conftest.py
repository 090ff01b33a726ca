"""AgentHuman as a caller meets it: a process of its own behind a real socket."""

import http.server
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.agenthuman.agenthuman_client import AgentHuman, Answer
from tests.conftest import UNLIMITED
from tests.running_server import RunningServer


@pytest.fixture(scope="session")
def agenthuman(server: RunningServer) -> AgentHuman:
    """AgentHuman without limits on the number of requests, shared by all tests."""
    return AgentHuman(server)


@pytest.fixture(scope="session")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgentHuman]:
    """AgentHuman as it is delivered, with every setting left alone."""
    running = RunningServer(tmp_path_factory.mktemp("delivered"))
    yield AgentHuman(running.wait_until_ready())
    running.stop()


@pytest.fixture
def account(agenthuman: AgentHuman) -> Iterator[AgentHuman]:
    """An account of its own, whose sessions end with the test."""
    own = agenthuman.account()
    yield own
    own.end_all()


@pytest.fixture
def eventually() -> Callable[[Callable[[], Any]], Any]:
    """Ask again until the answer is true; fail when that takes too long."""

    def wait(question: Callable[[], Any], *, within: float = 10.0) -> Any:
        end = time.monotonic() + within
        while not (answer := question()):
            assert time.monotonic() < end, "it never happened"
            time.sleep(0.02)
        return answer

    return wait


class Host:
    """A small HTTP server on loopback whose answers a test chooses.

    Args:
        port: Where to listen; a free port when not given.
    """

    def __init__(self, port: int = 0) -> None:
        self.answer: Callable[[http.server.BaseHTTPRequestHandler], None] = refuse
        self.requests: list[tuple[str, str, bytes]] = []
        host = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                host.requests.append((self.command, self.path, body))
                host.answer(self)

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def refuse(handler: http.server.BaseHTTPRequestHandler) -> None:
    """Answer that there is nothing."""
    send(handler, b"nothing here", status=404)


def send(
    handler: http.server.BaseHTTPRequestHandler,
    body: bytes,
    *,
    status: int = 200,
    media: str = "application/octet-stream",
    **fields: str,
) -> None:
    """Answer with a body and header fields."""
    handler.send_response(status)
    handler.send_header("Content-Type", media)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in fields.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def host() -> Iterator[Host]:
    """A host of the test's own."""
    running = Host()
    yield running
    running.close()


@pytest.fixture(scope="module")
def fetching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgentHuman]:
    """An AgentHuman that may fetch from this machine, and waits a second for it."""
    settings = (*UNLIMITED, "outbound.allow=127.0.0.1/32", "agenthuman.deadline=1")
    server = RunningServer(tmp_path_factory.mktemp("pictures"), settings=settings)
    yield AgentHuman(server.wait_until_ready())
    server.stop()


@pytest.fixture
def upload(fetching: AgentHuman, host: Host):
    """Upload what the host answers."""

    def call(answer, **members) -> Answer:
        host.answer = answer
        return fetching.post(
            "/avatars/upload-face", {"image_url": f"{host.url}/face.png", **members}
        )

    return call
