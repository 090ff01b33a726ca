"""Statements 9 and 13 of the Apinizer page: when it is not the caller's fault."""

import sqlite3
import time

from tests.apinizer.apinizer_client import Apinizer
from tests.conftest import StartServer

INTERNAL_ERROR = """
{
"error": "internal_error",
"error_description": "An unexpected error occurred. Please try again later."
}
"""

SERVER_ERROR = """
{
"error": "server_error",
"error_description": "An unexpected error occurred"
}
"""


def test_apinizer_s09_a_locked_database(start_server: StartServer):
    """Writes fail with the body of the page, log-ins with their own; reads go on."""
    apinizer = Apinizer(start_server())
    lock = sqlite3.connect(apinizer.server.data / "apinizer.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")

    written, entered = apinizer.post("/projects/", {"name": "Locked out"}), apinizer.enter()

    written.assert_page(500, INTERNAL_ERROR)
    entered.assert_page(500, SERVER_ERROR)
    assert apinizer.get("/projects/").status == 200
    for word in (b"sql", b"lock", b"database", b"Traceback"):
        assert word not in (written.body + entered.body).lower()
    lock.close()
    assert apinizer.post("/projects/", {"name": "Locked out"}).status == 201
    assert apinizer.enter().status == 200


def test_apinizer_s13_a_retry_succeeds_and_finds_nothing_half_made(start_server: StartServer):
    """After the cause is gone the same request works, also where two databases are written."""
    apinizer = Apinizer(start_server())
    user = {"username": "late", "password": "words"}
    wish = {"deploy": True, "deployTargetEnvironmentNameList": ["test"]}
    lock = sqlite3.connect(apinizer.server.data / "apinizer.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")

    first = apinizer.post("/users/", user), apinizer.proxy("Late", **wish)
    lock.close()
    second = apinizer.post("/users/", user), apinizer.proxy("Late", **wish)

    assert [answer.code for answer in first] == ["internal_error", "internal_error"]
    assert [answer.status for answer in second] == [201, 200]
    assert apinizer.enter(client_id="late", client_secret="words").status == 200


def test_maintenance_is_a_server_error(start_server: StartServer):
    """While a window is open every endpoint says so, and for how long."""
    apinizer = Apinizer(start_server())
    apinizer.command("maintenance", "start", "--api", "apinizer", "--minutes", "30")

    _wait_for(apinizer, 500)

    for answer in (
        apinizer.get("/projects/"),
        apinizer.get("/test/healthcheck", token=None),
        apinizer.enter(),
        apinizer.get("/nowhere"),
    ):
        answer.assert_page(500, SERVER_ERROR)
        assert 1790 <= int(answer.headers["Retry-After"]) <= 1800
    apinizer.command("maintenance", "end", "--api", "apinizer")
    _wait_for(apinizer, 200)


def _wait_for(apinizer: Apinizer, status: int) -> None:
    end = time.monotonic() + 10
    while apinizer.get("/projects/").status != status:
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)
