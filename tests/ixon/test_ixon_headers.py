"""Statements 3 and 4 of the IXON page, and all that the header fields can do wrong."""

import pytest

from tests.ixon.ixon_client import Ixon, item

REQUIRED_COMPANY = """
{
"data": [
{
"message": "Required header",
"propertyName": "Api-Company"
}
],
"moreAfter": null,
"status": "error",
"type": "Error"
}
"""

INVALID_COMPANY = """
{
"data": [
{
"message": "Invalid value",
"propertyName": "Api-Company"
}
],
"moreAfter": null,
"status": "error",
"type": "Error"
}
"""

WITHIN_A_COMPANY = (
    ("GET", "/agents"),
    ("GET", "/agents/000000000000"),
    ("GET", "/agents/000000000000/devices"),
    ("POST", "/agents/000000000000/devices"),
    ("GET", "/companies/me"),
    ("PATCH", "/companies/me"),
    ("GET", "/roles"),
    ("POST", "/roles"),
    ("PATCH", "/roles/000000000000"),
    ("GET", "/users"),
    ("GET", "/groups"),
    ("POST", "/users/memberships"),
    ("POST", "/data"),
)
OF_A_PERSON = (
    ("GET", "/companies"),
    ("GET", "/users/me"),
    ("GET", "/access-tokens"),
    ("GET", "/access-tokens/me"),
)


@pytest.mark.parametrize(("method", "path"), WITHIN_A_COMPANY)
def test_ixon_s03_a_company_has_to_be_named(ixon: Ixon, method: str, path: str):
    """Without Api-Company, whatever the body, the answer is the one of the page."""
    ixon.call(method, path, company=None).assert_page(400, REQUIRED_COMPANY)


@pytest.mark.parametrize(
    "company",
    ["0000-0000-0000-0000-0000", "", "1234", "Demo", "0000-0000-0000-0000-000x", "' OR 1=1 --"],
)
@pytest.mark.parametrize(("method", "path"), [("GET", "/agents"), ("POST", "/data")])
def test_ixon_s04_an_unknown_or_malformed_company(ixon: Ixon, method: str, path: str, company: str):
    """A company that is none gives the answer of the page."""
    answer = ixon.call(method, path, headers={"Api-Company": company})

    answer.assert_page(400, INVALID_COMPANY)


def test_ixon_s04_a_company_of_others(ixon: Ixon):
    """A company that exists, but without the caller, cannot be told from one that does not."""
    other = ixon.tenant("--tenant", "Strangers of headers")

    ixon.get("/agents", company=other.company).assert_page(400, INVALID_COMPANY)
    other.get("/agents", company=ixon.company).assert_page(400, INVALID_COMPANY)


@pytest.mark.parametrize(("method", "path"), OF_A_PERSON)
def test_ixon_what_concerns_a_person_needs_no_company(ixon: Ixon, method: str, path: str):
    """Neither an absent company nor a wrong one matters there."""
    assert ixon.call(method, path, company=None).status == 200
    assert ixon.call(method, path, company="nonsense").status == 200


@pytest.mark.parametrize("path", ["/agents", "/users/me", "/", "/server-time"])
@pytest.mark.parametrize("version", ["1", "3", "two", "", "2.5", "02x"])
def test_ixon_there_is_one_version(ixon: Ixon, path: str, version: str):
    """Api-Version is 2 everywhere, discovery included."""
    answer = ixon.get(path, headers={"Api-Version": version})

    answer.assert_refused(400, "Invalid value", "Api-Version")


@pytest.mark.parametrize("path", ["/agents", "/users/me", "/", "/server-time"])
def test_ixon_the_version_has_to_be_said(ixon: Ixon, path: str):
    """Api-Version is asked for everywhere."""
    answer = ixon.get(path, headers={"Api-Version": None})

    answer.assert_refused(400, "Required header", "Api-Version")


@pytest.mark.parametrize("application", ["", "short", "0123456789!x", "0" * 13, "000000000000"])
def test_ixon_an_unknown_or_malformed_application(ixon: Ixon, application: str):
    """Api-Application names an application that exists."""
    answer = ixon.get("/users/me", headers={"Api-Application": application})

    answer.assert_refused(400, "Invalid value", "Api-Application")


