"""``connix.db`` held by another process: writes fail as documented, reads go on, all heals."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.conftest import UNLIMITED, StartServer
from tests.connix.connix_client import Answer, Connix
from tests.faults.documented import check_internal_error
from tests.faults.other_process import held
from tests.running_server import RunningServer

_BUSY_TIMEOUT = 2.0

Ask = Callable[[], Answer]


@pytest.fixture(scope="module")
def connix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connix]:
    """A Connix whose files are held now and then."""
    running = RunningServer(tmp_path_factory.mktemp("held"), settings=UNLIMITED)
    yield Connix(running.wait_until_ready())
    running.stop()


def _database(connix: Connix) -> Path:
    return connix.server.data / "connix.db"


def _writes(connix: Connix, name: str) -> dict[str, tuple[Ask, int]]:
    """One request of each kind that writes, and its status when all is well."""
    project, doomed = connix.project(f"{name} kept"), connix.project(f"{name} doomed")
    agent = connix.agent()
    agents = f"/projects/{project}/agents"
    return {
        "create": (lambda: connix.post("/projects", {"name": name}), 201),
        "change": (lambda: connix.patch(f"/projects/{project}", {"name": f"{name} 2"}), 200),
        "delete": (lambda: connix.delete(f"/projects/{doomed}"), 204),
        "create inside": (lambda: connix.post(agents, {"name": "Agent"}), 201),
        "start": (lambda: connix.post(f"/agents/{agent}/start"), 202),
    }


def _reads(connix: Connix) -> list[tuple[Ask, int]]:
    """One request of each kind that does not write, and its status."""
    project = connix.known["project_id"]
    return [
        (lambda: connix.get("/hello"), 200),
        (lambda: connix.get("/projects"), 200),
        (lambda: connix.call("HEAD", "/projects"), 200),
        (lambda: connix.get(f"/projects/{project}"), 200),
        (lambda: connix.get(f"/projects/{project}/agents"), 200),
        (lambda: connix.get("/webhooks"), 200),
        (lambda: connix.get("/auth/api-keys", token=connix.oauth["access_token"]), 200),
        (lambda: connix.get("/projects/proj_0000000000000000"), 404),
        (lambda: connix.post("/projects", {"name": ""}), 400),
        (lambda: connix.post("/projects", {"name": "x"}, key="cx_" + "0" * 32), 401),
    ]


@pytest.mark.parametrize("how", ["EXCLUSIVE", "IMMEDIATE"])
def test_writes_fail_and_reads_go_on_while_the_file_is_held(connix: Connix, how: str) -> None:
    """Every write is an internal error after the wait, no read is late, and then all is well."""
    writes = _writes(connix, f"Held {how}")

    with held(_database(connix), how), ThreadPoolExecutor(len(writes)) as pool:
        begun = time.monotonic()
        waiting = [pool.submit(ask) for ask, _ in writes.values()]
        for ask, status in _reads(connix):
            assert ask().status == status
        assert time.monotonic() - begun < _BUSY_TIMEOUT / 2
        for future in waiting:
            check_internal_error(future.result())
        assert _BUSY_TIMEOUT * 0.9 < time.monotonic() - begun < _BUSY_TIMEOUT * 3

    # Had one of them happened all the same, it would be a conflict or not be found now.
    assert {name: ask().status for name, (ask, _) in writes.items()} == {
        name: status for name, (_, status) in writes.items()
    }


def test_a_short_lock_is_waited_out(connix: Connix) -> None:
    """A write that finds the file held waits, and happens when the file is free in time."""
    with ThreadPoolExecutor(1) as pool:
        with held(_database(connix)):
            waiting = pool.submit(connix.post, "/projects", {"name": "Patience"})
            assert connix.get("/projects").status == 200
            assert not waiting.done()
        assert waiting.result().status == 201


def test_agents_on_their_way_arrive_when_the_file_is_free(
    connix: Connix, eventually: Callable[[Callable[[], bool]], bool]
) -> None:
    """An agent that should have moved on meanwhile does so afterwards, by itself."""
    agent = connix.agent()
    assert connix.post(f"/agents/{agent}/start").status == 202
    with held(_database(connix)):
        end = time.monotonic() + _BUSY_TIMEOUT + 1
        while time.monotonic() < end:
            assert connix.get(f"/agents/{agent}").json["status"] == "creating"
            time.sleep(0.1)

    eventually(lambda: connix.get(f"/agents/{agent}").json["status"] == "running")


def test_a_start_on_a_held_file_says_so(start_server: StartServer, connix: Connix) -> None:
    """A server that cannot have its database ends with a sentence, not with a traceback."""
    data = connix.server.data.parent / "copy"
    data.mkdir(mode=0o700)
    with held(data / "connix.db"), pytest.raises(RuntimeError) as failed:
        start_server(data=data)

    text = str(failed.value)
    assert f"a database in {data} cannot be used: database is locked" in text
    assert "Traceback" not in text
