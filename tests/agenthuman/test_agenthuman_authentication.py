"""Statements 5 and 6 of the AgentHuman page: keys, and what they may do."""

import re
import time

import pytest

from tests.agenthuman.agenthuman_client import AgentHuman
from tests.agenthuman.test_agenthuman_envelope import INVALID_KEY
from tests.calling import issue

PERMISSIONS = [
    "agents:read",
    "agents:write",
    "sessions:read",
    "sessions:write",
    "avatars:read",
    "avatars:write",
]

ENDPOINTS = [
    ("GET", "/roles", None),
    ("GET", "/avatars", "avatars:read"),
    ("GET", "/avatars/public", "avatars:read"),
    ("GET", "/avatars/upload-face", "avatars:read"),
    ("POST", "/avatars/upload-face", "avatars:write"),
    ("GET", "/avatars/avat_1", "avatars:read"),
    ("GET", "/avatars/avat_1/image", "avatars:read"),
    ("GET", "/avatars/avat_1/preview", "avatars:read"),
    ("POST", "/agents", "agents:write"),
    ("GET", "/agents", "agents:read"),
    ("GET", "/agents/agnt_1", "agents:read"),
    ("DELETE", "/agents/agnt_1", "agents:write"),
    ("POST", "/sessions", "sessions:write"),
    ("GET", "/sessions", "sessions:read"),
    ("GET", "/sessions/sess_1", "sessions:read"),
    ("PUT", "/sessions/sess_1/start", "sessions:write"),
    ("POST", "/sessions/sess_1/start", "sessions:write"),
    ("POST", "/sessions/sess_1/end", "sessions:write"),
    ("PUT", "/sessions/sess_1/end", "sessions:write"),
    ("GET", "/usage", "sessions:read"),
    ("POST", "/api-keys", None),
    ("GET", "/api-keys", None),
    ("DELETE", "/api-keys/key_1", None),
]


@pytest.fixture(scope="module")
def revoked(agenthuman: AgentHuman) -> str:
    """A key that was good once."""
    made = issue(agenthuman.server, "agenthuman", "--tenant", "Revoked")
    assert agenthuman.get("/agents", key=made["secret"]).status == 200
    agenthuman.command("credentials", "revoke", made["id"])
    return made["secret"]


@pytest.mark.parametrize(("method", "path", "_permission"), ENDPOINTS)
def test_agenthuman_s05_every_endpoint_wants_a_key(
    agenthuman: AgentHuman, revoked: str, eventually, method: str, path: str, _permission
):
    """Without a key, with an invalid and with a revoked one, the body of the page comes."""
    eventually(lambda: agenthuman.get("/agents", key=revoked).status == 401)

    for key in (None, "ah_live_" + "0" * 32, revoked):
        agenthuman.call(method, path, key=key).assert_page(401, INVALID_KEY)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "ah_live_",
        "ah_prod_" + "a" * 32,
        "ah_live_" + "-" * 32,
        "ah_live_" + "a" * 33,
        "\xff\xfe",
    ],
)
def test_agenthuman_s05_what_is_no_key_is_refused(agenthuman: AgentHuman, key: str):
    """A text of another form is as good as no key."""
    headers = {"x-api-key": key}

    agenthuman.get("/agents", headers=headers).assert_page(401, INVALID_KEY)


def test_agenthuman_s05_an_expired_key_is_refused(agenthuman: AgentHuman, eventually):
    """A key with an end stops working then, with the body of the page."""
    made = issue(agenthuman.server, "agenthuman", "--tenant", "Brief", "--expires-in", "2")
    key = made["secret"]
    assert agenthuman.get("/agents", key=key).status == 200

    eventually(lambda: agenthuman.get("/agents", key=key).status == 401)

    agenthuman.get("/agents", key=key).assert_page(401, INVALID_KEY)


def test_agenthuman_s05_keys_of_other_apis_open_nothing(agenthuman: AgentHuman):
    """A key of Connix is no key here."""
    key = agenthuman.server.credentials["connix"]["api_key"]

    agenthuman.get("/agents", key=key).assert_page(401, INVALID_KEY)


@pytest.mark.parametrize(
    ("method", "path", "permission"), [each for each in ENDPOINTS if each[2] is not None]
)
def test_agenthuman_s06_a_missing_permission_is_named(
    agenthuman: AgentHuman, method: str, path: str, permission: str
):
    """A key with every permission but one is refused there, and only there."""
    others = [each for each in PERMISSIONS if each != permission]
    lacking = agenthuman.new_key(permissions=others)
    having = agenthuman.new_key(permissions=[permission])

    refused = agenthuman.call(method, path, key=lacking)

    assert refused.status == 403
    assert refused.json == {
        "error": {
            "code": "permission_denied",
            "message": "You don't have permission to access this resource",
            "details": {"required_permission": permission},
        }
    }
    assert agenthuman.call(method, path, key=having).status != 403


def test_agenthuman_s06_permission_comes_before_the_body(agenthuman: AgentHuman):
    """Who may not do it is told so, whatever was sent."""
    reading = agenthuman.known["read_only_api_key"]

    assert agenthuman.post("/agents", {}, key=reading).status == 403
    assert agenthuman.post("/sessions/sess_1/end", key=reading).status == 403


