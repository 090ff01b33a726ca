"""A whole server records: through locked files, without secrets, and its subscribers hear of it."""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from failwell.security.encryption import Vault, load_encryption_key
from failwell.stores.database import Database
from failwell.stores.endpoints import Endpoint
from failwell.stores.endpoints_sql import SqlEndpointStore
from failwell.stores.tables import MIGRATIONS
from failwell.webhooks.secret import first_secret
from tests.calling import Caller
from tests.conftest import UNLIMITED
from tests.connix.connix_client import Connix
from tests.running_server import RunningServer

ENDPOINT = "whk_0123456789abcdef"
CANARY = "c4n4ry-Zz9-tweet"


class Receiver(ThreadingHTTPServer):
    """Takes every webhook and remembers its body."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.taken: list[tuple[str, Any]] = []
        Thread(target=self.serve_forever, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"

    def about(self, request_id: str, path: str = "/operator") -> list[Any]:
        return [
            body
            for where, body in list(self.taken)
            if where == path and body["data"]["request_id"] == request_id
        ]


class Taking(BaseHTTPRequestHandler):
    """Answers 204."""

    def do_POST(self) -> None:
        size = int(self.headers["content-length"])
        self.server.taken.append((self.path, json.loads(self.rfile.read(size))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """An endpoint that hears of every API."""
    with Receiver() as server:
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def recording(tmp_path_factory, receiver) -> Iterator[RunningServer]:
    """A server whose operator has registered the receiver."""
    data = tmp_path_factory.mktemp("recording")
    asyncio.run(_register(data, receiver.url("/operator")))
    server = RunningServer(data, settings=(*UNLIMITED, "outbound.allow=127.0.0.0/8"))
    yield server.wait_until_ready()
    server.stop()


async def _register(data: Path, url: str) -> None:
    with Database(data / "failwell.db", migrations=MIGRATIONS) as database:
        database.migrate()
        vault = Vault(load_encryption_key(data / "webhooks.key"))
        endpoint = Endpoint(
            id=ENDPOINT,
            api=None,
            tenant=None,
            url=url,
            events=("error.occurred",),
            filters={},
            secrets=(first_secret(vault, endpoint_id=ENDPOINT)[1],),
            created_at=0.0,
            updated_at=0.0,
        )
        assert await SqlEndpointStore(database).add(endpoint)


@pytest.fixture(scope="module")
def connix(recording) -> Connix:
    """A caller of its Connix."""
    return Connix(recording)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a database as another process might."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def rows(server: RunningServer, statement: str, *values: object) -> list[tuple]:
    uri = f"file:{server.data / 'failwell.db'}?mode=ro"
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
        return connection.execute(statement, values).fetchall()


def test_the_500_of_a_locked_connix_db_reaches_its_subscriber(
    recording, connix, receiver, eventually
):
    """The caller is told nothing, its owner and the operator that the database is away."""
    wanted = {"severity": ["high", "critical"]}
    hook = {"url": receiver.url("/owner"), "events": ["error.occurred"], "filters": wanted}
    assert connix.post("/webhooks", hook).status == 201
    unheard = connix.get("/projects/proj_1234567890abcdef").error["request_id"]

    with locked(recording.data / "connix.db"):
        answer = connix.call("POST", "/projects", {"name": f"My {CANARY}"})

    request_id = answer.error["request_id"]
    (body,) = eventually(lambda: receiver.about(request_id, "/owner"))
    (operators,) = eventually(lambda: receiver.about(request_id))
    eventually(lambda: receiver.about(unheard))
    assert (answer.status, answer.code) == (500, "internal_error")
    assert body == {
        "event": "error.occurred",
        "timestamp": body["timestamp"],
        "data": {
            "error": {
                "code": "internal_error",
                "message": "Database connection failed",
                "severity": "high",
                "affected_resources": [],
            },
            "user_id": operators["data"]["user_id"],
            "request_id": request_id,
        },
    }
    assert operators["data"]["error"]["message"] == "Database connection failed"
    assert receiver.about(unheard, "/owner") == []


def test_a_locked_failwell_db_costs_no_answer_and_no_delivery(
    recording, connix, receiver, eventually
):
    """Answers go out, records wait in a file, and everything arrives without help."""
    spool = recording.data / "spool.jsonl"
    path = "/projects/proj_1234567890abcdef"
    with locked(recording.data / "failwell.db"):
        asked = [connix.get(path).error["request_id"] for _ in range(3)]
        waiting = spool.read_text("utf-8")

    for request_id in asked:
        assert request_id in waiting
        (body,) = eventually(lambda name=request_id: receiver.about(name))
        assert body["data"]["error"]["affected_resources"] == ["proj_1234567890abcdef"]
    eventually(lambda: spool.stat().st_size == 0)
    found = rows(recording, "SELECT count(*) FROM faults WHERE request_id = ?", asked[0])
    assert found == [(1,)]


def test_planted_canaries_are_nowhere_in_the_files(recording, connix, eventually):
    """What callers send as a key, a query, a path or a value is in no record and in no spool."""
    spool = recording.data / "spool.jsonl"
    kept = b""
    with locked(recording.data / "failwell.db"):
        last = _plant(recording, connix)
        eventually(lambda: last.encode() in spool.read_bytes())
        kept += spool.read_bytes()
    _plant(recording, connix)
    last = connix.get("/projects/proj_1").error["request_id"]
    found = "SELECT 1 FROM faults WHERE request_id = ?"
    eventually(lambda: rows(recording, found, last))

    for file in recording.data.glob("failwell.db*"):
        kept += file.read_bytes()
    planted = (
        CANARY,
        connix.key,
        connix.known["password"],
        recording.credentials["ixon"]["otp_secret"],
    )
    assert last.encode() in kept
    assert [secret for secret in planted if secret.encode() in kept] == []


def _plant(server: RunningServer, connix: Connix) -> str:
    """Send the canary everywhere, to every API; gives the last request id."""
    connix.get("/projects", key=CANARY)
    connix.get("/projects", headers={"Cookie": f"session={CANARY}", "X-Other": CANARY}, key=None)
    connix.get(f"/projects?limit={CANARY}&token={CANARY}")
    connix.get(f"/{CANARY}/projects")
    connix.get(f"/projects/{connix.key}")
    connix.call("POST", "/projects", {"name": CANARY, CANARY: CANARY})
    connix.call("POST", "/projects", {"name": CANARY})
    connix.call("POST", "/projects", {"name": CANARY})
    connix.call("POST", "/agents", {"project_id": CANARY, "name": CANARY, "config": CANARY})
    answer = connix.get("/projects", token=f"eyJhbGciOiJIUzI1NiJ9.{CANARY}.{CANARY}")
    for api in ("connxt", "agenthuman", "apinizer", "ixon"):
        other = Caller(server.credentials[api]["base_url"])
        other.get(f"/{CANARY}?key={CANARY}", headers={"Authorization": f"Bearer {CANARY}"})
    return answer.error["request_id"]
