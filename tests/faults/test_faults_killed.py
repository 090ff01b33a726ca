"""kill -9 in the middle of writes: what was acknowledged is there, and nothing half."""

import contextlib
import http.client
import json
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from tests.conftest import UNLIMITED, StartServer
from tests.connix.connix_client import Connix
from tests.running_server import RunningServer

_WRITERS = 4
_ON_THEIR_WAY = ("creating", "updating")


class _Acknowledged(msgspec.Struct):
    """What a server has said it did."""

    projects: dict[str, str] = {}
    """Id -> name."""

    agents: dict[str, str] = {}
    """Id -> id of its project."""

    started: list[str] = []
    """Ids of agents that were told to start."""


def test_a_killed_server_keeps_what_it_acknowledged(
    start_server: StartServer, eventually: Callable[[Callable[[], bool]], bool]
) -> None:
    """Killed twice while callers write as fast as they can, started again on the same files."""
    server = start_server(*UNLIMITED)
    told, database = _Acknowledged(), server.data / "connix.db"

    for turn in range(2):
        _write_until_killed(server, told, turn=turn)
        server = start_server(*UNLIMITED, data=server.data)
        _check_kept(Connix(server), told)
        _check_whole(database)
        eventually(lambda: not _on_their_way(database))
        _check_running(Connix(server), told)

    assert len(told.projects) > 50
    assert len(told.started) > 30


def _write_until_killed(server: RunningServer, told: _Acknowledged, *, turn: int) -> None:
    enough = threading.Event()
    with ThreadPoolExecutor(_WRITERS) as pool:
        for writer in range(_WRITERS):
            pool.submit(_write, Connix(server), told, enough, f"Turn {turn} writer {writer}")
        assert enough.wait(30)
        # Somewhere in the middle of what is written now.
        time.sleep(0.05)
        server.kill()


def _write(connix: Connix, told: _Acknowledged, enough: threading.Event, name: str) -> None:
    """Make projects with a started agent each until the server is gone."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        for number in range(10_000):
            project = connix.post("/projects", {"name": f"{name} {number}"})
            assert project.status == 201
            told.projects[project.json["id"]] = project.json["name"]
            agent = connix.post(f"/projects/{project.json['id']}/agents", {"name": name})
            assert agent.status == 201
            told.agents[agent.json["id"]] = project.json["id"]
            assert connix.post(f"/agents/{agent.json['id']}/start").status == 202
            told.started.append(agent.json["id"])
            if number == 12:
                enough.set()


def _check_kept(connix: Connix, told: _Acknowledged) -> None:
    for project, name in told.projects.items():
        assert connix.get(f"/projects/{project}").json["name"] == name
    for agent, project in told.agents.items():
        assert connix.get(f"/agents/{agent}").json["project_id"] == project


def _check_running(connix: Connix, told: _Acknowledged) -> None:
    statuses = {connix.get(f"/agents/{agent}").json["status"] for agent in told.started}
    assert statuses == {"running"}
    assert connix.post(f"/agents/{told.started[-1]}/pause").status == 202
    connix.project(f"After {len(told.projects)}")
    told.started.pop()


def _check_whole(path: Path) -> None:
    with contextlib.closing(_reader(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        rows = database.execute("SELECT status, config, metadata, next_status FROM agents")
        for status, config, metadata, goal in rows.fetchall():
            assert (status in _ON_THEIR_WAY) == (goal is not None)
            assert json.loads(config)["model"] == "gpt-4"
            assert isinstance(json.loads(metadata), dict)


def _on_their_way(path: Path) -> int:
    with contextlib.closing(_reader(path)) as database:
        query = "SELECT count(*) FROM agents WHERE status IN (?, ?)"
        return int(database.execute(query, _ON_THEIR_WAY).fetchone()[0])


def _reader(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)
