"""Statements 7 and 8 of the AgentHuman page: the life of a session, and what it uses up."""

import re
import time

import pytest

from tests.agenthuman.agenthuman_client import AgentHuman
from tests.agenthuman.test_agenthuman_envelope import CHARACTER


def test_agenthuman_a_session_is_created_started_and_ended(account: AgentHuman):
    """created -> started -> ended, with the moments of each step and a real duration."""
    agent_id = account.agent()

    made = account.post("/sessions", {"agent_id": agent_id, "metadata": {"visitor": 7}})

    assert made.status == 201
    assert list(made.json) == ["success", "session", "usage", "message"]
    session = made.json["session"]
    assert re.fullmatch("sess_[0-9A-HJKMNP-TV-Z]{26}", session["session_id"])
    assert (session["status"], session["started_at"], session["ended_at"]) == (
        "created",
        None,
        None,
    )
    assert (session["agent_id"], session["metadata"]) == (agent_id, {"visitor": 7})
    assert made.json["usage"]["concurrency"] == {"current": 0, "max": 50, "available": 50}
    place = f"/sessions/{session['session_id']}"
    assert account.get(place).json == {"success": True, "session": session}

    started = account.put(f"{place}/start")

    assert list(started.json) == ["success", "ws_uri", "expiration", "message"]
    assert started.json["ws_uri"].startswith("ws://")
    running = account.get(place).json["session"]
    assert running["status"] == "started"
    assert running["expiration"] == started.json["expiration"] > running["started_at"]
    time.sleep(1.1)

    ended = account.post(f"{place}/end")

    assert list(ended.json) == ["success", "session", "message"]
    over = ended.json["session"]
    assert over["status"] == "ended"
    assert over["ended_at"] > over["started_at"]
    assert over["duration"] >= 1
    assert account.get(place).json["session"] == over


def test_agenthuman_steps_can_be_repeated(account: AgentHuman):
    """Starting a started and ending an ended session change nothing, by PUT and by POST."""
    place = f"/sessions/{account.session()}"

    starts = [account.call(how, f"{place}/start") for how in ("POST", "PUT", "POST")]
    ends = [account.call(how, f"{place}/end") for how in ("PUT", "POST", "PUT")]

    assert {answer.status for answer in starts + ends} == {200}
    assert len({answer.body for answer in starts}) == 1
    assert len({answer.body for answer in ends}) == 1


def test_agenthuman_s08_an_ended_session_cannot_start(account: AgentHuman):
    """409 says where the session is in its life."""
    session_id = account.started()
    account.post(f"/sessions/{session_id}/end")

    for how in ("PUT", "POST"):
        answer = account.call(how, f"/sessions/{session_id}/start")

        assert answer.status == 409
        assert answer.json == {
            "error": {
                "code": "resource_conflict",
                "message": f"Session with ID '{session_id}' has already ended",
                "details": {"current_status": "ended"},
            }
        }


def test_agenthuman_s08_only_a_started_session_can_end(account: AgentHuman):
    """Ending a session that was not started is a conflict with its state."""
    session_id = account.session()

    answer = account.post(f"/sessions/{session_id}/end")

    assert answer.status == 409
    assert answer.json == {
        "error": {
            "code": "resource_conflict",
            "message": f"Session with ID '{session_id}' has not been started",
            "details": {"current_status": "created"},
        }
    }
    assert account.get(f"/sessions/{session_id}").json["session"]["status"] == "created"


@pytest.mark.parametrize("step", ["PUT start", "POST start", "POST end", "PUT end"])
def test_agenthuman_s07_steps_of_an_unknown_session(agenthuman: AgentHuman, step: str):
    """A session that does not exist can neither start nor end."""
    method, word = step.split()

    answer = agenthuman.call(method, f"/sessions/123/{word}")

    assert answer.status == 404
    assert answer.message == "Session with ID '123' does not exist"


def test_agenthuman_s09_a_character_is_unprocessable(account: AgentHuman):
    """Sessions need a look, whether the avatar is the session's or the agent's."""
    agent_id = account.agent(avatar_id=CHARACTER)

    for body in ({"avatar_id": CHARACTER}, {"agent_id": agent_id}):
        answer = account.post("/sessions", body)

        assert answer.status == 422
        assert answer.json == {
            "error": {
                "code": "unprocessable_entity",
                "message": f"Avatar with ID '{CHARACTER}' is a character; sessions require a look",
                "details": {"field": "avatar_id", "requirement": "look"},
            }
        }
    look = account.known["avatar_id"]
    made = account.post("/sessions", {"agent_id": agent_id, "avatar_id": look})
    assert made.json["session"]["avatar_id"] == look


