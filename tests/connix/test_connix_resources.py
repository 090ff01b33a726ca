"""Statements 24 to 26, 37, 38 and 40 of the Connix page: what is there and what is not."""

import pytest

from tests.connix.connix_client import Connix

NOT_FOUND = """
{
"error": {
"code": "resource_not_found",
"message": "The requested resource was not found",
"details": {
"resource_type": "project",
"resource_id": "proj_1234567890abcdef"
},
"request_id": "req_1234567890abcdef",
"timestamp": "2024-01-15T16:20:00Z"
}
}
"""

CONFLICT = """
{
"error": {
"code": "resource_conflict",
"message": "A resource with the same identifier already exists",
"details": {
"resource_type": "project",
"conflicting_field": "name",
"conflicting_value": "My Project"
},
"request_id": "req_1234567890abcdef",
"timestamp": "2024-01-15T16:20:00Z"
}
}
"""


def test_connix_s24_the_example_of_the_page(connix: Connix):
    """An unknown project gives the body of the page, with the id as it was sent."""
    connix.get("/projects/proj_1234567890abcdef").assert_page(404, NOT_FOUND)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/projects/no-such-id", "project"),
        ("/agents/no-such-id", "agent"),
        ("/auth/api-keys/no-such-id", "api_key"),
        ("/organizations/no-such-id", "organization"),
        ("/webhooks/no-such-id", "webhook"),
    ],
)
def test_connix_s24_every_type_can_be_missing(connix: Connix, path: str, kind: str):
    """Each kind of resource names itself when it is not there."""
    answer = connix.get(path, token=connix.oauth["access_token"])

    assert answer.status == 404
    assert answer.details == {"resource_type": kind, "resource_id": "no-such-id"}


def test_connix_s24_parents_can_be_missing(connix: Connix):
    """An agent cannot be listed or made in a project that is not there."""
    place = "/projects/proj_0000000000000000/agents"

    for answer in (connix.get(place), connix.post(place, {"name": "Agent"})):
        assert answer.details["resource_type"] == "project"


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_connix_s24_no_method_finds_what_is_not_there(connix: Connix, method: str):
    """Reading, changing and deleting agree on what exists."""
    body = {"name": "Renamed"} if method == "PATCH" else None

    answer = connix.call(method, "/projects/proj_1234567890abcdef", body)

    answer.assert_page(404, NOT_FOUND)


def test_connix_s25_a_name_is_taken_once(connix: Connix):
    """The second project of a name gives the body of the page."""
    own = Connix(connix.server, key=connix.issue("--tenant", "Namesakes")["secret"])
    assert own.post("/projects", {"name": "My Project"}).status == 201

    own.post("/projects", {"name": "My Project"}).assert_page(409, CONFLICT)


def test_connix_s25_renaming_can_collide(connix: Connix):
    """A project cannot take the name of another either."""
    connix.project("Collision one")
    other = connix.project("Collision two")

    answer = connix.patch(f"/projects/{other}", {"name": "Collision one"})

    assert (answer.status, answer.details["conflicting_value"]) == (409, "Collision one")


def test_connix_s26_another_name_and_an_update_succeed(connix: Connix):
    """What the page advises works: another name, or changing the one that exists."""
    project = connix.project("Only one")
    assert connix.post("/projects", {"name": "Only one"}).status == 409

    assert connix.post("/projects", {"name": "Only one more"}).status == 201
    updated = connix.patch(f"/projects/{project}", {"name": "Only one"})
    assert (updated.status, updated.json["name"]) == (200, "Only one")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/projects", ["GET", "HEAD", "POST"]),
        ("POST", "/hello", ["GET", "HEAD"]),
        ("GET", "/agents/agent_0/start", ["POST"]),
        ("BREW", "/hello", ["GET", "HEAD"]),
    ],
)
def test_connix_s37_wrong_methods_are_405(
    connix: Connix, method: str, path: str, allowed: list[str]
):
    """A known address with another method is a 405 that names the methods it knows."""
    answer = connix.call(method, path, key=None)

    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert answer.error["message"] == "HTTP method not supported for endpoint"
    assert answer.details["method"] == method
    assert sorted(answer.details["allowed_methods"]) == allowed
    assert answer.headers["Allow"] == ", ".join(answer.details["allowed_methods"])


def test_connix_s38_a_moment_in_the_past_is_unprocessable(connix: Connix):
    """A key that would have expired already is well formed and makes no sense."""
    body = {"name": "Late", "expires_at": "2020-01-01T00:00:00Z"}

    answer = connix.post("/auth/api-keys", body, token=connix.oauth["access_token"])

    assert (answer.status, answer.code) == (422, "unprocessable_entity")
    assert answer.error["message"] == "Request syntax valid but semantically incorrect"
    assert answer.details == {
        "field": "expires_at",
        "reason": "Expires at must be in the future",
    }


def test_connix_s38_a_tool_the_project_has_not_enabled_is_unprocessable(connix: Connix, eventually):
    """An agent with such a tool can be made, and started once its project enables the tool."""
    project = connix.project("Tool shed")
    place = f"/projects/{project}/agents"
    body = {"name": "Coder", "config": {"tools": ["code_execution"]}}
    agent = connix.post(place, body).json["id"]

    refused = connix.post(f"/agents/{agent}/start")
    connix.patch(f"/projects/{project}", {"enabled_tools": ["code_execution"]})
    started = connix.post(f"/agents/{agent}/start")

    assert (refused.status, refused.details["field"]) == (422, "config.tools")
    assert "code_execution" in refused.details["reason"]
    assert started.status == 202


def test_connix_s40_successes_have_their_statuses(connix: Connix):
    """Creating gives 201, starting 202, reading 200, and deleting 204 without a body."""
    created = connix.post("/projects", {"name": "Short life"})
    project = created.json["id"]
    agent = connix.agent()

    assert created.status == 201
    assert connix.post(f"/agents/{agent}/start").status == 202
    assert connix.get(f"/projects/{project}").status == 200
    deleted = connix.delete(f"/projects/{project}")
    assert (deleted.status, deleted.body) == (204, b"")
    assert deleted.headers["Content-Length"] is None
    assert connix.get(f"/projects/{project}").status == 404
