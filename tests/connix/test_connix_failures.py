"""Statements 31, 32, 39 and 41 of the Connix page: when it is not the caller's fault."""

import http.server
import json
import socket
import sqlite3
import threading
from collections.abc import Iterator
from datetime import datetime

import pytest

from failwell.core.contract import Contract
from tests.conftest import StartServer
from tests.connix.connix_client import Answer, Connix

INTERNAL_ERROR = """
{
"error": {
"code": "internal_error",
"message": "An unexpected error occurred while processing your request",
"details": "Please try again later or contact support if the issue persists",
"request_id": "req_1234567890abcdef",
"timestamp": "2024-01-15T16:20:00Z"
}
}
"""

SERVICE_UNAVAILABLE = """
{
"error": {
"code": "service_unavailable",
"message": "The service is temporarily unavailable",
"details": "Scheduled maintenance in progress. Service will resume at %s UTC",
"request_id": "req_1234567890abcdef",
"timestamp": "2024-01-15T16:20:00Z"
}
}
"""


def test_connix_s31_a_locked_database_is_an_internal_error(start_server: StartServer):
    """Writes fail with the body of the page and no word of the cause; reads go on."""
    connix = Connix(start_server())
    lock = sqlite3.connect(connix.server.data / "connix.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")

    answer = connix.post("/projects", {"name": "Locked out"})

    answer.assert_page(500, INTERNAL_ERROR)
    assert connix.get("/projects").status == 200
    for word in (b"sql", b"lock", b"database", b"Traceback"):
        assert word not in answer.body.lower()
    lock.close()
    assert connix.post("/projects", {"name": "Locked out"}).status == 201


def test_connix_s32_maintenance_stops_every_endpoint(start_server: StartServer, eventually):
    """While a window is open every endpoint gives the body of the page, and works again after."""
    connix = Connix(start_server())
    window = connix.command("maintenance", "start", "--api", "connix", "--minutes", "30")
    ends_at = datetime.fromisoformat(window["ends_at"])

    eventually(lambda: connix.get("/hello").status == 503)

    page = SERVICE_UNAVAILABLE % ends_at.strftime("%H:%M")
    for answer in (
        connix.get("/hello"),
        connix.get("/projects", key=None),
        connix.post("/projects", {"name": "Later"}),
        connix.trade(grant_type="refresh_token", refresh_token="any"),
    ):
        answer.assert_page(503, page)
        assert 1790 <= int(answer.headers["Retry-After"]) <= 1800
    assert connix.get("/healthz", prefix="").status == 200
    connix.command("maintenance", "end", "--api", "connix")
    eventually(lambda: connix.get("/hello").status == 200)


class _Provider(http.server.BaseHTTPRequestHandler):
    """A model provider that does what the question asks it to."""

    def do_POST(self):
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, text = {
            "html": (200, "<h1>Hello</h1>"),
            "list": (200, "[]"),
            "wordless": (200, '{"answer": "Hello"}'),
            "broken": (500, '{"output": "Hello"}'),
        }.get(question["input"], (200, json.dumps({"output": question["model"]})))
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of a model provider that answers."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Provider)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def _ask(connix: Connix, text: str) -> Answer:
    return connix.post(f"/agents/{connix.agent()}/invoke", {"input": text})


def test_connix_s39_nonsense_of_the_model_is_a_bad_gateway(
    start_server: StartServer, provider: str
):
    """What is no JSON, no answer or no success of the model is a 502 that names no address."""
    connix = Connix(start_server(f"connix.model_url={provider}"))

    for text in ("html", "list", "wordless", "broken"):
        answer = _ask(connix, text)
        assert (answer.status, answer.code) == (502, "bad_gateway")
        assert answer.error["message"] == "Invalid response from upstream server"
        assert answer.details == {"upstream": "model provider"}
    good = _ask(connix, "Which model are you?")
    assert (good.status, good.json) == (200, {"output": "gpt-4"})


def test_connix_s39_a_closed_port_is_a_bad_gateway(start_server: StartServer):
    """A model nobody serves is a 502."""
    connix = Connix(start_server("connix.model_url=http://127.0.0.1:9/"))

    answer = _ask(connix, "Anybody there?")

    assert (answer.status, answer.details) == (502, {"upstream": "model provider"})


def test_connix_s39_a_slow_model_is_a_gateway_timeout(start_server: StartServer):
    """A model that does not answer within the deadline is a 504 that tells the deadline."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        connix = Connix(
            start_server(f"connix.model_url=http://127.0.0.1:{port}/", "connix.deadline=1")
        )

        answer = _ask(connix, "Anybody there?")

    assert (answer.status, answer.code) == (504, "gateway_timeout")
    assert answer.error["message"] == "Timeout waiting for upstream server"
    assert answer.details == {"upstream": "model provider", "timeout_seconds": 1}
    assert b'"timeout_seconds":1}' in answer.body


def test_connix_s41_the_retryable_statuses():
    """Exactly the codes of 429, 500, 502, 503 and 504 may succeed when they are sent again."""
    codes = Contract.bundled("connix").codes.values()

    retryable = {entry.wire_status for entry in codes if entry.retry in ("backoff", "after")}
    final = {entry.wire_status for entry in codes if entry.retry == "never"}

    assert retryable == {429, 500, 502, 503, 504}
    assert not retryable & final


USER_TEXTS = {
    "invalid_api_key": "Please check your API key and try again.",
    "expired_token": "Your session has expired. Please sign in again.",
    "insufficient_scope": "You don't have permission to perform this action.",
    "rate_limit_exceeded": "Too many requests. Please wait a moment and try again.",
    "validation_error": "Please check your input and try again.",
    "resource_not_found": "The requested resource could not be found.",
    "resource_conflict": "A resource with this name already exists.",
    "internal_error": "Something went wrong on our end. Please try again later.",
    "service_unavailable": "The service is temporarily unavailable. Please try again later.",
}


def test_connix_s42_people_are_told_the_words_of_the_page():
    """Each of the nine codes has the page's text for people, every other code its default."""
    codes = Contract.bundled("connix").codes

    for code, entry in codes.items():
        default = "An unexpected error occurred. Please try again."
        assert entry.user["en"] == USER_TEXTS.get(code, default)
    assert set(codes) > set(USER_TEXTS)
