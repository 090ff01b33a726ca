"""Statement 15 of the AgentHuman page where the room provider is concerned."""

import json
import time
from collections.abc import Iterator

import pytest

from tests.agenthuman.agenthuman_client import AgentHuman
from tests.agenthuman.conftest import Host, send
from tests.conftest import UNLIMITED
from tests.running_server import RunningServer, free_ports

BAD_GATEWAY = {
    "error": {
        "code": "bad_gateway",
        "message": "The server received an invalid response from an upstream server",
        "details": {"upstream": "room provider"},
    }
}


def open_room(handler):
    """Answer as the documented provider does."""
    send(handler, b'{"url": "wss://rooms.example/r/1"}', status=201, media="application/json")


def hang(handler):
    """Answer later than anybody waits."""
    time.sleep(4)


class Provided:
    """An AgentHuman whose room provider is the test's."""

    def __init__(self, folder) -> None:
        self.port = free_ports(1)
        url = f"http://127.0.0.1:{self.port}/rooms?for=us"
        settings = (*UNLIMITED, f"agenthuman.room_url={url}", "agenthuman.deadline=1")
        self.server = RunningServer(folder, settings=settings).wait_until_ready()
        self.account = AgentHuman(self.server).account()


@pytest.fixture(scope="module")
def provided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provided]:
    """One such server for all tests of this file."""
    made = Provided(tmp_path_factory.mktemp("rooms"))
    yield made
    made.server.stop()


@pytest.fixture
def provider(provided: Provided) -> Iterator[Host]:
    """The provider, running and well."""
    host = Host(provided.port)
    host.answer = open_room
    yield host
    host.close()


@pytest.fixture
def account(provided: Provided, provider: Host) -> Iterator[AgentHuman]:
    """An account whose sessions end with the test."""
    yield provided.account
    provided.account.end_all()


NONSENSE = [
    b"",
    b"<h1>Welcome</h1>",
    b"[]",
    b'"wss://rooms.example"',
    b"{}",
    b'{"url": 5}',
    b'{"url": "javascript:alert(1)"}',
    b'{"url": "wss://a b"}',
    b'{"url": "wss://' + b"x" * 3000 + b'"}',
    b"[" * 100_000,
]


def test_agenthuman_the_provider_is_really_asked(account: AgentHuman, provider: Host):
    """Making and starting a session each open its room, and its address is handed out."""
    session_id = account.session()
    started = account.put(f"/sessions/{session_id}/start")

    assert started.json["ws_uri"] == "wss://rooms.example/r/1"
    assert [(method, path) for method, path, _ in provider.requests] == [
        ("POST", "/rooms?for=us")
    ] * 2
    asked = [json.loads(body) for _, _, body in provider.requests]
    assert {each["session_id"] for each in asked} == {session_id}
    assert asked[1]["expires_at"] == started.json["expiration"]


@pytest.mark.parametrize("body", NONSENSE, ids=range(len(NONSENSE)))
def test_agenthuman_s15_nonsense_of_the_provider_is_a_bad_gateway(
    account: AgentHuman, provider: Host, body: bytes
):
    """What is no address of a room is 502, for making and for starting."""
    session_id = account.session()
    provider.answer = lambda handler: send(handler, body, media="application/json")

    starting = account.put(f"/sessions/{session_id}/start")
    making = account.post("/sessions", {"avatar_id": account.known["avatar_id"]})

    assert (starting.status, starting.json) == (502, BAD_GATEWAY)
    assert (making.status, making.json) == (502, BAD_GATEWAY)


@pytest.mark.parametrize("status", [204, 301, 400, 401, 404, 429, 500, 503])
def test_agenthuman_s15_a_refusing_provider_is_a_bad_gateway(
    account: AgentHuman, provider: Host, status: int
):
    """Whatever status it refuses with, the caller gets 502."""
    body = b"" if status == 204 else b'{"url": "wss://rooms.example/r/1"}'
    provider.answer = lambda handler: send(handler, body, status=status)

    answer = account.post("/sessions", {"avatar_id": account.known["avatar_id"]})

    assert (answer.status, answer.json) == (502, BAD_GATEWAY)


def test_agenthuman_s15_a_slow_provider_is_a_bad_gateway(account: AgentHuman, provider: Host):
    """The page knows no 504: too late is 502 as well, after the deadline and not later."""
    provider.answer = hang
    began = time.monotonic()

    answer = account.post("/sessions", {"avatar_id": account.known["avatar_id"]})

    assert (answer.status, answer.json) == (502, BAD_GATEWAY)
    assert 0.9 < time.monotonic() - began < 3


def test_agenthuman_s15_it_passes_when_the_provider_is_back(provided: Provided):
    """With nobody at the address it is 502 and nothing is written; afterwards all is well."""
    account = provided.account
    host = Host(provided.port)
    host.answer = open_room
    session_id = account.session()
    before = account.get("/sessions").body
    host.close()

    making = account.post("/sessions", {"avatar_id": account.known["avatar_id"]})
    starting = account.put(f"/sessions/{session_id}/start")

    assert (making.status, making.json) == (502, BAD_GATEWAY)
    assert (starting.status, starting.json) == (502, BAD_GATEWAY)
    assert account.get("/sessions").body == before
    assert account.get("/usage").json["usage"]["concurrency"]["current"] == 0
    host = Host(provided.port)
    host.answer = open_room
    assert account.put(f"/sessions/{session_id}/start").status == 200
    assert account.post("/sessions", {"avatar_id": account.known["avatar_id"]}).status == 201
    account.end_all()
    host.close()


def test_agenthuman_s15_nothing_of_the_provider_is_told(account: AgentHuman, provider: Host):
    """Neither its address nor its words reach the caller."""
    provider.answer = lambda handler: send(handler, b"canary-41", status=500)

    answer = account.post("/sessions", {"avatar_id": account.known["avatar_id"]})

    for word in (b"canary", b"127.0.0.1", str(provider.port).encode(), b"example"):
        assert word not in answer.body
