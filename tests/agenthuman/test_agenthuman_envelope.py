"""Statements 1 to 4, 7, 8, 9 and 17 of the AgentHuman page: the form of every error."""

import json
from urllib.parse import unquote

import pytest

from tests.agenthuman.agenthuman_client import JSON, AgentHuman, Answer

MISSING_ROLE = """
{
  "error": {
    "code": "invalid_parameters",
    "message": "The 'role_id' field is required",
    "details": {
      "field": "role_id",
      "requirement": "required"
    }
  }
}
"""

INVALID_KEY = """
{
  "error": {
    "code": "invalid_api_key",
    "message": "The provided API key is invalid or has been revoked"
  }
}
"""

UNKNOWN_SESSION = """
{
  "error": {
    "code": "session_not_found",
    "message": "Session with ID '123' does not exist"
  }
}
"""

CHARACTER = "avat_01HM56NZ000000000000HARB0R"


@pytest.fixture(scope="module")
def refusals(agenthuman: AgentHuman) -> dict[str, Answer]:
    """One answer of each code that a request alone can cause."""
    role_id, reading = agenthuman.known["role_id"], agenthuman.known["read_only_api_key"]
    agenthuman.agent(name="Taken twice")
    picture = {"image_url": "http://127.0.0.1:9/x.png"}
    return {
        "invalid_parameters": agenthuman.post("/agents", {"name": "A"}),
        "invalid_api_key": agenthuman.get("/agents", key=None),
        "permission_denied": agenthuman.post("/agents", {"name": "A"}, key=reading),
        "session_not_found": agenthuman.get("/sessions/123"),
        "agent_not_found": agenthuman.get("/agents/123"),
        "avatar_not_found": agenthuman.get("/avatars/123"),
        "role_not_found": agenthuman.post("/agents", {"name": "A", "role_id": "123"}),
        "not_found": agenthuman.get("/nowhere"),
        "method_not_allowed": agenthuman.patch("/agents"),
        "resource_conflict": agenthuman.post(
            "/agents", {"name": "Taken twice", "role_id": role_id}
        ),
        "unprocessable_entity": agenthuman.post("/sessions", {"avatar_id": CHARACTER}),
        "bad_gateway": agenthuman.post("/avatars/upload-face", picture),
    }


STATUSES = {
    "invalid_parameters": 400,
    "invalid_api_key": 401,
    "permission_denied": 403,
    "session_not_found": 404,
    "agent_not_found": 404,
    "avatar_not_found": 404,
    "role_not_found": 404,
    "not_found": 404,
    "method_not_allowed": 405,
    "resource_conflict": 409,
    "unprocessable_entity": 422,
    "bad_gateway": 502,
}


def test_agenthuman_s01_every_error_has_the_shape_of_the_page(refusals: dict[str, Answer]):
    """Every non-2xx body is an error object with code, message and sometimes details."""
    for code, answer in refusals.items():
        assert list(answer.json) == ["error"]
        assert list(answer.error)[:2] == ["code", "message"]
        assert set(answer.error) <= {"code", "message", "details"}
        assert (answer.code, answer.status) == (code, STATUSES[code])
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["X-Request-ID"].startswith("req_")


def test_agenthuman_s01_unknown_addresses_answer_in_the_envelope(agenthuman: AgentHuman):
    """Even an address that AgentHuman does not know answers in its envelope."""
    for prefix in ("/v1", "", "/v2"):
        answer = agenthuman.get("/nowhere", prefix=prefix)

        assert answer.status == 404
        assert answer.json == {
            "error": {
                "code": "not_found",
                "message": "The requested resource does not exist",
            }
        }


def test_agenthuman_s02_details_are_absent_when_there_is_nothing_to_say(
    refusals: dict[str, Answer],
):
    """401 and 404 have no details: no null and no empty object."""
    silent = {code for code, status in STATUSES.items() if status in (401, 404)}

    for code, answer in refusals.items():
        assert ("details" in answer.error) == (code not in silent)
        assert answer.error.get("details", True)


def test_agenthuman_s03_a_missing_field_is_a_bad_request(agenthuman: AgentHuman):
    """The first missing field is named, whether it is absent, null or blank."""
    for body in ({}, {"role_id": None, "name": "A"}, {"role_id": "  ", "name": "A"}):
        answer = agenthuman.post("/agents", body)

        answer.assert_page(400, MISSING_ROLE)


@pytest.mark.parametrize(
    ("body", "field", "requirement"),
    [
        ({"role_id": 5, "name": "A"}, "role_id", "type"),
        ({"role_id": "x", "name": ["A"]}, "name", "type"),
        ({"role_id": "x", "name": "n" * 101}, "name", "max_length"),
        ({"role_id": "x", "name": "A", "language": "tlh"}, "language", "allowed_values"),
        ({"role_id": "x", "name": "A\0"}, "name", "format"),
        ({"role_id": "x", "name": "A", "context": "\0"}, "context", "format"),
        ([], "body", "type"),
        ("agent", "body", "type"),
    ],
)
def test_agenthuman_s03_a_wrong_format_is_a_bad_request(
    agenthuman: AgentHuman, body, field: str, requirement: str
):
    """A value of the wrong type, length or form is named with the rule it breaks."""
    answer = agenthuman.post("/agents", body)

    assert answer.status == 400
    assert answer.code == "invalid_parameters"
    assert answer.details == {"field": field, "requirement": requirement}
    assert f"'{field}'" in answer.message


