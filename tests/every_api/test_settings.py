"""``--set``, ``--config`` and the environment: each changes something of each API to be seen."""

from collections.abc import Iterator

import pytest

from tests.every_api.provoking_own import SLOW
from tests.every_api.rows import ROWS, row_of
from tests.every_api.scene import Scene
from tests.running_server import RunningServer

CHOSEN = {
    "connix.per_minute": "17",
    "connxt.gateway_url": "http://127.0.0.1:9/",
    "agenthuman.per_minute": "19",
    "apinizer.token_seconds": "123",
    "ixon.per_second": "4",
    "ixon.block": "5",
}


@pytest.fixture(scope="module", params=["set", "config", "environment"])
def chosen(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """A server that was told by one of the three."""
    folder = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        settings: list[str] = []
        flags: list[str] = []
        if request.param == "set":
            settings = [f"{name}={value}" for name, value in CHOSEN.items()]
        elif request.param == "config":
            flags = ["--config", str(folder / "failwell.toml")]
            (folder / "failwell.toml").write_text(_toml(), "utf-8")
        else:
            for name, value in CHOSEN.items():
                patch.setenv("FAILWELL_" + name.upper().replace(".", "__"), value)
        running = RunningServer(folder / "data", settings=settings, flags=flags)
    yield running.wait_until_ready()
    running.stop()


def _toml() -> str:
    lines = (f'{name} = "{value}"' for name, value in CHOSEN.items())
    return "[settings]\n" + "\n".join(lines)


def _connix(server: RunningServer) -> None:
    answer = row_of("connix").caller(server).get("/hello")
    assert answer.headers["X-RateLimit-Limit"] == "17"


def _connxt(server: RunningServer) -> None:
    scene = Scene(server, row_of("connxt"))
    request = SLOW["connxt"](scene)
    with scene.connect() as connection:
        connection.send(request)
        assert connection.answer().status == 500


def _agenthuman(server: RunningServer) -> None:
    answer = row_of("agenthuman").caller(server).get("/roles")
    assert answer.headers["X-RateLimit-Limit"] == "19"


def _apinizer(server: RunningServer) -> None:
    known = server.credentials["apinizer"]
    form = {
        "grant_type": "client_credentials",
        "client_id": known["username"],
        "client_secret": known["password"],
    }
    answer = row_of("apinizer").caller(server).form("/auth/token", form)
    assert answer.json["expires_in"] == 123


def _ixon(server: RunningServer) -> None:
    api = row_of("ixon")
    scene = Scene(server, api)
    data = scene.request("GET", api.read)
    with scene.connect() as connection:
        for _ in range(21):
            connection.send(data)
            answer = connection.answer()
    assert answer.status == 429
    assert 1 <= int(answer.one("retry-after")) <= 5


SEEN = {
    "connix": _connix,
    "connxt": _connxt,
    "agenthuman": _agenthuman,
    "apinizer": _apinizer,
    "ixon": _ixon,
}


@pytest.mark.parametrize("name", [api.name for api in ROWS])
def test_a_setting_is_seen(chosen: RunningServer, name: str) -> None:
    """What was chosen is what a caller of the API meets."""
    SEEN[name](chosen)
