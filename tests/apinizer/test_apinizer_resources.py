"""Projects, environments, proxies and credentials when all goes well, and names that are taken."""

import threading
from typing import Any
from urllib.parse import quote

import pytest

from tests.apinizer.apinizer_client import Answer, Apinizer

DUPLICATE_NAME = """
{
"error": "duplicate_name",
"error_description": "API Proxy with name 'MyAPI' already exists"
}
"""

NOTHING_DEPLOYED = {
    "success": True,
    "deploymentResult": {"success": True, "deploymentResults": []},
}


def test_apinizer_s08_a_name_that_is_taken(apinizer: Apinizer):
    """The same create twice gives the body of the page."""
    assert apinizer.proxy("MyAPI").json == NOTHING_DEPLOYED

    apinizer.proxy("MyAPI").assert_page(409, DUPLICATE_NAME)


def test_apinizer_s08_other_names_that_are_taken(apinizer: Apinizer):
    """Projects, credentials, users and new names of proxies are unique too."""
    apinizer.post("/projects/", {"name": "Taken"})
    apinizer.post("/users/", {"username": "taken", "password": "x"})
    apinizer.credential("api-user")
    apinizer.proxy("First")
    apinizer.proxy("Second")

    renamed = apinizer.patch(
        apinizer.at("apiProxies", "Second", "settings", "metadata"), {"name": "First"}
    )
    for answer, what, name in (
        (apinizer.post("/projects/", {"name": "Taken"}), "Project", "Taken"),
        (apinizer.post("/users/", {"username": "taken", "password": "y"}), "User", "taken"),
        (apinizer.credential("api-user"), "Credential", "api-user"),
        (renamed, "API Proxy", "First"),
    ):
        assert answer.refuses(409, "duplicate_name", f"{what} with name '{name}' already exists")


def test_apinizer_s08_two_at_once_do_not_both_win(apinizer: Apinizer):
    """Of many requests for one name at the same moment exactly one makes the proxy."""
    answers: list[Answer] = []
    threads = [
        threading.Thread(target=lambda: answers.append(apinizer.proxy("Race"))) for _ in range(8)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answer.status for answer in answers) == [200] + [409] * 7


def test_credentials_are_unique_over_all_projects(apinizer: Apinizer):
    """A user name of one project is taken in every other one of the installation."""
    apinizer.post("/projects/", {"name": "Neighbour"})
    apinizer.credential("one-for-all")
    body = {"email": "a@example.com", "fullName": "A", "username": "one-for-all", "password": "p"}

    answer = apinizer.post("/projects/Neighbour/credentials/", body)

    says = "Credential with name 'one-for-all' already exists"
    assert answer.refuses(409, "duplicate_name", says)


def test_a_credential_is_shown_without_its_password(apinizer: Apinizer):
    """Everything that was given comes back, but for the password; the rest has its defaults."""
    given = {
        "description": "For the gateway",
        "roleNameList": ["API_USER"],
        "enabled": False,
        "ipList": ["192.168.1.100", "10.0.0.0/8", "2001:db8::/32"],
        "expireDate": "2099-12-31T23:59:59.000Z",
    }
    assert apinizer.credential("shown", **given).json == {"success": True}
    apinizer.credential("plain")

    listed = apinizer.get(apinizer.at("credentials")).json

    found = {each["username"]: each for each in listed["resultList"]}
    assert list(listed) == ["success", "resultList", "resultCount"]
    assert found["shown"] == {
        "email": "user@example.com",
        "fullName": "Api User",
        "username": "shown",
        "password": None,
        **given,
    }
    assert (found["plain"]["enabled"], found["plain"]["ipList"]) == (True, [])
    assert (found["plain"]["description"], found["plain"]["expireDate"]) == (None, None)
    assert apinizer.delete(apinizer.at("credentials", "shown")).json == {"success": True}


@pytest.mark.parametrize(
    "address",
    ["10.0.0.0/33", "256.1.1.1", "10.0.0", "::1::", "1:2:3:4:5:6:7:8:9", "host", "::/129"],
)
def test_addresses_of_credentials(apinizer: Apinizer, address: str):
    """What is no address and no network of either IP version is refused."""
    answer = apinizer.credential("addressed", ipList=["::1", address])

    says = "Validation failed: ipList.1 has an invalid format"
    assert answer.refuses(400, "validation_failed", says)


def test_a_credential_that_has_expired_before_it_was_made(apinizer: Apinizer):
    """The date has to lie ahead."""
    answer = apinizer.credential("late", expireDate="2024-12-31T23:59:59.000Z")

    says = "Validation failed: expireDate must be in the future"
    assert answer.refuses(400, "validation_failed", says)


