"""Statement 16 of the AgentHuman page where it says overload: render workers, and who gets them."""

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from tests.agenthuman.agenthuman_client import AgentHuman, Answer
from tests.conftest import UNLIMITED
from tests.running_server import RunningServer

SERVICE_UNAVAILABLE = """
{
  "error": {
    "code": "service_unavailable",
    "message": "The service is temporarily unavailable. Please try again later."
  }
}
"""


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgentHuman]:
    """An AgentHuman with a single worker."""
    data = tmp_path_factory.mktemp("narrow")
    server = RunningServer(data, settings=(*UNLIMITED, "agenthuman.workers=1"))
    yield AgentHuman(server.wait_until_ready())
    server.stop()


@pytest.fixture
def pair(narrow: AgentHuman) -> Iterator[tuple[AgentHuman, AgentHuman]]:
    """Two accounts of it, whose sessions end with the test."""
    accounts = narrow.account(), narrow.account()
    yield accounts
    for account in accounts:
        account.end_all()


def _at_once(calls: list[tuple[AgentHuman, str]]) -> list[Answer]:
    """Start sessions at the same moment."""
    answers: list[Answer] = []
    ready = threading.Barrier(len(calls))

    def start(account: AgentHuman, session_id: str) -> None:
        ready.wait()
        answers.append(account.put(f"/sessions/{session_id}/start"))

    threads = [threading.Thread(target=start, args=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_agenthuman_s16_no_free_worker_is_unavailable(pair):
    """With every worker taken, sessions can neither be started nor made; then they can again."""
    first, second = pair
    waiting, running = second.session(), first.started()

    starting = second.put(f"/sessions/{waiting}/start")
    making = second.post("/sessions", {"avatar_id": second.known["avatar_id"]})

    for answer in (starting, making):
        answer.assert_page(503, SERVICE_UNAVAILABLE)
        assert int(answer.headers["Retry-After"]) > 0
    assert second.get(f"/sessions/{waiting}").json["session"]["status"] == "created"
    assert first.put(f"/sessions/{running}/start").status == 200
    first.post(f"/sessions/{running}/end")
    assert second.put(f"/sessions/{waiting}/start").status == 200


def test_agenthuman_s16_a_mistake_is_told_before_overload(pair):
    """Who would be refused anyway is not asked to come back."""
    first, second = pair
    first.started()
    character = "avat_01HM56NZ000000000000HARB0R"

    assert second.post("/sessions", {"avatar_id": character}).status == 422
    assert second.post("/sessions", {"agent_id": "agnt_1"}).status == 404
    assert second.put("/sessions/sess_1/start").status == 404


def test_agenthuman_the_last_worker_goes_to_one(narrow: AgentHuman):
    """Ten accounts start at once for one worker, again and again: one wins, the others wait."""
    accounts = [narrow.account() for _ in range(10)]
    for _ in range(5):
        calls = [(account, account.session()) for account in accounts]

        answers = _at_once(calls)

        assert sorted(answer.status for answer in answers) == [200] + [503] * 9
        running = [account.get("/usage").json["usage"]["concurrency"] for account in accounts]
        assert sum(each["current"] for each in running) == 1
        for account in accounts:
            account.end_all()


def test_agenthuman_the_last_of_a_plan_goes_to_one(agenthuman: AgentHuman):
    """On the free plan of several sessions started at once one runs."""
    free = agenthuman.account(plan="free")
    calls = [(free, free.session()) for _ in range(8)]

    answers = _at_once(calls)

    assert sorted(answer.status for answer in answers) == [200] + [409] * 7
    assert free.get("/usage").json["usage"]["concurrency"]["current"] == 1
    free.end_all()


def test_agenthuman_one_session_started_twice_at_once_takes_one_worker(pair):
    """Parallel repeats of one start all succeed with the same room."""
    account, _ = pair
    session_id = account.session()

    answers = _at_once([(account, session_id)] * 6)

    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert account.get("/usage").json["usage"]["concurrency"]["current"] == 1


def test_agenthuman_a_session_ends_by_itself(tmp_path_factory: pytest.TempPathFactory):
    """After its time a session has ended, at that moment, and its worker is free."""
    data = tmp_path_factory.mktemp("brief")
    settings = (*UNLIMITED, "agenthuman.workers=1", "agenthuman.session_seconds=2")
    server = RunningServer(data, settings=settings).wait_until_ready()
    account = AgentHuman(server).account()
    session_id = account.started()
    time.sleep(2.2)

    over = account.get(f"/sessions/{session_id}").json["session"]

    assert over["status"] == "ended"
    assert over["ended_at"] == over["expiration"]
    assert over["duration"] == 2
    assert account.get("/sessions?status=started").json["sessions"] == []
    assert account.get("/usage").json["usage"]["minutes"]["used"] == pytest.approx(2 / 60, abs=0.01)
    ended = account.post(f"/sessions/{session_id}/end")
    assert (ended.status, ended.json["session"]) == (200, over)
    assert account.put(f"/sessions/{session_id}/start").details == {"current_status": "ended"}
    unstarted = account.session()
    time.sleep(2.2)
    assert account.post(f"/sessions/{unstarted}/end").json["session"]["duration"] == 0
    assert account.started()
    server.stop()


def test_agenthuman_workers_are_right_after_a_kill(tmp_path_factory: pytest.TempPathFactory):
    """A killed process forgets no session: it holds its worker, its place in the plan, its room."""
    data = tmp_path_factory.mktemp("killed")
    settings = (*UNLIMITED, "agenthuman.workers=1")
    server = RunningServer(data, settings=settings).wait_until_ready()
    first, second = AgentHuman(server).account(), AgentHuman(server).account()
    waiting, running = second.session(), first.started()
    before = first.put(f"/sessions/{running}/start").json["ws_uri"]

    server.kill()
    again = RunningServer(data, settings=settings, port=server.port).wait_until_ready()

    session = first.get(f"/sessions/{running}").json["session"]
    assert session["status"] == "started"
    assert first.get("/usage").json["usage"]["concurrency"]["current"] == 1
    assert second.put(f"/sessions/{waiting}/start").status == 503
    after = first.put(f"/sessions/{running}/start").json["ws_uri"]
    assert after == session["room_url"]
    assert _room_is_open(after)
    assert before == after or not _room_is_open(before)
    first.post(f"/sessions/{running}/end")
    assert second.put(f"/sessions/{waiting}/start").status == 200
    again.stop()


def _room_is_open(address: str) -> bool:
    try:
        with urllib.request.urlopen(address.replace("ws://", "http://"), timeout=5) as answer:
            return answer.status == 200
    except urllib.error.URLError:
        return False
