"""Statements 6 to 14 and 35 of the Connix page: keys, tokens and scopes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import StartServer
from tests.connix.connix_client import Answer, Connix

INVALID_API_KEY = """
{
"error": {
"code": "invalid_api_key",
"message": "The provided API key is invalid or has been revoked",
"details": "API key format should be: cx_[32 hexadecimal characters]",
"request_id": "req_1234567890abcdef",
"timestamp": "2024-01-15T16:20:00Z"
}
}
"""

INSUFFICIENT_SCOPE = """
{
"error": {
"code": "insufficient_scope",
"message": "The request requires higher privileges than provided by the access token",
"details": {
"required_scopes": ["projects:write"],
"provided_scopes": ["projects:read"]
},
"request_id": "req_1234567890abcdef",
"timestamp": "2024-01-15T16:20:00Z"
}
}
"""


@pytest.fixture
def new_key(connix: Connix) -> Callable[..., dict[str, Any]]:
    """Make a key over the API, as a person who is logged in."""

    def make(**members: Any) -> dict[str, Any]:
        token = connix.oauth["access_token"]
        answer = connix.post("/auth/api-keys", {"name": "Test", **members}, token=token)
        assert answer.status == 201, answer.body
        return answer.json

    return make


@pytest.mark.parametrize(
    "key", ["invalid_key", "", "cx_", "cx_" + "0" * 31, "cx_" + "0" * 33, "cx_" + "G" * 32, "é"]
)
def test_connix_s06_malformed_keys_are_refused(connix: Connix, key: str):
    """A key that is not cx_ and 32 hexadecimal digits gives the body of the page."""
    answer = connix.get("/projects", key=None, headers={"X-API-Key": key})

    answer.assert_page(401, INVALID_API_KEY)


def test_connix_s06_well_formed_strangers_are_refused(connix: Connix):
    """A key nobody issued is answered like a malformed one."""
    connix.get("/projects", key="cx_" + "0" * 32).assert_page(401, INVALID_API_KEY)


def test_connix_s06_every_401_challenges(connix: Connix):
    """A 401 names the way to log in (RFC 9110, 11.6.1)."""
    answer = connix.get("/projects", key=None)

    answer.assert_page(401, INVALID_API_KEY)
    assert answer.headers["WWW-Authenticate"] == 'ApiKey realm="connix", Bearer realm="connix"'


def test_connix_s07_revoked_keys_are_refused(connix: Connix, new_key, eventually):
    """A key stops working when it is deleted, and from then on counts as invalid."""
    made = new_key()
    assert connix.get("/projects", key=made["key"]).status == 200

    revoked = connix.delete(f"/auth/api-keys/{made['id']}", token=connix.oauth["access_token"])

    assert revoked.status == 204
    eventually(lambda: connix.get("/projects", key=made["key"]).status == 401)
    connix.get("/projects", key=made["key"]).assert_page(401, INVALID_API_KEY)


def test_connix_s08_expired_keys_are_invalid_keys(connix: Connix, new_key, eventually):
    """An expired key is answered as an invalid key, not as an expired token."""
    soon = datetime.now(UTC) + timedelta(seconds=1.5)
    made = new_key(expires_at=soon.isoformat())
    assert connix.get("/projects", key=made["key"]).status == 200

    eventually(lambda: connix.get("/projects", key=made["key"]).status == 401)

    connix.get("/projects", key=made["key"]).assert_page(401, INVALID_API_KEY)


def test_connix_s09_the_wrong_method_is_an_invalid_key(connix: Connix):
    """A key as Bearer, a token as key, and other schemes are answered as invalid keys."""
    key, token = connix.known["api_key"], connix.oauth["access_token"]
    wrong = [
        {"Authorization": f"Bearer {key}"},
        {"X-API-Key": token},
        {"Authorization": f"Basic {key}"},
        {"Authorization": key},
        {"Authorization": "Bearer"},
        {"Authorization": f"Bearer {token[:-4]}AAAA"},
        {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
    ]

    for headers in wrong:
        connix.get("/projects", key=None, headers=headers).assert_page(401, INVALID_API_KEY)


def test_connix_s09_keys_cannot_make_keys(connix: Connix):
    """/auth/api-keys takes access tokens only, however good the key."""
    for method in ("GET", "POST"):
        connix.call(method, "/auth/api-keys").assert_page(401, INVALID_API_KEY)


def test_connix_s09_the_token_counts_where_keys_do_not(connix: Connix):
    """Of two credentials, the one the endpoint takes counts: the key wherever it is taken."""
    token = {"Authorization": f"Bearer {connix.oauth['access_token']}"}
    nonsense = {"Authorization": "Bearer nonsense"}

    assert connix.get("/auth/api-keys", headers=token).status == 200
    assert connix.get("/projects", headers=nonsense).status == 200
    assert connix.get("/projects", key="nonsense", headers=token).status == 401


def test_connix_s10_the_example_of_the_page(connix: Connix):
    """The documented curl call gives 401 and a request id in the header."""
    answer = connix.get("/projects", key="invalid_key")

    answer.assert_page(401, INVALID_API_KEY)
    assert answer.headers["X-Request-ID"] == answer.error["request_id"]


@pytest.fixture
def brief(start_server: StartServer) -> Connix:
    """A Connix whose access tokens are good for one second."""
    return Connix(start_server("connix.access_token_seconds=1"))


def _expired(connix: Connix, token: str, eventually) -> Answer:
    eventually(lambda: connix.get("/projects", token=token).status == 401)
    return connix.get("/projects", token=token)


def test_connix_s11_expired_tokens_say_when(brief: Connix, eventually):
    """A genuine token past its end gives expired_token, with the moment it ended."""
    began = datetime.now(UTC)
    token = brief.tokens()["access_token"]
    assert brief.get("/projects", token=token).status == 200

    answer = _expired(brief, token, eventually)

    ended = datetime.fromisoformat(answer.details.removeprefix("Token expired at "))
    assert began - timedelta(seconds=1) <= ended - timedelta(seconds=1) <= datetime.now(UTC)
    assert ended <= datetime.fromisoformat(answer.error["timestamp"])
    page = """{"error": {"code": "expired_token", "message": "The access token has expired",
        "details": "%s", "request_id": "", "timestamp": ""}}"""
    answer.assert_page(401, page % f"Token expired at {ended:%Y-%m-%dT%H:%M:%SZ}")


def test_connix_s12_after_a_refresh_the_call_succeeds(brief: Connix, eventually):
    """The refresh token buys a new access token, and the same call works again."""
    tokens = brief.tokens()
    _expired(brief, tokens["access_token"], eventually)

    refreshed = brief.trade(grant_type="refresh_token", refresh_token=tokens["refresh_token"])

    assert refreshed.status == 200
    assert brief.get("/projects", token=refreshed.json["access_token"]).status == 200


def test_connix_s13_missing_scopes_are_listed(connix: Connix):
    """A key that may only read projects gives exactly the body of the page for a write."""
    reading = connix.known["read_only_api_key"]

    answer = connix.post("/projects", {"name": "My Project"}, key=reading)

    answer.assert_page(403, INSUFFICIENT_SCOPE)


def test_connix_s13_tokens_have_scopes_too(connix: Connix):
    """An access token may do what was asked for at the log-in and no more."""
    token = connix.tokens(scope="agents:read projects:read")["access_token"]

    answer = connix.delete(f"/agents/{connix.agent()}", token=token)

    assert answer.status == 403
    assert answer.details == {
        "required_scopes": ["agents:write"],
        "provided_scopes": ["projects:read", "agents:read"],
    }


def test_connix_s13_scopes_come_before_the_body(connix: Connix):
    """Whoever may not write learns that first, whatever the body."""
    reading = connix.known["read_only_api_key"]

    answer = connix.call("POST", "/projects", raw=b"{", key=reading)

    assert answer.code == "insufficient_scope"


def test_connix_s14_wider_scopes_open_the_door(connix: Connix, new_key, eventually):
    """Once the key is given the missing scope, the same call succeeds."""
    made = new_key(scopes=["projects:read"])
    body = {"name": "Allowed later"}
    assert connix.post("/projects", body, key=made["key"]).status == 403

    token = connix.oauth["access_token"]
    wider = {"scopes": ["projects:read", "projects:write"]}
    assert (
        connix.patch(f"/auth/api-keys/{made['id']}", wider, token=token).json["scopes"]
        == (wider["scopes"])
    )

    eventually(lambda: connix.post("/projects", body, key=made["key"]).status == 201)


def test_connix_s35_hello(connix: Connix):
    """The hello of the page, to the letter; it needs a key."""
    answer = connix.get("/hello?name=Test")

    assert answer.status == 200
    assert answer.body == b'{"message":"Hello Test! Welcome to Connix API v1"}'
    connix.get("/hello?name=Test", key=None).assert_page(401, INVALID_API_KEY)


def test_connix_s35_hello_needs_no_scope(connix: Connix):
    """Any good key can be tested."""
    assert connix.get("/hello", key=connix.known["read_only_api_key"]).status == 200
