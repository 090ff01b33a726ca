"""Organizations never see each other, whatever they ask."""

import pytest

from tests.connix.connix_client import Connix


@pytest.fixture(scope="module")
def stranger(connix: Connix) -> Connix:
    """A caller of another organization, with all scopes."""
    issued = connix.issue("--tenant", "Strangers")
    return Connix(connix.server, key=issued["secret"])


def test_foreign_resources_do_not_exist(connix: Connix, stranger: Connix):
    """Another organization's ids answer exactly like ids that were never given out."""
    project, agent = connix.project("Secret plans"), connix.agent()
    webhook = {"url": "https://example.com/", "events": ["error.occurred"]}
    hook = connix.post("/webhooks", webhook).json["id"]
    delivery = connix.post(f"/webhooks/{hook}/test").json["delivery_id"]
    asked = [
        ("GET", f"/projects/{project}", None),
        ("PATCH", f"/projects/{project}", {"name": "Stolen"}),
        ("DELETE", f"/projects/{project}", None),
        ("GET", f"/projects/{project}/agents", None),
        ("POST", f"/projects/{project}/agents", {"name": "Spy"}),
        ("GET", f"/agents/{agent}", None),
        ("PATCH", f"/agents/{agent}", {"name": "Turned"}),
        ("POST", f"/agents/{agent}/start", None),
        ("POST", f"/agents/{agent}/invoke", {"input": "Tell me"}),
        ("DELETE", f"/agents/{agent}", None),
        ("GET", f"/webhooks/{hook}", None),
        ("PATCH", f"/webhooks/{hook}", {"enabled": False}),
        ("POST", f"/webhooks/{hook}/test", None),
        ("POST", f"/webhooks/{hook}/rotate", None),
        ("POST", f"/webhooks/{hook}/recover", {"since": "2024-01-15T16:20:00Z"}),
        ("GET", f"/webhooks/{hook}/deliveries", None),
        ("GET", f"/deliveries/{delivery}", None),
        ("POST", f"/deliveries/{delivery}/redeliver", None),
        ("DELETE", f"/webhooks/{hook}", None),
        ("GET", f"/organizations/{connix.known['organization_id']}", None),
    ]

    for method, path, body in asked:
        answer = stranger.call(method, path, body)
        assert (answer.status, answer.code) == (404, "resource_not_found"), (method, path)
    assert connix.get(f"/projects/{project}").json["name"] == "Secret plans"
    assert connix.get(f"/agents/{agent}").json["name"] == "Agent"


def test_lists_hold_only_what_is_ones_own(connix: Connix, stranger: Connix):
    """Projects, webhooks and keys of others are on no list."""
    connix.project("Not for strangers")
    token = connix.issue("--tenant", "Strangers", "--kind", "access-token")["secret"]

    assert stranger.get("/projects").json["pagination"]["total"] == 0
    assert stranger.get("/webhooks").json == {"webhooks": []}
    ours = {
        key["id"] for key in connix.get("/auth/api-keys", token=_token(connix)).json["api_keys"]
    }
    theirs = {key["id"] for key in connix.get("/auth/api-keys", token=token).json["api_keys"]}
    assert ours
    assert theirs
    assert not ours & theirs


def test_foreign_keys_cannot_be_touched(connix: Connix):
    """A person of one organization can neither read, widen nor revoke a key of another."""
    key = connix.issue("--tenant", "Bystanders")
    path, token = f"/auth/api-keys/{key['id']}", _token(connix)

    assert connix.get(path, token=token).status == 404
    assert connix.patch(path, {"scopes": ["projects:read"]}, token=token).status == 404
    assert connix.delete(path, token=token).status == 404
    assert connix.get("/hello", key=key["secret"]).status == 200


def test_two_organizations_may_use_one_name(connix: Connix, stranger: Connix):
    """A name taken elsewhere is free here, and nobody can find out that it is taken."""
    connix.project("Common name")

    assert stranger.post("/projects", {"name": "Common name"}).status == 201
    assert stranger.delete(f"/projects/{_only(stranger)}").status == 204


def test_an_organization_reads_itself(connix: Connix):
    """The caller's own organization tells its name and plan."""
    own = connix.get(f"/organizations/{connix.known['organization_id']}")

    assert own.status == 200
    assert list(own.json) == ["id", "name", "plan", "created_at"]
    assert (own.json["name"], own.json["plan"]) == ("Demo", "free")


def _token(connix: Connix) -> str:
    return connix.oauth["access_token"]


def _only(connix: Connix) -> str:
    [project] = connix.get("/projects").json["projects"]
    return project["id"]