def test_a_proxy_shows_what_it_was_made_of(apinizer: Apinizer):
    """Routes, addresses and defaults come back in the documented form."""
    address = {"address": "https://backend.example.com"}
    route = {"relativePathList": ["/api/v1"], "virtualHostList": ["api.example.com"]}
    apinizer.proxy(
        "Shown",
        apiProxyDescription="As documented",
        clientRoute=route,
        routingInfo={"routingAddressList": [address]},
        maintenanceModeSetting={"enabled": True, "message": "Later"},
    )

    shown = apinizer.get(apinizer.at("apiProxies", "Shown"))
    [item] = [
        each
        for each in apinizer.get(apinizer.at("apiProxies")).json["resultList"]
        if each["name"] == "Shown"
    ]

    assert shown.json == {
        "name": "Shown",
        "description": "As documented",
        "apiType": "REST",
        "categoryList": [],
        "sharingType": "NONE",
        "clientRoute": route,
        "routing": {
            "routingEnabled": True,
            "mirrorEnabled": False,
            "routingAddressList": [{**address, "weight": 100, "healthCheckEnabled": False}],
        },
        "deploymentList": [],
    }
    assert item == {
        "name": "Shown",
        "description": "As documented",
        "type": "REST",
        "relativePath": "/api/v1",
        "soapToRest": False,
    }


def test_metadata_changes_at_once(apinizer: Apinizer):
    """Given fields change, the others stay; the old name is gone."""
    apinizer.proxy("Before", apiProxyDescription="Stays")
    change = {"name": "After", "categoryList": ["Payment"], "sharingType": "BOTH"}

    answer = apinizer.patch(apinizer.at("apiProxies", "Before", "settings", "metadata"), change)

    assert answer.json == {"success": True}
    shown = apinizer.get(apinizer.at("apiProxies", "After")).json
    assert shown["description"] == "Stays"
    assert (shown["categoryList"], shown["sharingType"]) == (["Payment"], "BOTH")
    assert apinizer.get(apinizer.at("apiProxies", "Before")).code == "resource_not_found"
    wrong = apinizer.patch(
        apinizer.at("apiProxies", "After", "settings", "metadata"), {"sharingType": "PUBLIC"}
    )
    says = "Invalid value 'PUBLIC' for parameter 'sharingType'"
    assert wrong.refuses(400, "invalid_parameter", says)


def test_lists_have_pages(apinizer: Apinizer):
    """Page, size and sort cut a list; the count is that of the whole."""
    apinizer.post("/projects/", {"name": "Paged"})
    place = "/projects/Paged/apiProxies/"
    for name in ("b", "a", "C", "d"):
        body = {"apiProxyName": name, "apiProxyCreationType": "REVERSE_PROXY"}
        assert apinizer.post(f"{place}url/", body).status == 200

    def names(query: str) -> Any:
        answer = apinizer.get(place + query)
        assert answer.json["status"] == "SUCCESS"
        assert answer.json["resultCount"] == 4
        return answer.names

    assert names("") == ["C", "a", "b", "d"]
    assert names("?page=2&size=3") == ["d"]
    assert names("?page=9") == []
    assert names("?size=2&sort=name,desc") == ["d", "b"]


@pytest.mark.parametrize(
    "path", ["/projects", "/environments", "/auth/tokens", "/test/healthcheck"]
)
def test_the_last_slash_does_not_matter(apinizer: Apinizer, path: str):
    """Every path is found with and without it."""
    with_slash, without = apinizer.get(f"{path}/"), apinizer.get(path)

    assert with_slash.status == without.status == 200


@pytest.mark.parametrize("name", ["My Project", "100%", "a&b=c?d#e", "Ödeme API", "x;y", "q+r"])
def test_names_travel_encoded(apinizer: Apinizer, name: str):
    """Whatever a name holds but a slash, its encoded form leads to it."""
    assert apinizer.post("/projects/", {"name": name}).status == 201

    assert apinizer.get(f"/projects/{quote(name, safe='')}/apiProxies/").names == []
    answer = apinizer.get(f"/projects/{quote(name, safe='')}/apiProxies/None/")
    assert answer.code == "resource_not_found"


@pytest.mark.parametrize("name", [".", "..", "a/b", "a\\b", " a", "a ", "a\nb", "a\x00"])
def test_names_that_no_path_can_hold(apinizer: Apinizer, name: str):
    """A name that would change the path is refused."""
    assert apinizer.post("/projects/", {"name": name}).code == "validation_failed"


def test_environments_tell_what_is_deployed(apinizer: Apinizer):
    """Both lists have the same environments; the flags are those of the project."""
    apinizer.post("/projects/", {"name": "Quiet"})
    apinizer.proxy("Loud")
    apinizer.post(apinizer.at("apiProxies", "Loud", "environments", "test"))

    everywhere = apinizer.get("/environments/").json
    quiet = apinizer.get("/environments/Quiet").json["resultList"]

    assert list(everywhere) == ["success", "resultList", "resultCount"]
    assert [each["name"] for each in everywhere["resultList"]] == ["production", "test"]
    assert everywhere["resultList"][1]["deployed"] is True
    assert [each["deployed"] for each in quiet] == [False, False]
    assert list(quiet[0]) == [
        "name",
        "description",
        "type",
        "status",
        "accessUrl",
        "deployed",
        "redeployRequired",
    ]
