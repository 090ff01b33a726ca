"""Agents: what they are, how they move from one status to the next, what they answer."""

import re
import time
from typing import Any

import pytest

from tests.conftest import StartServer
from tests.connix.connix_client import Connix


def _status(connix: Connix, agent: str) -> str:
    return connix.get(f"/agents/{agent}").json["status"]


def _tell(connix: Connix, agent: str, verb: str) -> tuple[int, Any]:
    answer = connix.post(f"/agents/{agent}/{verb}")
    return answer.status, answer.json.get("status")


def test_an_agent_begins_stopped_with_the_documented_members(connix: Connix):
    """A new agent has every member of the documented object, and defaults for its config."""
    place = f"/projects/{connix.known['project_id']}/agents"

    made = connix.post(place, {"name": "Clerk", "metadata": {"environment": "test"}}).json

    assert list(made) == [
        "id", "name", "description", "project_id", "status", "config", "metadata",
        "created_at", "updated_at", "last_activity",
    ]  # fmt: skip
    assert re.fullmatch("agent_[0-9a-f]{16}", made["id"])
    assert made["status"] == "stopped"
    assert made["config"] == {
        "model": "gpt-4",
        "temperature": 0.7,
        "max_tokens": 2048,
        "tools": [],
    }
    assert re.fullmatch("user_[0-9a-f]{16}", made["metadata"].pop("created_by"))
    assert made["metadata"] == {"environment": "test"}
    assert made["last_activity"] is None
    assert connix.get(f"/agents/{made['id']}").json["name"] == "Clerk"


def test_a_change_leaves_the_rest_alone(connix: Connix):
    """Changing one member of config keeps the others."""
    agent = connix.agent(description="Before", config={"model": "gpt-4o", "temperature": 1})

    changed = connix.patch(f"/agents/{agent}", {"config": {"temperature": 2}}).json

    assert changed["config"]["model"] == "gpt-4o"
    assert changed["config"]["temperature"] == 2
    assert changed["description"] == "Before"


def test_an_agent_starts_pauses_and_stops(connix: Connix, eventually):
    """Each order is accepted with 202 and done a moment later."""
    agent = connix.agent()

    assert _tell(connix, agent, "start") == (202, "creating")
    eventually(lambda: _status(connix, agent) == "running")
    assert _tell(connix, agent, "pause") == (202, "updating")
    eventually(lambda: _status(connix, agent) == "paused")
    assert _tell(connix, agent, "start") == (202, "updating")
    eventually(lambda: _status(connix, agent) == "running")
    assert _tell(connix, agent, "stop") == (202, "updating")
    eventually(lambda: _status(connix, agent) == "stopped")
    assert connix.get(f"/agents/{agent}").json["last_activity"] is not None


@pytest.mark.parametrize("verb", ["pause", "stop"])
def test_a_stopped_agent_cannot_pause_or_stop(connix: Connix, verb: str):
    """An order that does not fit the status is a conflict over the status."""
    answer = connix.post(f"/agents/{connix.agent()}/{verb}")

    assert (answer.status, answer.code) == (409, "resource_conflict")
    assert answer.details == {
        "resource_type": "agent",
        "conflicting_field": "status",
        "conflicting_value": "stopped",
    }


def test_starting_twice_is_a_conflict(connix: Connix):
    """While an agent is on its way, and when it has arrived, it cannot be started."""
    agent = connix.agent()
    connix.post(f"/agents/{agent}/start")

    answer = connix.post(f"/agents/{agent}/start")

    assert (answer.status, answer.details["conflicting_value"]) == (409, "creating")


def test_agents_move_on_after_a_killed_process(start_server: StartServer, eventually):
    """What was accepted before a kill -9 happens after the restart."""
    connix = Connix(start_server())
    agent = connix.agent()
    assert _tell(connix, agent, "start") == (202, "creating")
    connix.server.kill()

    again = Connix(start_server(data=connix.server.data))

    assert again.key == connix.key
    eventually(lambda: _status(again, agent) == "running")


def test_agents_are_listed_in_parts(connix: Connix, eventually):
    """A list tells the total, keeps to limit and offset, sorts and selects by status."""
    place = f"/projects/{connix.project('Many agents')}/agents"
    ids = [connix.post(place, {"name": name}).json["id"] for name in ("b", "a", "c")]
    connix.post(f"/agents/{ids[0]}/start")
    eventually(lambda: _status(connix, ids[0]) == "running")

    def names(query: str) -> list[str]:
        return [agent["name"] for agent in connix.get(f"{place}{query}").json["agents"]]

    assert names("") == ["c", "a", "b"]
    assert names("?sort=created_at") == ["b", "a", "c"]
    assert names("?sort=name&limit=2") == ["a", "b"]
    assert names("?sort=-name&limit=2&offset=2") == ["a"]
    assert names("?status=running") == ["b"]
    whole = connix.get(f"{place}?limit=1").json
    assert (whole["total"], whole["limit"], whole["offset"]) == (3, 1, 0)


def test_deleting_a_project_deletes_its_agents(connix: Connix):
    """Nothing of a project outlives it."""
    project = connix.project("With an agent")
    agent = connix.post(f"/projects/{project}/agents", {"name": "Gone soon"}).json["id"]

    connix.delete(f"/projects/{project}")

    assert connix.get(f"/agents/{agent}").status == 404


def test_the_bundled_model_answers(connix: Connix, eventually):
    """As delivered, invoking an agent asks a real server that computes its answer."""
    agent = connix.agent(config={"max_tokens": 3})
    question = {"input": "It rains. Cats and dogs chase cats. Cats sleep."}

    answer = connix.post(f"/agents/{agent}/invoke", question)

    assert (answer.status, answer.json) == (200, {"output": "Cats and dogs"})
    eventually(lambda: connix.get(f"/agents/{agent}").json["last_activity"])


def test_an_agent_must_be_asked_something(connix: Connix):
    """An invocation without input is told so."""
    answer = connix.post(f"/agents/{connix.agent()}/invoke", {})

    assert [item["field"] for item in answer.details] == ["input"]


def test_responses_tell_how_long_they_took(connix: Connix):
    """Every answer names its milliseconds."""
    began = time.monotonic()
    answer = connix.get("/hello")

    took = int(answer.headers["X-Response-Time"].removesuffix("ms"))

    assert 0 <= took <= (time.monotonic() - began) * 1000 + 1
