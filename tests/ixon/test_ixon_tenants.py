"""Two companies never see each other, and what the operator makes for a new one."""

import pytest

from failwell.apis.ixon import SCOPES
from tests.ixon.ixon_client import Ixon


@pytest.fixture(scope="module")
def left(ixon: Ixon) -> Ixon:
    """One company."""
    return ixon.tenant("--tenant", "Left", "--user", "left@ixon.example")


@pytest.fixture(scope="module")
def right(ixon: Ixon) -> Ixon:
    """Another one."""
    return ixon.tenant("--tenant", "Right", "--user", "right@ixon.example")


def names(ixon: Ixon) -> set[str]:
    """Everything of a company that has a name on the wire."""
    agent = ixon.agent()
    paths = ["/agents", "/roles", "/groups", "/users", "/users/memberships", "/access-tokens"]
    paths += [f"/agents/{agent}/{part}" for part in
              ("devices", "data-sources", "data-variables", "data-tags")]  # fmt: skip
    found = {each["publicId"] for path in paths for each in ixon.get(path).data}
    return found | {ixon.company}


def test_ixon_nothing_is_shared(left: Ixon, right: Ixon):
    """No name of one company appears in any list of the other."""
    mine, others = names(left), names(right)

    assert len(mine) > 10
    assert mine & others == set()


def test_ixon_names_of_others_open_nothing(left: Ixon, right: Ixon):
    """Whatever of the other company is named, it is not found, and nothing changes."""
    agent = right.agent()
    role = right.get("/roles").data[0]["publicId"]
    source = right.source()[0]
    before = [right.get(path).json for path in ("/agents", "/roles", f"/agents/{agent}/devices")]

    left.get(f"/agents/{agent}").assert_refused(404, "Resource not found")
    left.patch(f"/agents/{agent}", {"name": "Mine"}).assert_refused(404, "Resource not found")
    left.post(f"/agents/{agent}/devices", {"name": "Mine"}).assert_refused(
        404, "Resource not found"
    )
    left.patch(f"/roles/{role}", {"enforce2fa": True}).assert_refused(404, "Resource not found")
    left.post("/data", {"source": source, "tags": [{"id": 1}]}).assert_refused(
        404, "Resource not found", "source.publicId"
    )
    left.get("/companies/me", company=right.company).assert_refused(
        400, "Invalid value", "Api-Company"
    )

    after = [right.get(path).json for path in ("/agents", "/roles", f"/agents/{agent}/devices")]
    assert after == before


def test_ixon_filters_reach_no_further(left: Ixon, right: Ixon):
    """A filter narrows one's own list, it opens no other."""
    agent = right.agent()

    assert left.get(f"/agents?filters=eq(publicId,{agent})").data == []
    assert left.get(f"/agents?page-after={agent[:11]}").body.find(agent.encode()) == -1


def test_ixon_a_new_company_works_at_once(left: Ixon):
    """An agent, a device, logged data, a role and a person are there."""
    assert left.get("/companies/me").data["name"] == "Left"
    assert left.get("/users").data[0]["emailAddress"] == "left@ixon.example"
    source, tags = left.source()
    body = {"source": source, "tags": [{"id": tags[0]["tagId"]}]}
    assert len(left.post("/data", body).data["points"]) == 500


def test_ixon_the_same_company_again(ixon: Ixon, left: Ixon):
    """A known name, or the public id, means the company there is; nothing is made twice."""
    by_name = ixon.tenant("--tenant", "Left")
    by_id = ixon.tenant("--tenant", left.company)

    assert by_name.company == by_id.company == left.company
    assert len(left.get("/agents").data) == 1


def test_ixon_what_the_operator_is_told(ixon: Ixon):
    """Kind, permissions and end of the token; the secret has 32 characters."""
    issued = ixon.issue("--tenant", "Told", "--kind", "access-token", "--expires-in", "60")

    assert (issued["api"], issued["kind"], issued["tenant"]) == ("ixon", "access-token", "Told")
    assert len(issued["secret"]) == 32
    assert len(issued["id"]) == 12
    assert issued["scopes"] == list(SCOPES)
    assert issued["expires_at"]


def test_ixon_the_demo_is_complete(ixon: Ixon):
    """The names of the credentials are as promised."""
    assert list(ixon.known) == [
        "base_url", "application_id", "company_id", "email", "password",
        "otp_email", "otp_password", "otp_secret",
    ]  # fmt: skip
