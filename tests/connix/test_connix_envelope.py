"""Statements 1 to 5 of the Connix page: the form of every error."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.connix.connix_client import Answer, Connix


@pytest.fixture(scope="module")
def refusals(connix: Connix) -> dict[str, Answer]:
    """One answer of each code that a request alone can cause."""
    reading = connix.known["read_only_api_key"]
    connix.post("/projects", {"name": "Taken twice"})
    return {
        "invalid_api_key": connix.get("/projects", key=None),
        "insufficient_scope": connix.post("/projects", {"name": "Nope"}, key=reading),
        "validation_error": connix.post("/projects", {"name": ""}),
        "invalid_json": connix.call("POST", "/projects", raw=b"{", headers=_JSON),
        "resource_not_found": connix.get("/projects/proj_0000000000000000"),
        "method_not_allowed": connix.call("PUT", "/projects"),
        "resource_conflict": connix.post("/projects", {"name": "Taken twice"}),
        "unprocessable_entity": connix.post(
            "/auth/api-keys",
            {"name": "Late", "expires_at": "2020-01-01T00:00:00Z"},
            token=connix.oauth["access_token"],
        ),
    }


_JSON = {"Content-Type": "application/json"}


def test_connix_s01_every_error_has_exactly_five_members(refusals: dict[str, Answer]):
    """Every non-2xx body is an error object with the five documented members, in order."""
    members = ["code", "message", "details", "request_id", "timestamp"]

    for code, answer in refusals.items():
        assert list(answer.json) == ["error"]
        assert list(answer.error) == members
        assert answer.code == code


def test_connix_s01_unknown_addresses_answer_in_the_envelope(connix: Connix):
    """Even an address that Connix does not know answers with the five members."""
    for prefix in ("/api/v1", "", "/api/v2"):
        answer = connix.get("/nowhere", prefix=prefix)

        assert answer.status == 404
        assert answer.details == {"resource_type": "endpoint", "resource_id": f"{prefix}/nowhere"}


def test_connix_s02_request_ids_are_unique(connix: Connix):
    """Request ids look as documented and name one request each."""
    ids = [connix.get("/projects", key=None).error["request_id"] for _ in range(20)]

    assert all(re.fullmatch("req_[0-9a-f]{16}", each) for each in ids)
    assert len(set(ids)) == 20


def test_connix_s03_header_and_body_name_the_same_request(
    connix: Connix, refusals: dict[str, Answer]
):
    """X-Request-ID repeats the id of the body, and is there when all went well too."""
    for answer in refusals.values():
        assert answer.headers["X-Request-ID"] == answer.error["request_id"]
    assert re.fullmatch("req_[0-9a-f]{16}", connix.get("/hello").headers["X-Request-ID"])


def test_connix_s03_a_request_id_of_the_caller_is_not_taken_over(connix: Connix):
    """A caller cannot choose the id under which its request is found."""
    answer = connix.get("/projects", key=None, headers={"X-Request-ID": "req_1234567890abcdef"})

    assert answer.error["request_id"] != "req_1234567890abcdef"


def test_connix_s04_timestamps_are_utc_seconds(refusals: dict[str, Answer]):
    """The timestamp is the moment of the error, in UTC, to the second, with a Z."""
    for answer in refusals.values():
        text = answer.error["timestamp"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text)
        assert abs(datetime.now(UTC) - datetime.fromisoformat(text)) < timedelta(minutes=5)


def test_connix_s05_details_are_a_text_an_object_or_a_list(refusals: dict[str, Answer]):
    """Only a validation error has a list as its details."""
    kinds = {code: type(answer.details) for code, answer in refusals.items()}

    assert kinds == {
        "invalid_api_key": str,
        "insufficient_scope": dict,
        "validation_error": list,
        "invalid_json": str,
        "resource_not_found": dict,
        "method_not_allowed": dict,
        "resource_conflict": dict,
        "unprocessable_entity": dict,
    }
