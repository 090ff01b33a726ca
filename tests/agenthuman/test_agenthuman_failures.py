"""Statements 14 and 16 of the AgentHuman page: when it is not the caller's fault."""

import re
import sqlite3

from tests.agenthuman.agenthuman_client import AgentHuman
from tests.agenthuman.test_agenthuman_workers import SERVICE_UNAVAILABLE

INTERNAL_ERROR = """
{
  "error": {
    "code": "internal_error",
    "message": "An unexpected error occurred. Please try again or contact support if the issue persists.",
    "details": {
      "request_id": "req_abc123xyz"
    }
  }
}
"""  # noqa: E501  # as on the page


def test_agenthuman_s14_a_locked_database_is_an_internal_error(delivered: AgentHuman):
    """Writes fail with the body of the page and no word of the cause; the log has its id."""
    agenthuman = delivered.account()
    body = {"name": "Locked out", "role_id": agenthuman.known["role_id"]}
    lock = sqlite3.connect(agenthuman.server.data / "agenthuman.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")

    answer = agenthuman.post("/agents", body)

    answer.assert_page(500, INTERNAL_ERROR, varying=[("error", "details", "request_id")])
    request_id = answer.details["request_id"]
    assert re.fullmatch("req_[a-z0-9]{9}", request_id)
    assert answer.headers["X-Request-ID"] == request_id
    assert answer.headers["X-RateLimit-Limit"] == "100"
    assert agenthuman.get("/agents").status == 200
    for word in (b"sql", b"lock", b"database", b"Traceback"):
        assert word not in answer.body.lower()
    logged = [line for line in agenthuman.server.log_lines if request_id in line.values()]
    assert any("OperationalError" in str(line) for line in logged)
    lock.close()
    assert agenthuman.post("/agents", body).status == 201


def test_agenthuman_s14_request_ids_are_unique(agenthuman: AgentHuman):
    """Request ids have the form of the page and name one request each."""
    ids = [agenthuman.get("/roles").headers["X-Request-ID"] for _ in range(50)]

    assert all(re.fullmatch("req_[a-z0-9]{9}", each) for each in ids)
    assert len(set(ids)) == 50


def test_agenthuman_s16_maintenance_stops_every_endpoint(delivered: AgentHuman, eventually):
    """While a window is open every endpoint is unavailable, and works again after."""
    agenthuman = delivered.account()
    agenthuman.command("maintenance", "start", "--api", "agenthuman", "--minutes", "30")

    eventually(lambda: agenthuman.get("/roles").status == 503)

    for answer in (
        agenthuman.get("/roles"),
        agenthuman.get("/agents", key=None),
        agenthuman.post("/sessions", {}),
        agenthuman.get("/nowhere"),
    ):
        answer.assert_page(503, SERVICE_UNAVAILABLE)
        assert 1790 <= int(answer.headers["Retry-After"]) <= 1800
    assert agenthuman.get("/healthz", prefix="").status == 200
    agenthuman.command("maintenance", "end", "--api", "agenthuman")
    eventually(lambda: agenthuman.get("/roles").status == 200)
