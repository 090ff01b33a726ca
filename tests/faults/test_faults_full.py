"""A disk without room: writes fail as documented, reads go on, and nothing is lost."""

import sqlite3
from collections.abc import Iterator
from itertools import count

import pytest

from tests.conftest import UNLIMITED
from tests.connix.connix_client import Connix
from tests.faults.documented import check_internal_error
from tests.faults.other_process import room_for
from tests.hostile.raw_connection import RawConnection
from tests.running_server import RunningServer


@pytest.fixture(scope="module")
def connix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connix]:
    """A Connix whose files may not grow now and then."""
    running = RunningServer(tmp_path_factory.mktemp("full"), settings=UNLIMITED)
    yield Connix(running.wait_until_ready())
    running.stop()


def test_writes_fail_and_reads_go_on_without_any_room(connix: Connix) -> None:
    """Not even the log can be written, and still every request has its answer."""
    token = connix.oauth["access_token"]
    project = connix.project("Before it was full")

    with room_for(connix.server, 0):
        for _ in range(3):
            assert connix.get("/hello").status == 200
            assert connix.get(f"/projects/{project}").json["name"] == "Before it was full"
            assert connix.get("/projects", token=token).status == 200
            assert connix.get("/projects", key="cx_" + "0" * 32).status == 401
            check_internal_error(connix.post("/projects", {"name": "No room"}))
            check_internal_error(connix.delete(f"/projects/{project}"))
            check_internal_error(connix.post("/auth/api-keys", _KEY, token=token))

    assert connix.post("/projects", {"name": "No room"}).status == 201
    assert connix.post("/auth/api-keys", _KEY, token=token).status == 201
    assert connix.get(f"/projects/{project}").status == 200


_KEY = {"name": "Key", "scopes": ["projects:read"]}


def test_a_connection_outlives_a_full_disk(connix: Connix) -> None:
    """Requests on one connection are answered one after the other, fault or not."""
    head = f"POST /api/v1/projects HTTP/1.1\r\nHost: x\r\nX-API-Key: {connix.key}\r\n"
    body = b'{"name":"Same connection"}'
    data = f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with RawConnection(connix.server.port + 1) as connection:
        with room_for(connix.server, 0):
            for _ in range(3):
                connection.send(data.encode("ascii") + body)
                assert connection.answer().status == 500
        connection.send(data.encode("ascii") + body)
        assert connection.answer().status == 201


def test_a_file_fills_up_to_its_room(connix: Connix) -> None:
    """Every project up to the first that did not fit is there, and none after it."""
    log = connix.server.data / "connix.db-wal"
    numbers = count()
    kept = set()

    with room_for(connix.server, log.stat().st_size + 200_000):
        while (answer := connix.post("/projects", _numbered(next(numbers)))).status == 201:
            kept.add(answer.json["id"])
        check_internal_error(answer)
        check_internal_error(connix.post("/projects", _numbered(next(numbers))))
        assert all(connix.get(f"/projects/{project}").status == 200 for project in kept)

    assert len(kept) > 5
    assert connix.post("/projects", _numbered(next(numbers))).status == 201
    assert connix.get("/projects?search=Numbered").json["pagination"]["total"] == len(kept) + 1
    with sqlite3.connect(connix.server.data / "connix.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def _numbered(number: int) -> dict[str, str]:
    return {"name": f"Numbered {number}"}