@pytest.mark.parametrize("raw", [b"{", b"", b"{'name': 1}", b'{"name":1,}', b"NaN", b"[1"])
def test_agenthuman_s03_a_malformed_body_is_a_bad_request(agenthuman: AgentHuman, raw: bytes):
    """A body that is no JSON is said to be just that."""
    answer = agenthuman.post("/agents", raw=raw, headers=JSON)

    assert answer.status == 400
    assert answer.json == {
        "error": {
            "code": "invalid_parameters",
            "message": "The request body is not valid JSON",
            "details": {"field": "body", "requirement": "json"},
        }
    }


@pytest.mark.parametrize(
    ("headers", "raw", "requirement"),
    [
        ({"Content-Type": "text/plain"}, b"{}", "content_type"),
        ({}, b"{}", "content_type"),
        (JSON | {"Content-Encoding": "gzip"}, b"{}", "encoding"),
        (JSON, b'{"name": "\xff"}', "encoding"),
        (JSON, b'{"name": "' + b"x" * 1_100_000 + b'"}', "max_length"),
    ],
)
def test_agenthuman_s03_a_body_that_cannot_be_read_is_a_bad_request(
    agenthuman: AgentHuman, headers, raw: bytes, requirement: str
):
    """Another media type, coding or size is told as a fault of the body, with the same status."""
    answer = agenthuman.post("/agents", raw=raw, headers=headers)

    assert answer.status == 400
    assert answer.code == "invalid_parameters"
    assert answer.details == {"field": "body", "requirement": requirement}


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b'{"role_id": "x", "language": 1, "name": 2}', "language"),
        (b'{"role_id": "x", "name": 2, "language": 1}', "name"),
        (b'{"name": 2, "language": 1}', "role_id"),
    ],
)
def test_agenthuman_s03_one_fault_at_a_time(agenthuman: AgentHuman, raw: bytes, field: str):
    """Of several faults the first speaks: in the caller's order, missing ones where they belong."""
    answer = agenthuman.post("/agents", raw=raw, headers=JSON)

    assert answer.status == 400
    assert answer.details["field"] == field


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "offset=-1", "limit=1&limit=2", "limit="]
)
def test_agenthuman_s03_query_parameters_are_checked_too(agenthuman: AgentHuman, query: str):
    """A parameter out of bounds is named like a field."""
    answer = agenthuman.get(f"/agents?{query}")

    assert answer.status == 400
    assert answer.details["field"] == query.partition("=")[0]


def test_agenthuman_s04_the_example_of_the_page(agenthuman: AgentHuman):
    """An agent without role_id gives the body of the page."""
    agenthuman.post("/agents", {"name": "A"}).assert_page(400, MISSING_ROLE)


def test_agenthuman_s05_the_example_of_the_page(agenthuman: AgentHuman):
    """No key gives the body of the page."""
    agenthuman.get("/agents", key=None).assert_page(401, INVALID_KEY)


def test_agenthuman_s07_the_example_of_the_page(agenthuman: AgentHuman):
    """An unknown session gives the body of the page."""
    agenthuman.get("/sessions/123").assert_page(404, UNKNOWN_SESSION)


@pytest.mark.parametrize("sent", ["x'y", "%22%3C", "%E2%82%AC", "a%20b", "%00", "sess_1"])
def test_agenthuman_s07_the_id_is_repeated_as_it_was_sent(agenthuman: AgentHuman, sent: str):
    """Whatever stands in the path stands between the quotes."""
    answer = agenthuman.get(f"/sessions/{sent}")

    assert answer.status == 404
    assert answer.message == f"Session with ID '{unquote(sent)}' does not exist"


def test_agenthuman_s17_the_same_request_gives_the_same_refusal(agenthuman: AgentHuman):
    """4xx are deterministic: only the request id differs."""
    reading = agenthuman.known["read_only_api_key"]
    requests = [
        ("POST", "/agents", {"name": "A"}, agenthuman.key),
        ("POST", "/agents", {"name": "A"}, reading),
        ("GET", "/sessions/123", None, agenthuman.key),
        ("POST", "/sessions", {"avatar_id": CHARACTER}, agenthuman.key),
        ("PATCH", "/agents", None, agenthuman.key),
        ("GET", "/agents", None, None),
    ]

    for method, path, body, key in requests:
        first, second = (agenthuman.call(method, path, body, key=key) for _ in range(2))

        assert 400 <= first.status < 500
        assert (first.status, first.body) == (second.status, second.body)


def test_agenthuman_wrong_method_names_the_right_ones(agenthuman: AgentHuman):
    """405 says in Allow and in details what the address can do."""
    answer = agenthuman.delete("/sessions")

    assert answer.status == 405
    assert answer.details == {"method": "DELETE", "allowed_methods": ["GET", "HEAD", "POST"]}
    assert answer.headers["Allow"] == "GET, HEAD, POST"


def test_agenthuman_nothing_of_a_body_is_repeated(agenthuman: AgentHuman):
    """What a caller sends shows up in no refusal, but for the names of its fields."""
    canary = "canary-7c1d"
    bodies = [
        {"role_id": [canary], "name": "A"},
        {"role_id": "x", "name": "A", "language": canary},
        {"role_id": "x", "name": canary * 20},
    ]

    for body in bodies:
        assert canary.encode() not in agenthuman.post("/agents", body).body
    assert canary.encode() not in agenthuman.get(f"/agents?limit={canary}").body
    raw = json.dumps({"image_url": f"http://127.0.0.1:9/{canary}"}).encode()
    assert (
        canary.encode() not in agenthuman.post("/avatars/upload-face", raw=raw, headers=JSON).body
    )
