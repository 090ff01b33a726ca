"""Statements 6 and 7 of the Apinizer page: who may do what, and what is there at all."""

from typing import Any

import pytest

from tests.apinizer.apinizer_client import Apinizer

FORBIDDEN = """
{
"error": "forbidden",
"error_description": "You do not have permission to perform this action"
}
"""

PROJECT_NOT_FOUND = """
{
"error": "not_found",
"error_description": "Project 'MyProject' not found"
}
"""

DENIED = (403, "access_denied", "Access denied for this resource")

PROXY = {"apiProxyName": "Anybody", "apiProxyCreationType": "REVERSE_PROXY"}


def inside(project: str) -> list[tuple[str, str, Any]]:
    """Every endpoint inside a project that needs a role."""
    place = f"/projects/{project}"
    return [
        ("DELETE", f"{place}/", None),
        ("POST", f"{place}/apiProxies/url/", PROXY),
        ("POST", f"{place}/apiProxies/url/", {"wrong": True}),
        ("DELETE", f"{place}/apiProxies/x/", None),
        ("PATCH", f"{place}/apiProxies/x/settings/metadata/", {"name": "y"}),
        ("POST", f"{place}/apiProxies/x/environments/test/", None),
        ("DELETE", f"{place}/apiProxies/x/environments/test/", None),
        ("POST", f"{place}/credentials/", {}),
        ("DELETE", f"{place}/credentials/x/", None),
        ("GET", f"{place}/members/", None),
        ("PUT", f"{place}/members/member/", {}),
        ("DELETE", f"{place}/members/member/", None),
    ]


READING = ["/projects/{}/apiProxies/", "/projects/{}/credentials/", "/environments/{}"]


def test_apinizer_s06_a_member_without_the_role(member: Apinizer):
    """Whoever lacks the role is forbidden to act, before the body is looked at."""
    for method, path, body in inside(member.project):
        member.call(method, path, body).assert_page(403, FORBIDDEN)


def test_apinizer_s06_a_member_may_look(member: Apinizer):
    """Being a member is enough to read."""
    for path in READING:
        assert member.get(path.format(member.project)).status == 200


def test_apinizer_s06_somebody_from_outside(outsider: Apinizer):
    """Whoever is no member is denied the whole project, to read and to act."""
    for method, path, body in inside(outsider.project):
        assert outsider.call(method, path, body).refuses(*DENIED)
    for path in READING:
        assert outsider.get(path.format(outsider.project)).refuses(*DENIED)


def test_apinizer_s06_administrators_only(member: Apinizer):
    """Projects, environments and users are the administrators'."""
    for method, path, body in (
        ("POST", "/projects/", {"name": "Mine"}),
        ("GET", "/environments/", None),
        ("GET", "/users/", None),
        ("POST", "/users/", {}),
        ("PATCH", "/users/admin/", {"enabled": False}),
    ):
        member.call(method, path, body).assert_page(403, FORBIDDEN)


@pytest.mark.parametrize(
    ("role", "method", "steps", "body"),
    [
        ("ROLE_MANAGE_PROXIES", "POST", ("apiProxies", "url"), PROXY),
        ("ROLE_MANAGE_PROXIES", "PATCH", ("apiProxies", "Role", "settings", "metadata"), {}),
        ("ROLE_MANAGE_PROXIES", "DELETE", ("apiProxies", "Role"), None),
        ("ROLE_DEPLOY_UNDEPLOY_PROXIES", "POST", ("apiProxies", "Role", "environments", "t"), None),
        ("ROLE_API_SECURITY", "POST", ("credentials",), {}),
        ("ROLE_ADMIN", "GET", ("members",), None),
    ],
)
def test_apinizer_s06_the_role_opens_the_door(
    apinizer: Apinizer, role: str, method: str, steps: tuple[str, ...], body: Any
):
    """A token with one role may do what the role is for; one with another role may not."""
    apinizer.proxy("Role")
    path = apinizer.at(*steps)

    right = apinizer.holding("--scope", role).call(method, path, body)
    wrong = apinizer.holding("--scope", "ROLE_MANAGE_PROXY_GROUPS").call(method, path, body)

    assert right.status != 403
    wrong.assert_page(403, FORBIDDEN)