def test_agenthuman_a_key_is_shown_once(account: AgentHuman):
    """The secret is in the answer that makes it, in no list, and in no database."""
    made = account.post(
        "/api-keys", {"name": "Mine", "environment": "live", "permissions": ["agents:read"]}
    )
    listed = account.get("/api-keys")

    secret = made.json["api_key"]
    assert made.status == 201
    assert re.fullmatch("ah_live_[0-9A-Za-z]{32}", secret)
    assert made.json["key"]["permissions"] == ["agents:read"]
    assert made.json["message"] == "API key created successfully"
    assert [key["name"] for key in listed.json["api_keys"]] == ["Issued by the operator", "Mine"]
    assert secret.encode() not in listed.body
    data = account.server.data
    for file in (*data.glob("*.db"), *data.glob("*.db-wal"), account.server.log_file):
        assert secret.encode() not in file.read_bytes()


def test_agenthuman_a_deleted_key_is_over_at_once(account: AgentHuman):
    """Deleting answers 200, the key is 401 from the next request on, and a second time 404."""
    made = account.post("/api-keys", {"name": "Short-lived"}).json
    place = f"/api-keys/{made['key']['key_id']}"
    assert account.get("/agents", key=made["api_key"]).status == 200

    assert account.delete(place).json == {
        "success": True,
        "message": "API key deleted successfully",
    }

    account.get("/agents", key=made["api_key"]).assert_page(401, INVALID_KEY)
    assert account.delete(place).status == 404
    assert account.delete(place).code == "not_found"


def test_agenthuman_a_key_gives_no_more_than_it_has(account: AgentHuman):
    """Keys made by a key have its permissions or fewer, by default the same."""
    weak = account.new_key(permissions=["agents:read", "sessions:read"])

    same = account.post("/api-keys", {"name": "Same"}, key=weak)
    fewer = account.post("/api-keys", {"name": "Fewer", "permissions": ["agents:read"]}, key=weak)
    wish = ["agents:read", "agents:write", "avatars:read"]
    more = account.post("/api-keys", {"name": "More", "permissions": wish}, key=weak)

    assert same.json["key"]["permissions"] == ["agents:read", "sessions:read"]
    assert fewer.json["key"]["permissions"] == ["agents:read"]
    assert more.status == 403
    assert more.details == {"required_permission": "agents:write"}


def test_agenthuman_a_weak_key_deletes_no_strong_one(account: AgentHuman):
    """A leaked key cannot lock its owner out."""
    weak = account.new_key(permissions=["agents:read"])
    strong = account.get("/api-keys").json["api_keys"][0]["key_id"]

    refused = account.delete(f"/api-keys/{strong}", key=weak)

    assert refused.status == 403
    assert refused.details == {"required_permission": "agents:write"}
    assert account.get("/agents").status == 200


def test_agenthuman_test_keys_see_test_data_only(account: AgentHuman):
    """Live and test data of an account lie apart, in both directions; names may repeat."""
    test = account.new_key(environment="test")
    assert test.startswith("ah_test_")
    live_agent = account.agent(name="Twin")

    made = account.post("/agents", {"name": "Twin", "role_id": account.known["role_id"]}, key=test)

    test_agent = made.json["agent"]["agent_id"]
    assert made.status == 201
    assert account.get(f"/agents/{live_agent}", key=test).status == 404
    assert account.get(f"/agents/{test_agent}").status == 404
    assert [a["agent_id"] for a in account.get("/agents", key=test).json["agents"]] == [test_agent]


def test_agenthuman_test_keys_reach_no_live_keys(account: AgentHuman):
    """A test key makes, sees and deletes test keys only; a live key both."""
    test = account.new_key(environment="test")
    live_id = account.get("/api-keys").json["api_keys"][0]["key_id"]

    refused = account.post("/api-keys", {"name": "Up", "environment": "live"}, key=test)

    assert refused.status == 403
    assert refused.details == {"required_permission": "environment:live"}
    seen = account.get("/api-keys", key=test).json["api_keys"]
    assert [key["environment"] for key in seen] == ["test"]
    assert account.delete(f"/api-keys/{live_id}", key=test).status == 404
    own = account.get("/api-keys", key=test).json["api_keys"][0]["key_id"]
    assert account.delete(f"/api-keys/{own}").status == 200


@pytest.mark.parametrize(
    ("body", "field", "requirement"),
    [
        ({}, "name", "required"),
        ({"name": "A", "environment": "prod"}, "environment", "allowed_values"),
        ({"name": "A", "permissions": []}, "permissions", "min_length"),
        ({"name": "A", "permissions": ["agents:fly"]}, "permissions.0", "allowed_values"),
        ({"name": "A", "permissions": "agents:read"}, "permissions", "type"),
    ],
)
def test_agenthuman_a_key_needs_a_name_and_known_permissions(
    agenthuman: AgentHuman, body, field: str, requirement: str
):
    """What is wrong with a new key is told like with anything else."""
    answer = agenthuman.post("/api-keys", body)

    assert answer.status == 400
    assert answer.details == {"field": field, "requirement": requirement}


def test_agenthuman_the_use_of_a_key_is_noted(account: AgentHuman):
    """The list says when a key was used last."""
    account.get("/agents")
    time.sleep(0.2)

    assert account.get("/api-keys").json["api_keys"][0]["last_used_at"] is not None
