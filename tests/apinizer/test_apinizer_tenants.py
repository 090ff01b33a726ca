"""Installations never see each other, whatever they ask."""

import pytest

from tests.apinizer.apinizer_client import Apinizer


@pytest.fixture(scope="module")
def stranger(apinizer: Apinizer) -> Apinizer:
    """The administrator of another installation."""
    return apinizer.holding("--tenant", "Strangers")


def test_a_new_installation_works_at_once(stranger: Apinizer):
    """It has environments and a project, and nothing of anybody else."""
    place = "/projects/DefaultProject/apiProxies/"
    body = {"apiProxyName": "Own", "apiProxyCreationType": "REVERSE_PROXY"}

    assert stranger.get("/projects/").names == ["DefaultProject"]
    assert stranger.get("/environments/").names == ["production", "test"]
    assert stranger.post(f"{place}url/", body).status == 200
    assert stranger.post(f"{place}Own/environments/test/").status == 200
    assert stranger.delete(f"{place}Own/").status == 200


def test_foreign_resources_do_not_exist(apinizer: Apinizer, stranger: Apinizer):
    """Another installation's names answer exactly like names that were never given."""
    apinizer.proxy("Hidden")
    apinizer.credential("hidden")
    asked = [
        ("GET", apinizer.at("apiProxies"), None),
        ("POST", apinizer.at("apiProxies", "url"), {}),
        ("GET", apinizer.at("apiProxies", "Hidden"), None),
        ("DELETE", apinizer.at("apiProxies", "Hidden"), None),
        ("PATCH", apinizer.at("apiProxies", "Hidden", "settings", "metadata"), {"name": "x"}),
        ("POST", apinizer.at("apiProxies", "Hidden", "environments", "test"), None),
        ("DELETE", apinizer.at("apiProxies", "Hidden", "environments", "test"), None),
        ("GET", apinizer.at("credentials"), None),
        ("DELETE", apinizer.at("credentials", "hidden"), None),
        ("GET", apinizer.at("members"), None),
        ("PUT", apinizer.at("members", "member"), {}),
        ("GET", f"/environments/{apinizer.project}", None),
        ("DELETE", apinizer.at(), None),
    ]

    for method, path, body in asked:
        answer = stranger.call(method, path, body)
        says = f"Project '{apinizer.project}' not found"
        assert answer.refuses(404, "not_found", says), (method, path)
    assert apinizer.get(apinizer.at("apiProxies", "Hidden")).status == 200


def test_foreign_users_and_tokens_cannot_be_touched(apinizer: Apinizer, stranger: Apinizer):
    """An administrator rules over the own installation only."""
    token = apinizer.issue()

    assert stranger.patch("/users/admin/", {"password": "stolen"}).code == "resource_not_found"
    assert stranger.put("/projects/DefaultProject/members/admin/", {}).status == 404
    assert stranger.get(f"/auth/tokens/{token['id']}").code == "resource_not_found"
    assert stranger.delete(f"/auth/tokens/{token['id']}").code == "resource_not_found"
    assert apinizer.get("/projects/", token=token["secret"]).status == 200
    assert "admin" not in [each["username"] for each in stranger.get("/users/").json["resultList"]]


def test_two_installations_may_use_one_name(apinizer: Apinizer, stranger: Apinizer):
    """A name taken elsewhere is free here."""
    apinizer.post("/projects/", {"name": "Common"})
    body = {"email": "a@example.com", "fullName": "A", "username": "common", "password": "p"}
    apinizer.credential("common")

    assert stranger.post("/projects/", {"name": "Common"}).status == 201
    assert stranger.post("/projects/Common/credentials/", body).json == {"success": True}
    assert stranger.delete("/projects/Common/").status == 200
    assert apinizer.get("/projects/Common/apiProxies/").status == 200


def test_tokens_of_one_user_are_not_another_ones(apinizer: Apinizer, member: Apinizer):
    """Everybody lists the own tokens; administrators may revoke those of others."""
    own = member.post("/auth/tokens", {"name": "Mine"}).json["id"]
    theirs = apinizer.post("/auth/tokens", {"name": "Theirs"}).json["id"]

    listed = [each["id"] for each in member.get("/auth/tokens").json["resultList"]]

    assert own in listed
    assert theirs not in listed
    assert member.delete(f"/auth/tokens/{theirs}").code == "resource_not_found"
    assert apinizer.delete(f"/auth/tokens/{own}").status == 200