def test_apinizer_s06_roles_in_one_project(apinizer: Apinizer):
    """A role in a project counts there, acts at once, and ends with the membership."""
    user = {"username": "project-person", "password": "secret words"}
    apinizer.post("/users/", user)
    apinizer.post("/projects/", {"name": "OtherProject"})
    who = {"client_id": user["username"], "client_secret": user["password"]}
    person = Apinizer(apinizer.server, token=apinizer.enter(**who).json["access_token"])
    place = apinizer.at("members", "project-person")
    credential = apinizer.at("credentials")

    assert person.get("/projects/").names == []
    assert person.post(credential, {}).refuses(*DENIED)
    apinizer.put(place, {})
    assert person.get("/projects/").names == [apinizer.project]
    person.post(credential, {}).assert_page(403, FORBIDDEN)
    apinizer.put(place, {"roleNameList": ["ROLE_API_SECURITY"]})
    assert person.post(credential, {}).code == "validation_failed"
    assert person.get("/projects/OtherProject/apiProxies/").refuses(*DENIED)
    apinizer.put(place, {"roleNameList": ["ROLE_ADMIN"]})
    assert person.get(apinizer.at("members")).status == 200
    assert person.get("/environments/").code == "forbidden"
    assert apinizer.delete(place).json == {"success": True}
    assert person.post(credential, {}).refuses(*DENIED)
    gone = apinizer.delete(place)
    assert gone.refuses(404, "resource_not_found", "Member 'project-person' not found")


def test_apinizer_s06_deploying_at_once_needs_both_roles(apinizer: Apinizer):
    """Creating with deploy=true, and deleting what is deployed, wants the role to deploy too."""
    maker = apinizer.holding("--scope", "ROLE_MANAGE_PROXIES")
    both = ("--scope", "ROLE_MANAGE_PROXIES", "--scope", "ROLE_DEPLOY_UNDEPLOY_PROXIES")
    deployer = apinizer.holding(*both)
    wish = {"deploy": True, "deployTargetEnvironmentNameList": ["test"]}

    maker.proxy("At once", **wish).assert_page(403, FORBIDDEN)
    assert deployer.proxy("At once", **wish).status == 200
    maker.delete(apinizer.at("apiProxies", "At%20once")).assert_page(403, FORBIDDEN)
    assert deployer.delete(apinizer.at("apiProxies", "At%20once")).status == 200


def test_apinizer_s07_the_project_of_the_page(apinizer: Apinizer, outsider: Apinizer):
    """A project that is not there is not found, whoever asks and whatever is sent."""
    for caller in (apinizer, outsider):
        for method, path, body in inside("MyProject"):
            caller.call(method, path, body).assert_page(404, PROJECT_NOT_FOUND)
        for path in READING:
            caller.get(path.format("MyProject")).assert_page(404, PROJECT_NOT_FOUND)


def test_apinizer_s07_names_are_case_sensitive(apinizer: Apinizer):
    """Upper and lower case count in the names of projects, proxies and environments."""
    apinizer.proxy("CaseApi")
    lower = apinizer.project.lower()

    project = apinizer.get(f"/projects/{lower}/apiProxies/")
    proxy = apinizer.get(apinizer.at("apiProxies", "caseapi"))
    place = apinizer.post(apinizer.at("apiProxies", "CaseApi", "environments", "Test"))

    assert project.refuses(404, "not_found", f"Project '{lower}' not found")
    assert proxy.refuses(404, "resource_not_found", "API Proxy 'caseapi' not found")
    assert place.refuses(404, "resource_not_found", "Environment 'Test' not found")
    assert apinizer.proxy("CASEAPI").status == 200


def test_apinizer_s07_what_was_deleted_is_not_found(apinizer: Apinizer):
    """A deleted proxy, credential and project are gone, with everything in them."""
    apinizer.post("/projects/", {"name": "Doomed"})
    place = "/projects/Doomed/apiProxies/"
    apinizer.post(f"{place}url/", PROXY)

    assert apinizer.delete(f"{place}Anybody/").status == 200
    gone = apinizer.get(f"{place}Anybody/")
    assert gone.refuses(404, "resource_not_found", "API Proxy 'Anybody' not found")
    apinizer.post(f"{place}url/", PROXY)
    assert apinizer.delete("/projects/Doomed/").json == {"success": True}
    assert apinizer.get(place).refuses(404, "not_found", "Project 'Doomed' not found")
    assert apinizer.post("/projects/", {"name": "Doomed"}).status == 201
    assert apinizer.get(place).names == []


def test_apinizer_s07_another_project_is_another_place(apinizer: Apinizer):
    """What is in one project is not found in another one."""
    apinizer.post("/projects/", {"name": "Elsewhere"})
    apinizer.proxy("Here")
    apinizer.credential("only-here")

    proxy = apinizer.get("/projects/Elsewhere/apiProxies/Here/")
    credential = apinizer.delete("/projects/Elsewhere/credentials/only-here/")

    assert proxy.refuses(404, "resource_not_found", "API Proxy 'Here' not found")
    assert credential.refuses(404, "resource_not_found", "Credential 'only-here' not found")


@pytest.mark.parametrize("path", ["/nowhere", "/projects/a/b/c/", "/auth/token/x"])
def test_apinizer_s07_endpoints_that_are_not_there(apinizer: Apinizer, path: str):
    """An unknown path is an endpoint that is not found, by its whole name."""
    says = f"Endpoint '/apiops{path}' not found"

    assert apinizer.get(path).refuses(404, "not_found", says)
