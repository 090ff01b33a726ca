"""``failwell.db`` cannot be written: who has a key goes on working, nothing crashes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import UNLIMITED
from tests.connix.connix_client import Connix
from tests.faults.documented import check_internal_error
from tests.faults.other_process import held
from tests.running_server import RunningServer

_KEY = {"name": "Key", "scopes": ["projects:read"]}


@pytest.fixture(scope="module")
def connix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connix]:
    """A Connix whose accounts cannot be changed now and then."""
    running = RunningServer(tmp_path_factory.mktemp("accounts"), settings=UNLIMITED)
    yield Connix(running.wait_until_ready())
    running.stop()


def _check_work(connix: Connix, name: str, fresh: str) -> None:
    """Do what needs no change of an account, with keys known and keys never used before."""
    token = connix.oauth["access_token"]
    for each in (connix.key, fresh):
        assert connix.get("/hello", key=each).status == 200
        assert connix.get("/projects", key=each).status == 200
    assert connix.get("/projects", token=token).status == 200
    assert connix.post("/projects", {"name": name}).status == 201
    assert connix.post("/projects", {"name": name}, key=fresh).status == 403
    assert connix.get("/hello", key="cx_" + "0" * 32).status == 401
    agent = connix.agent()
    assert connix.post(f"/agents/{agent}/start").status == 202


def _fresh_key(connix: Connix) -> str:
    answer = connix.post("/auth/api-keys", _KEY, token=connix.oauth["access_token"])
    assert answer.status == 201
    return str(answer.json["key"])


def test_known_keys_work_while_the_accounts_are_held(connix: Connix) -> None:
    """Only what changes an account fails, as documented; afterwards that works as well."""
    fresh, token = _fresh_key(connix), connix.oauth["access_token"]

    with held(connix.server.data / "failwell.db"):
        _check_work(connix, "While held", fresh)
        check_internal_error(connix.post("/auth/api-keys", _KEY, token=token))
        _check_work(connix, "While still held", fresh)

    assert _fresh_key(connix)
    by_level = {line["level"]: line for line in connix.server.log_lines}
    assert by_level.keys() == {"info", "warning", "error"}
    assert "the database" in by_level["warning"]["message"]
    crashes = [line for line in connix.server.log_lines if line["level"] == "error"]
    assert [line["route"] for line in crashes] == ["/api/v1/auth/api-keys"]
    assert "database is locked" in crashes[0]["exception"]


def test_known_keys_work_while_the_accounts_may_not_be_written(connix: Connix) -> None:
    """Files and folder lose their permissions; root may write all the same, others not."""
    fresh, data = _fresh_key(connix), connix.server.data
    files = [data, *data.glob("failwell.db*")]
    modes = {file: file.stat().st_mode for file in files}

    try:
        for file in files:
            file.chmod(0o500 if file.is_dir() else 0o400)
        _check_work(connix, "Read only", fresh)
        answer = connix.post("/auth/api-keys", _KEY, token=connix.oauth["access_token"])
        if answer.status != 201:
            check_internal_error(answer)
    finally:
        for file in files:
            file.chmod(modes[file])

    assert _fresh_key(connix)


def test_a_killed_process_leaves_no_lock(connix: Connix) -> None:
    """When the process that held the accounts is killed, they are free."""
    path: Path = connix.server.data / "failwell.db"
    with held(path) as holder:
        holder.kill()
        holder.wait()
        assert _fresh_key(connix)
