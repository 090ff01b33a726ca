"""Two accounts of AgentHuman: nothing of one exists for the other."""

import pytest

from tests.agenthuman.agenthuman_client import AgentHuman


@pytest.fixture
def other(agenthuman: AgentHuman):
    """Another account."""
    made = agenthuman.account()
    yield made
    made.end_all()


def _face(account: AgentHuman) -> str:
    url = account.get("/avatars/upload-face").json["upload"]["sample_image_url"]
    made = account.post("/avatars/upload-face", {"image_url": url})
    assert made.status == 201, made.body
    return made.json["avatar_id"]


def test_agenthuman_a_foreign_session_does_not_exist(account: AgentHuman, other: AgentHuman):
    """Reading, starting and ending it give the very answer of an id that was never given."""
    session_id = account.started()

    for method, path in (("GET", ""), ("PUT", "/start"), ("POST", "/end")):
        answer = other.call(method, f"/sessions/{session_id}{path}")

        assert answer.status == 404
        assert answer.json == {
            "error": {
                "code": "session_not_found",
                "message": f"Session with ID '{session_id}' does not exist",
            }
        }
    assert account.get(f"/sessions/{session_id}").json["session"]["status"] == "started"
    assert other.get("/sessions").json["sessions"] == []


def test_agenthuman_a_foreign_agent_does_not_exist(account: AgentHuman, other: AgentHuman):
    """It can be neither read nor deleted nor given a session, and its name is free."""
    agent_id = account.agent(name="Same name")

    assert other.get(f"/agents/{agent_id}").code == "agent_not_found"
    assert other.delete(f"/agents/{agent_id}").code == "agent_not_found"
    assert other.post("/sessions", {"agent_id": agent_id}).code == "agent_not_found"
    assert other.agent(name="Same name")
    assert account.get(f"/agents/{agent_id}").status == 200


def test_agenthuman_a_foreign_avatar_does_not_exist(account: AgentHuman, other: AgentHuman):
    """It is in no list and cannot be used; its pictures cannot be seen."""
    avatar_id = _face(account)

    assert other.get(f"/avatars/{avatar_id}").code == "avatar_not_found"
    assert other.get(f"/avatars/{avatar_id}/image").code == "avatar_not_found"
    assert other.get(f"/avatars/{avatar_id}/preview").code == "avatar_not_found"
    assert other.post("/sessions", {"avatar_id": avatar_id}).code == "avatar_not_found"
    body = {"name": "A", "role_id": other.known["role_id"], "avatar_id": avatar_id}
    assert other.post("/agents", body).code == "avatar_not_found"
    assert avatar_id.encode() not in other.get("/avatars").body
    parent = account.get(f"/avatars/{avatar_id}").json["avatar"]["parent_id"]
    assert other.get(f"/avatars?parent_id={parent}").json["avatars"] == []
    assert account.session(avatar_id=avatar_id)


def test_agenthuman_foreign_keys_do_not_exist(account: AgentHuman, other: AgentHuman):
    """Keys of another account are in no list and cannot be deleted."""
    key_id = account.get("/api-keys").json["api_keys"][0]["key_id"]

    assert key_id.encode() not in other.get("/api-keys").body
    assert other.delete(f"/api-keys/{key_id}").status == 404
    assert account.get("/agents").status == 200


def test_agenthuman_what_others_run_shows_nowhere(account: AgentHuman, other: AgentHuman):
    """Usage tells of the own account only."""
    account.started()

    assert other.get("/usage").json["usage"]["concurrency"]["current"] == 0
    assert other.get("/usage").json["usage"]["minutes"]["used"] == 0
