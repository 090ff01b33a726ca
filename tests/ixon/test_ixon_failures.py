"""Statements 10 and 12 of the IXON page: when it is not the caller's fault."""

import sqlite3
import time

import pytest

from tests.calling import command
from tests.conftest import StartServer
from tests.ixon.ixon_client import Ixon


@pytest.fixture
def alone(start_server: StartServer) -> Ixon:
    """An IXON that a test may hurt."""
    running = start_server("ixon.per_second=1000000")
    return Ixon(running.credentials["ixon"], server=running)


def test_ixon_s10_a_locked_database_is_a_server_error(alone: Ixon):
    """A write fails with 500 and no word of the cause; reads go on, and later writes too."""
    assert alone.server is not None
    lock = sqlite3.connect(alone.server.data / "ixon.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")

    answer = alone.post("/roles", {"name": "Locked out"})

    answer.assert_refused(500, "Internal Server Error")
    assert alone.get("/roles").status == 200
    for word in (b"sql", b"lock", b"database", b"Traceback"):
        assert word not in answer.body.lower()
    lock.close()
    assert alone.post("/roles", {"name": "Locked out"}).status == 201


def test_ixon_s10_maintenance_is_a_server_error(alone: Ixon):
    """While a window is open every endpoint gives 503, and works again after."""
    command(alone.server, "maintenance", "start", "--api", "ixon", "--minutes", "5")
    time.sleep(1)

    for method, path in (("GET", "/agents"), ("GET", "/"), ("POST", "/access-tokens")):
        answer = alone.call(method, path)
        answer.assert_refused(503, "Service Unavailable")
        assert 0 < int(answer.headers["Retry-After"]) <= 300

    command(alone.server, "maintenance", "end", "--api", "ixon")
    time.sleep(1)
    assert alone.get("/agents").status == 200


def test_ixon_s12_what_is_idempotent_can_be_sent_again(ixon: Ixon):
    """Reading, changing and revoking twice does no more than doing it once."""
    own = ixon.tenant("--tenant", "Again")
    role = own.role(name="Once")
    once = own.patch(f"/roles/{role}", {"name": "Twice"})

    again = own.patch(f"/roles/{role}", {"name": "Twice"})

    assert once.json == again.json
    assert own.get("/roles").json == own.get("/roles").json
    token = ixon.enter().data["publicId"]
    named = [{"publicId": token}, {"publicId": token}]
    assert ixon.call("DELETE", "/access-tokens", named).status == 200


def test_ixon_demo_accounts_survive_a_restart(start_server: StartServer, tmp_path):
    """Company, passwords and the second factor stay; tokens and changes too."""
    first = start_server("ixon.per_second=1000000")
    ixon = Ixon(first.credentials["ixon"], server=first)
    before = {name: ixon.known[name] for name in ixon.known if name != "base_url"}
    role = ixon.role(name="It stays")
    first.stop()

    second = start_server("ixon.per_second=1000000")

    known = second.credentials["ixon"]
    assert {name: known[name] for name in known if name != "base_url"} == before
    again = Ixon(known, server=second, token=ixon.token)
    assert role in again.get("/roles?page-size=100").body.decode()
    assert again.enter().status == 201
    assert again.enter_carefully(otp=again.code(time.time())).status == 201
