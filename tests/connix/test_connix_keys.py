"""API keys: secrets are shown once, and only as much is given as there is."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.connix.connix_client import Connix


@pytest.fixture
def token(connix: Connix) -> str:
    """An access token with all scopes."""
    return connix.oauth["access_token"]


def test_a_key_is_shown_once(connix: Connix, token: str):
    """The documented members come back, the key itself only when it is made."""
    body = {
        "name": "Robot",
        "description": "Of the night shift",
        "scopes": ["agents:read", "projects:read"],
        "expires_at": (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }

    made = connix.post("/auth/api-keys", body, token=token).json

    assert list(made) == [
        "id", "name", "description", "key", "scopes", "created_at", "expires_at", "last_used",
    ]  # fmt: skip
    assert re.fullmatch("key_[0-9a-f]{16}", made["id"])
    assert re.fullmatch("cx_[0-9a-f]{32}", made["key"])
    assert made["scopes"] == ["projects:read", "agents:read"]
    assert (made["expires_at"], made["last_used"]) == (body["expires_at"], None)
    seen = connix.get(f"/auth/api-keys/{made['id']}", token=token).json
    assert seen == {name: made[name] for name in made if name != "key"}


def test_a_key_notes_its_last_use(connix: Connix, token: str, eventually):
    """After a call the key tells when it was used."""
    made = connix.post("/auth/api-keys", {"name": "Used"}, token=token).json
    connix.get("/hello", key=made["key"])

    eventually(lambda: connix.get(f"/auth/api-keys/{made['id']}", token=token).json["last_used"])


def test_nobody_gives_away_more_than_they_have(connix: Connix):
    """A token that may only read can neither make nor widen a key that writes."""
    reading = connix.tokens(scope="projects:read")["access_token"]
    own = connix.post("/auth/api-keys", {"name": "Mine"}, token=reading).json
    wide = {"scopes": ["projects:read", "projects:write"]}

    refused = connix.post("/auth/api-keys", {"name": "More", **wide}, token=reading)

    assert own["scopes"] == ["projects:read"]
    assert refused.status == 403
    assert refused.details == {
        "required_scopes": ["projects:read", "projects:write"],
        "provided_scopes": ["projects:read"],
    }
    assert connix.patch(f"/auth/api-keys/{own['id']}", wide, token=reading).status == 403


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        ("2999-01-01T00:00:00Z", 422),
        ("2020-01-01T00:00:00Z", 422),
        ("9999-12-31T23:59:59-12:00", 422),
        ("tomorrow", 400),
        ("2026-13-01T00:00:00Z", 400),
        ("2090-12-31T23:59:60Z", 400),
        ("", 400),
        (5, 400),
    ],
)
def test_odd_moments_are_refused(connix: Connix, token: str, moment: object, status: int):
    """What is no moment is a 400, a moment nobody can mean a 422."""
    answer = connix.post("/auth/api-keys", {"name": "Odd", "expires_at": moment}, token=token)

    assert answer.status == status, answer.body


def test_operators_keys_are_the_same_thing(connix: Connix, token: str):
    """A key made on the command line is listed, changed and revoked like any other."""
    issued = connix.issue("--scope", "projects:read")
    path = f"/auth/api-keys/{issued['id']}"

    assert connix.get("/projects", key=issued["secret"]).status == 200
    assert connix.get(path, token=token).json["scopes"] == ["projects:read"]
    assert connix.patch(path, {"name": "Renamed"}, token=token).json["name"] == "Renamed"
    assert connix.delete(path, token=token).status == 204
    assert connix.get(path, token=token).details["resource_type"] == "api_key"


def test_operators_tokens_are_the_same_thing(connix: Connix):
    """A token made on the command line opens what tokens open, and can be revoked."""
    issued = connix.issue("--kind", "access-token", "--user", "ops@connix.example")

    assert connix.get("/auth/api-keys", token=issued["secret"]).status == 200
    assert issued["secret"].count(".") == 2