def test_ixon_an_application_is_asked_for_at_the_log_in_too(ixon: Ixon):
    """Without it, or with a wrong one, nobody's password is looked at."""
    login = {"headers": {"Authorization": "Basic eDo6eQ=="}, "token": None, "company": None}
    login["headers"]["Api-Application"] = None
    ixon.post("/access-tokens", {"expiresIn": 60}, **login).assert_refused(
        400, "Required header", "Api-Application"
    )
    login["headers"]["Api-Application"] = "000000000000"
    ixon.post("/access-tokens", {"expiresIn": 60}, **login).assert_refused(
        400, "Invalid value", "Api-Application"
    )


def test_ixon_everything_that_is_absent_is_told_at_once(ixon: Ixon):
    """In the order version, application, company, authorization."""
    nothing = {"Api-Version": None, "Api-Application": None}

    answer = ixon.get("/agents", token=None, company=None, headers=nothing)

    answer.assert_items(
        400,
        item("Required header", "Api-Version"),
        item("Required header", "Api-Application"),
        item("Required header", "Api-Company"),
        item("Required header", "Authorization"),
    )


def test_ixon_absent_and_malformed_are_told_together(ixon: Ixon):
    """Each field has one item, whatever is wrong with it."""
    wrong = {"Api-Version": "9", "Api-Application": "?", "Authorization": "Bearer short"}

    answer = ixon.get("/agents", company=None, headers=wrong)

    answer.assert_items(
        400,
        item("Invalid value", "Api-Version"),
        item("Invalid value", "Api-Application"),
        item("Required header", "Api-Company"),
        item("Value is too short", "Authorization"),
    )


def test_ixon_values_are_looked_at_when_every_form_is_right(ixon: Ixon):
    """An unknown token says nothing while a form is wrong, an unknown company nothing before
    the token is good."""
    unknown = "0" * 32

    ixon.get("/agents", token=unknown, company=None).assert_page(400, REQUIRED_COMPANY)
    ixon.get("/agents", token=unknown, company="0000-0000-0000-0000-0000").assert_refused(
        401, "Invalid value", "Authorization"
    )


def test_ixon_header_faults_come_before_the_body(ixon: Ixon):
    """A body that is no JSON is not looked at before the caller is known."""
    answer = ixon.post("/roles", raw=b"{", company=None, headers={"Content-Type": "text/plain"})

    answer.assert_page(400, REQUIRED_COMPANY)


@pytest.mark.parametrize("branding", ["portal.ixon.cloud", "anything", None])
def test_ixon_branding_may_be_named(ixon: Ixon, branding: str | None):
    """There is one branding, so nobody has to say which."""
    assert ixon.get("/users/me", headers={"Api-Branding": branding}).status == 200


def test_ixon_a_field_given_twice_means_nothing(ixon: Ixon):
    """Two values of one field are one that is not valid."""
    answer = ixon.get("/agents", headers={"Api-Company": f"{ixon.company}, {ixon.company}"})

    answer.assert_page(400, INVALID_COMPANY)


@pytest.mark.parametrize("path", ["/", ""])
def test_ixon_discovery_needs_no_credentials(ixon: Ixon, path: str):
    """The list of resources is there for everybody, with and without the last slash."""
    answer = ixon.get(path, token=None, company=None, headers={"Api-Application": None})

    assert answer.status == 200
    assert answer.json["type"] == "Discovery"
    found = {each["rel"]: each for each in answer.data}
    assert found["AgentList"] == {"rel": "AgentList", "href": "/api/agents", "methods": ["GET"]}
    assert found["AccessTokenList"]["methods"] == ["DELETE", "GET", "POST"]
    assert {"Discovery", "ServerTime", "DataList", "MyUser", "RoleList"} < set(found)


def test_ixon_the_time_is_told_to_everybody(ixon: Ixon):
    """Nobody has to log in to set a clock."""
    answer = ixon.get("/server-time", token=None, company=None, headers={"Api-Application": None})

    assert answer.status == 200
    assert answer.data["time"].endswith("Z")