@pytest.mark.parametrize(
    ("body", "field", "requirement"),
    [
        ({}, "agent_id", "required"),
        ({"metadata": {}}, "agent_id", "required"),
        ({"agent_id": 7}, "agent_id", "type"),
        ({"agent_id": "a", "session_type": "fax"}, "session_type", "allowed_values"),
        ({"agent_id": "a", "metadata": []}, "metadata", "type"),
        ({"agent_id": "a", "metadata": {"k": {}}}, "metadata.k", "type"),
        ({"agent_id": "a", "metadata": {"k": 1e300}}, "metadata.k", "range"),
    ],
)
def test_agenthuman_a_session_needs_an_agent_or_a_look(
    agenthuman: AgentHuman, body, field: str, requirement: str
):
    """What is wrong with a new session is told like with anything else."""
    answer = agenthuman.post("/sessions", body)

    assert answer.status == 400
    assert answer.details == {"field": field, "requirement": requirement}


def test_agenthuman_what_a_session_refers_to_must_exist(agenthuman: AgentHuman):
    """An unknown agent or avatar is 404 with its code."""
    assert agenthuman.post("/sessions", {"agent_id": "agnt_1"}).code == "agent_not_found"
    assert agenthuman.post("/sessions", {"avatar_id": "avat_1"}).code == "avatar_not_found"


def test_agenthuman_sessions_are_listed_by_status(account: AgentHuman):
    """The newest first, all of them or those in one status; older words work too."""
    ended, started, created = account.started(), account.started(), account.session()
    account.post(f"/sessions/{ended}/end")

    def listed(status: str) -> list[str]:
        answer = account.get(f"/sessions?status={status}")
        return [session["session_id"] for session in answer.json["sessions"]]

    assert listed("all") == [created, started, ended]
    assert listed("created") == [created]
    assert listed("started") == [started]
    assert listed("ended") == listed("completed") == [ended]
    assert listed("active") == [created, started]
    refused = account.get("/sessions?status=paused")
    assert (refused.status, refused.details["requirement"]) == (400, "allowed_values")


def test_agenthuman_metadata_comes_back_as_it_was_sent(account: AgentHuman):
    """Texts, numbers and truths of the caller's own survive storage."""
    sent = {"text": "Grüße €\U0001f600", "n": -7, "x": 1.5, "yes": True, "nothing": None, "": "\0"}
    made = account.post("/sessions", {"avatar_id": account.known["avatar_id"], "metadata": sent})

    session_id = made.json["session"]["session_id"]

    assert account.get(f"/sessions/{session_id}").json["session"]["metadata"] == sent


def test_agenthuman_s08_the_plan_limits_how_many_run(agenthuman: AgentHuman):
    """Free: with one session running, a second can neither be started nor made."""
    free = agenthuman.account(plan="free")
    first, second = free.session(), free.session()
    assert free.put(f"/sessions/{first}/start").status == 200
    conflict = {
        "error": {
            "code": "resource_conflict",
            "message": "The concurrent session limit of 1 has been reached",
            "details": {"limit": 1, "current": 1},
        }
    }

    starting = free.put(f"/sessions/{second}/start")
    making = free.post("/sessions", {"avatar_id": free.known["avatar_id"]})

    assert (starting.status, starting.json) == (409, conflict)
    assert (making.status, making.json) == (409, conflict)
    free.post(f"/sessions/{first}/end")
    assert free.put(f"/sessions/{second}/start").status == 200
    free.end_all()


def test_agenthuman_usage_tells_plan_and_concurrency(account: AgentHuman):
    """GET /usage follows what runs; live and test sessions count together."""
    test = AgentHuman(account.server, key=account.new_key(environment="test"))
    before = account.get("/usage").json

    live_session, test_session = account.started(), test.started()

    assert before == {
        "success": True,
        "plan": "enterprise",
        "usage": {
            "concurrency": {"current": 0, "max": 50, "available": 50},
            "minutes": {"used": 0, "total_remaining": None},
        },
    }
    running = account.get("/usage").json["usage"]["concurrency"]
    assert running == {"current": 2, "max": 50, "available": 48}
    assert test.get("/usage").json["usage"]["concurrency"] == running
    assert account.get(f"/sessions/{test_session}").status == 404
    account.post(f"/sessions/{live_session}/end")
    test.end_all()
    assert account.get("/usage").json["usage"]["concurrency"]["current"] == 0


def test_agenthuman_a_session_outlives_its_agent(account: AgentHuman):
    """Deleting an agent leaves its sessions as they are."""
    agent_id = account.agent()
    session_id = account.session(agent_id=agent_id)

    account.delete(f"/agents/{agent_id}")

    assert account.put(f"/sessions/{session_id}/start").status == 200
    assert account.get(f"/sessions/{session_id}").json["session"]["agent_id"] == agent_id
