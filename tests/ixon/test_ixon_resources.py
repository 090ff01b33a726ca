"""People, companies, roles and memberships, with the errors of each endpoint."""

import re

import pytest

from tests.ixon.ixon_client import Ixon, item

PUBLIC_ID = re.compile("[0-9A-Za-z]{12}")
SHORT, LONG = "Value is too short", "Value is too long"
MISMATCH = "Value does not match regex expression"


@pytest.fixture(scope="module")
def own(ixon: Ixon) -> Ixon:
    """Somebody in a company that no other test touches."""
    return ixon.tenant("--tenant", "Resources", "--user", "resources@ixon.example")


def test_ixon_who_is_calling(ixon: Ixon):
    """The person behind the token, without anything secret."""
    answer = ixon.get("/users/me", company=None)

    assert (answer.status, answer.json["type"], answer.json["status"]) == (200, "MyUser", "success")
    assert answer.data["emailAddress"] == ixon.known["email"]
    assert PUBLIC_ID.fullmatch(answer.data["publicId"])
    assert "secret" not in answer.body.decode()
    assert "moreAfter" not in answer.json


def test_ixon_changing_oneself(own: Ixon):
    """What is given changes, the rest stays."""
    changes = {"name": "Ännchen 🚀", "language": "nl", "phoneNumber": "+31201234567"}

    answer = own.patch("/users/me", changes)

    assert answer.status == 200
    assert own.get("/users/me").data | changes == own.get("/users/me").data
    assert own.patch("/users/me", {"phoneNumber": None}).data["name"] == "Ännchen 🚀"
    assert own.get("/users/me").data["phoneNumber"] is None
    assert own.patch("/users/me", {}).status == 200


@pytest.mark.parametrize(
    ("body", "message", "field"),
    [
        ({"name": ""}, SHORT, "name"),
        ({"name": "  "}, SHORT, "name"),
        ({"name": "x" * 256}, LONG, "name"),
        ({"name": "a\0b"}, MISMATCH, "name"),
        ({"name": 1}, "Invalid value", "name"),
        ({"name": None}, "Invalid value", "name"),
        ({"language": "eng"}, MISMATCH, "language"),
        ({"phoneNumber": "+3"}, SHORT, "phoneNumber"),
        ({"phoneNumber": "31201234567"}, MISMATCH, "phoneNumber"),
        ({"phoneNumber": "+" + "1" * 16}, LONG, "phoneNumber"),
        ("me", "Invalid value", "body"),
    ],
)
def test_ixon_changing_oneself_wrongly(own: Ixon, body: object, message: str, field: str):
    """Each rule has its message and its field."""
    own.patch("/users/me", body).assert_refused(400, message, field)


def test_ixon_ones_companies(own: Ixon):
    """The list needs no company, reading one does."""
    answer = own.get("/companies", company=None)

    assert answer.json["moreAfter"] is None
    assert [each["publicId"] for each in answer.data] == [own.company]
    assert re.fullmatch(r"(\d{4}-){4}\d{4}", own.company)
    assert own.get("/companies/me").data == answer.data[0]


def test_ixon_changing_a_company(own: Ixon):
    """Name and country are what they were told to be."""
    assert own.patch("/companies/me", {"name": "Resources B.V.", "country": "DE"}).status == 200

    assert own.get("/companies/me").data["name"] == "Resources B.V."
    own.patch("/companies/me", {"country": "Germany"}).assert_refused(400, MISMATCH, "country")
    own.patch("/companies/me", {"name": "x" * 256}).assert_refused(400, LONG, "name")


def test_ixon_one_role(own: Ixon):
    """One item in, one value out."""
    answer = own.post("/roles", {"name": "Operator", "enforce2fa": False, "permissions": []})

    assert (answer.status, answer.json["type"]) == (201, "RoleList")
    assert set(answer.data) == {"publicId"}
    assert "moreAfter" not in answer.json


def test_ixon_several_roles(own: Ixon):
    """A list in, a list out, in the same order."""
    answer = own.post("/roles", [{"name": f"Role {number}"} for number in range(5)])

    assert answer.status == 201
    assert answer.json["moreAfter"] is None
    listed = {each["publicId"]: each for each in own.get("/roles?page-size=100").data}
    assert [listed[each["publicId"]]["name"] for each in answer.data] == [
        f"Role {number}" for number in range(5)
    ]


@pytest.mark.parametrize(
    ("body", "items"),
    [
        ([{"name": "ok"}, {"name": ""}], [item(SHORT, "name", 1)]),
        ([{}, {"name": "ok"}], [item("Required property", "name", 0)]),
        (
            [{"name": ""}, {"name": "x" * 256}, {"name": "ok", "enforce2fa": "yes"}],
            [item(SHORT, "name", 0), item(LONG, "name", 1), item("Invalid value", "enforce2fa", 2)],
        ),
        ({"name": ""}, [item(SHORT, "name")]),
        ({"description": "no name"}, [item("Required property", "name")]),
        (
            {"name": "x", "permissions": [{"publicId": "everything"}]},
            [item("Invalid value", "permissions.0.publicId")],
        ),
        (
            [{"name": "x", "permissions": [{}]}],
            [item("Required property", "permissions.0.publicId", 0)],
        ),
        ([], [item(SHORT, "body")]),
        ([{"name": "x"}] * 101, [item(LONG, "body")]),
        (["name"], [item("Invalid value", index=0)]),
        ("name", [item("Invalid value", "body")]),
    ],
)
def test_ixon_roles_that_do_not_fit(own: Ixon, body: object, items: list):
    """Every fault is told, with its field and, in a list, the place of its item; nothing is
    made."""
    before = own.get("/roles?page-size=1000").data

    answer = own.post("/roles", body)

    assert answer.status == 400
    assert answer.data == items
    assert own.get("/roles?page-size=1000").data == before


