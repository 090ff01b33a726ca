"""Statements 8 and 9 of the AgentHuman page where agents are concerned, and agents as such."""

import threading

import pytest

from tests.agenthuman.agenthuman_client import AgentHuman

NEVER = "role_00000000000000000000000000"


def test_agenthuman_roles_are_the_same_for_everybody(agenthuman: AgentHuman, account: AgentHuman):
    """Any key lists every role, with its languages and whether it can be given."""
    roles = account.get("/roles")

    assert roles.status == 200
    assert list(roles.json) == ["success", "roles"]
    assert roles.json == agenthuman.get("/roles").json
    members = ["role_id", "name", "description", "languages", "enabled"]
    assert all(list(role) == members for role in roles.json["roles"])
    assert {role["enabled"] for role in roles.json["roles"]} == {True, False}
    assert account.new_key(permissions=["avatars:write"])
    assert account.known["role_id"] in {role["role_id"] for role in roles.json["roles"]}


def test_agenthuman_an_agent_is_made_read_listed_and_deleted(account: AgentHuman):
    """The life of an agent, with every member it was given."""
    wanted = {
        "name": "Front desk",
        "role_id": account.known["role_id"],
        "avatar_id": account.known["avatar_id"],
        "language": "de",
        "custom_greeting": "Guten Tag!",
        "context": "A hotel.",
    }

    made = account.post("/agents", wanted)

    assert made.status == 201
    assert list(made.json) == ["success", "agent", "message"]
    assert made.json["message"] == "Agent created successfully"
    agent = made.json["agent"]
    assert agent["agent_id"].startswith("agnt_")
    assert len(agent["agent_id"]) == 31
    assert {name: agent[name] for name in wanted} == wanted
    assert agent["status"] == "active"
    place = f"/agents/{agent['agent_id']}"
    assert account.get(place).json == {"success": True, "agent": agent}
    assert account.get("/agents").json == {"success": True, "agents": [agent]}
    assert account.delete(place).json == {"success": True, "message": "Agent deleted successfully"}
    assert account.get(place).status == 404
    assert account.delete(place).message == f"Agent with ID '{agent['agent_id']}' does not exist"
    assert account.get("/agents").json["agents"] == []


def test_agenthuman_an_agent_needs_only_role_and_name(account: AgentHuman):
    """Everything else has a default; the look is a public one."""
    made = account.post("/agents", {"name": "Plain", "role_id": account.known["role_id"]}).json

    assert made["agent"]["language"] == "en"
    assert made["agent"]["avatar_id"] == account.known["avatar_id"]
    assert made["agent"]["custom_greeting"] is None
    assert account.session(agent_id=made["agent"]["agent_id"])


def test_agenthuman_agents_come_newest_first_and_in_pages(account: AgentHuman):
    """A list can be cut into pages that neither repeat nor leave out."""
    made = [account.agent(name=f"Agent {number}") for number in range(5)]

    listed = [
        agent["agent_id"]
        for offset in (0, 2, 4)
        for agent in account.get(f"/agents?limit=2&offset={offset}").json["agents"]
    ]

    assert listed == made[::-1]


def test_agenthuman_s08_a_name_that_is_taken_is_a_conflict(account: AgentHuman):
    """The second agent of a name is refused with the field and its value."""
    account.agent(name="Concierge")

    answer = account.post("/agents", {"name": "Concierge", "role_id": account.known["role_id"]})

    assert answer.status == 409
    assert answer.json == {
        "error": {
            "code": "resource_conflict",
            "message": "Agent with name 'Concierge' already exists",
            "details": {"field": "name", "value": "Concierge"},
        }
    }


def test_agenthuman_s08_of_two_at_once_one_wins(account: AgentHuman):
    """Eight requests for one name at the same moment make one agent."""
    body = {"name": "Contested", "role_id": account.known["role_id"]}
    statuses = []

    def post() -> None:
        statuses.append(account.post("/agents", body).status)

    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [201] + [409] * 7


@pytest.mark.parametrize(
    ("members", "code", "message"),
    [
        ({"role_id": NEVER}, "role_not_found", f"Role with ID '{NEVER}' does not exist"),
        ({"avatar_id": "avat_1"}, "avatar_not_found", "Avatar with ID 'avat_1' does not exist"),
    ],
)
def test_agenthuman_what_an_agent_refers_to_must_exist(
    account: AgentHuman, members, code: str, message: str
):
    """An unknown role or avatar is 404 with a code of its own."""
    body = {"name": "Lost", "role_id": account.known["role_id"], **members}

    answer = account.post("/agents", body)

    assert answer.status == 404
    assert answer.json == {"error": {"code": code, "message": message}}
    assert account.get("/agents").json["agents"] == []


def test_agenthuman_s09_a_disabled_role_is_unprocessable(account: AgentHuman):
    """A role that exists and cannot be given is 422, and nothing is made."""
    role_id = account.role("Medical adviser")

    answer = account.post("/agents", {"name": "Doctor", "role_id": role_id})

    assert answer.status == 422
    assert answer.json == {
        "error": {
            "code": "unprocessable_entity",
            "message": f"Role with ID '{role_id}' is disabled",
            "details": {"field": "role_id", "requirement": "enabled"},
        }
    }
    assert account.get("/agents").json["agents"] == []


def test_agenthuman_s09_a_language_the_role_does_not_speak_is_unprocessable(account: AgentHuman):
    """The same body with a language of the role is fine."""
    body = {"name": "Interviewer", "role_id": account.role("Interviewer")}

    refused = account.post("/agents", {**body, "language": "fr"})

    assert refused.status == 422
    assert refused.details == {"field": "language", "requirement": "role_language"}
    assert account.post("/agents", {**body, "language": "en"}).status == 201