def test_ixon_changing_a_role(own: Ixon):
    """What is given changes, the rest stays."""
    role = own.role(name="Before", description="It stays.")

    changes = {"name": "After", "permissions": [{"publicId": "agents:view"}]}
    answer = own.patch(f"/roles/{role}", changes)

    assert (answer.status, answer.json["type"]) == (200, "Role")
    assert answer.data | changes == answer.data
    assert answer.data["description"] == "It stays."


def test_ixon_no_such_role(own: Ixon, ixon: Ixon):
    """A role that is not there, or is another company's."""
    foreign = ixon.get("/roles").data[0]["publicId"]

    for role in ("000000000000", "x", foreign, "%00", "a%0Ab"):
        own.patch(f"/roles/{role}", {"name": "x"}).assert_refused(404, "Resource not found")


def test_ixon_memberships(own: Ixon):
    """A person of the company gets another role; the same one twice collides."""
    person, role = own.get("/users/me").data["publicId"], own.role(name="For a while")
    group = own.get("/groups").data[0]["publicId"]
    body = {
        "user": {"publicId": person},
        "group": {"publicId": group},
        "role": {"publicId": role},
        "expiresOn": "2099-01-01T00:00:00Z",
    }

    answer = own.post("/users/memberships", body)

    assert (answer.status, answer.json["type"]) == (201, "UserMembershipList")
    rows = {each["publicId"]: each for each in own.get("/users/memberships?page-size=100").data}
    assert rows[answer.data["publicId"]] == body | answer.data
    own.post("/users/memberships", body).assert_refused(400, "Invalid value", "user")
    own.post("/users/memberships", [body]).assert_refused(400, "Invalid value", "user", 0)


def test_ixon_memberships_of_nothing(own: Ixon, ixon: Ixon):
    """A person, group or role that is not the company's is not found, and the answer says which."""
    names = {
        "user": own.get("/users/me").data["publicId"],
        "group": own.get("/groups").data[0]["publicId"],
        "role": own.get("/roles").data[0]["publicId"],
    }
    foreign = {
        "user": ixon.get("/users/me").data["publicId"],
        "group": ixon.get("/groups").data[0]["publicId"],
        "role": ixon.get("/roles").data[0]["publicId"],
    }

    for wrong, there in foreign.items():
        for value in (there, "000000000000", "\ud800".encode("utf-8", "replace").decode()):
            body = {name: {"publicId": each} for name, each in {**names, wrong: value}.items()}
            own.post("/users/memberships", [body]).assert_refused(
                404, "Resource not found", f"{wrong}.publicId", 0
            )


def test_ixon_people_of_the_company(own: Ixon):
    """Its members and nobody else."""
    answer = own.get("/users")

    assert [each["emailAddress"] for each in answer.data] == ["resources@ixon.example"]


def test_ixon_permissions_come_from_roles(ixon: Ixon):
    """Somebody may do what the role grants; the rest is refused."""
    little = ixon.tenant("--tenant", "Permissions", "--scope", "agents:view")
    agent = little.agent()

    assert little.get("/agents").status == 200
    assert little.get("/roles").status == 200
    for method, path, body in (
        ("PATCH", "/companies/me", {"name": "x"}),
        ("POST", "/roles", {"name": "x"}),
        ("POST", "/users/memberships", {}),
        ("GET", "/users", None),
        ("PATCH", f"/agents/{agent}", {"name": "x"}),
        ("POST", f"/agents/{agent}/devices", {"name": "x"}),
        ("POST", "/data", {}),
    ):
        little.call(method, path, body).assert_refused(403, "Insufficient permissions")


def test_ixon_nobody_gives_away_what_they_do_not_have(ixon: Ixon):
    """A role cannot be given more than its maker has, nor handed on with more."""
    flags = ("--tenant", "Giving away")
    admin = ixon.tenant(*flags)
    little = ixon.tenant(*flags, "--scope", "roles:manage", "--scope", "users:manage")
    role = admin.role(name="Much", permissions=[{"publicId": "data:view"}])
    more = {"name": "More", "permissions": [{"publicId": "data:view"}]}

    little.post("/roles", more).assert_refused(403, "Insufficient permissions")
    little.patch(f"/roles/{role}", more).assert_refused(403, "Insufficient permissions")
    membership = {
        "user": {"publicId": admin.get("/users/me").data["publicId"]},
        "group": {"publicId": admin.get("/groups").data[0]["publicId"]},
        "role": {"publicId": role},
    }
    little.post("/users/memberships", membership).assert_refused(403, "Insufficient permissions")
    assert little.post("/roles", {"name": "Fair", "permissions": []}).status == 201


def test_ixon_memberships_end(here):
    """After its end a membership is none: the company is not the person's any more."""
    plain = here.ixon
    rows = here.api.parts.database
    rows.write_now(
        lambda connection: (
            connection.exec_driver_sql(
                "UPDATE memberships SET expires_at = ?", (here.clock.now() + 60,)
            ).rowcount
        )
    )
    assert plain.get("/agents").status == 200

    here.clock.advance(60)

    plain.get("/agents").assert_refused(400, "Invalid value", "Api-Company")
    assert plain.get("/companies").data == []
