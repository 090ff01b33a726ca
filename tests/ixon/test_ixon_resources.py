"""People, companies, roles, agents and what belongs to them, with the errors of each endpoint."""

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


def test_ixon_agents(own: Ixon):
    """A company has an agent from the start; it can be read and changed."""
    agent = own.agent()
    changes = {
        "name": "Line 1",
        "description": "",
        "location": {"name": "Overloon", "latitude": "51.57", "longitude": "5.94"},
    }

    answer = own.patch(f"/agents/{agent}", changes)

    assert (answer.status, answer.json["type"]) == (200, "Agent")
    assert own.get(f"/agents/{agent}").data | changes == own.get(f"/agents/{agent}").data
    assert own.get(f"/agents/{agent}?fields=name,location.name").data == {
        "publicId": agent,
        "name": "Line 1",
        "location": {"name": "Overloon"},
    }


@pytest.mark.parametrize(
    ("body", "message", "field"),
    [
        ({"name": ""}, SHORT, "name"),
        ({"name": "x" * 256}, LONG, "name"),
        ({"description": "x" * 65_536}, LONG, "description"),
        ({"location": {"name": "x"}}, "Required property", "location.latitude"),
        (
            {"location": {"name": "x", "latitude": 1, "longitude": "2"}},
            "Invalid value",
            "location.latitude",
        ),
        (
            {"location": {"name": "x", "latitude": "north", "longitude": "2"}},
            MISMATCH,
            "location.latitude",
        ),
    ],
)
def test_ixon_agents_that_do_not_fit(own: Ixon, body: object, message: str, field: str):
    """Each rule has its message and the path of its field."""
    answer = own.patch(f"/agents/{own.agent()}", body)

    assert answer.status == 400
    assert answer.data[0] == item(message, field)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/agents/{}"),
        ("PATCH", "/agents/{}"),
        ("GET", "/agents/{}/devices"),
        ("POST", "/agents/{}/devices"),
        ("GET", "/agents/{}/data-sources"),
        ("GET", "/agents/{}/data-variables"),
        ("GET", "/agents/{}/data-tags"),
    ],
)
def test_ixon_no_such_agent(own: Ixon, ixon: Ixon, method: str, path: str):
    """An agent that is not there, or is another company's."""
    for agent in ("000000000000", "x", ixon.agent(), "%F0%9F%9A%80", "%00"):
        body = {"name": "x"} if method != "GET" else None
        own.call(method, path.format(agent), body).assert_refused(404, "Resource not found")


def test_ixon_devices(own: Ixon):
    """One or several at once; they are listed with what they were given."""
    place = f"/agents/{own.agent()}/devices"
    one = {"name": "Drive", "ipAddress": "192.168.0.20", "macAddress": "00:1B:44:11:3a:B7"}

    single = own.post(place, one)
    several = own.post(place, [{"name": "Camera"}, {"name": "Scale", "customAddress": "usb:1"}])

    assert (single.status, several.status) == (201, 201)
    assert PUBLIC_ID.fullmatch(single.data["publicId"])
    found = {each["publicId"]: each for each in own.get(f"{place}?page-size=100").data}
    assert found[single.data["publicId"]] | one == found[single.data["publicId"]]
    assert [found[each["publicId"]]["name"] for each in several.data] == ["Camera", "Scale"]


@pytest.mark.parametrize(
    ("body", "items"),
    [
        ([{"name": "ok"}, {"name": ""}], [item(SHORT, "name", 1)]),
        ({"name": "x", "macAddress": "00-1B-44-11-3A-B7"}, [item(MISMATCH, "macAddress")]),
        ([{"name": "x", "macAddress": "0"}], [item(SHORT, "macAddress", 0)]),
        ({"name": "x", "macAddress": "0" * 18}, [item(LONG, "macAddress")]),
        ({"name": "x", "ipAddress": "1" * 256}, [item(LONG, "ipAddress")]),
        (
            [{"macAddress": "0", "name": ""}, {}],
            [
                item(SHORT, "macAddress", 0),
                item(SHORT, "name", 0),
                item("Required property", "name", 1),
            ],
        ),
    ],
)
def test_ixon_devices_that_do_not_fit(own: Ixon, body: object, items: list):
    """Single and list bodies: field, message and place of each fault; nothing is made."""
    place = f"/agents/{own.agent()}/devices"
    before = own.get(f"{place}?page-size=100").data

    answer = own.post(place, body)

    assert (answer.status, answer.data) == (400, items)
    assert own.get(f"{place}?page-size=100").data == before


def test_ixon_what_is_logged(own: Ixon):
    """Sources, variables and tags lead to each other."""
    agent = own.agent()
    source, tags = own.source()

    sources = own.get(f"/agents/{agent}/data-sources").data
    variables = own.get(f"/agents/{agent}/data-variables").data

    assert [each["publicId"] for each in sources] == [source["publicId"]]
    assert [tag["tagId"] for tag in tags] == [1, 2, 3, 4]
    assert [tag["variable"]["publicId"] for tag in tags] == [v["publicId"] for v in variables]


def test_ixon_pages(own: Ixon):
    """moreAfter of one page begins the next, until it is null; nothing is missed or repeated."""
    own.post("/roles", [{"name": f"Page {number}"} for number in range(50)])
    whole = own.get("/roles?page-size=4000&fields=name")
    assert whole.json["moreAfter"] is None

    found, after = [], ""
    while after is not None:
        page = own.get(f"/roles?page-size=7&fields=name{after and f'&page-after={after}'}")
        assert len(page.data) <= 7
        found += page.data
        after = page.json["moreAfter"]

    assert found == whole.data
    assert len(own.get("/roles").data) == 20


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page-size=0", "page-size"),
        ("page-size=4001", "page-size"),
        ("page-size=many", "page-size"),
        ("page-size=1&page-size=2", "page-size"),
    ],
)
def test_ixon_page_sizes(own: Ixon, query: str, field: str):
    """From 1 to 4000."""
    own.get(f"/roles?{query}").assert_refused(400, "Invalid value", field)


def test_ixon_a_page_after_nothing_known(own: Ixon):
    """A cursor need not be the name of something that still exists; nonsense is told."""
    assert own.get("/roles?page-after=zzzzzzzzzzzz").data == []
    own.get("/roles?page-after=%27%20OR").assert_refused(400, MISMATCH, "page-after")


@pytest.fixture(scope="module")
def filtered(ixon: Ixon) -> Ixon:
    """Somebody in a company with two roles that are called alike."""
    found = ixon.tenant("--tenant", "Filters")
    found.post("/roles", [{"name": "Filtered 1"}, {"name": "Filtered 2"}])
    return found


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('eq(name,"Filtered 1")', ["Filtered 1"]),
        ("equals(name,Filtered 1)", ["Filtered 1"]),
        ("contains(name,FILTERED)", ["Filtered 1", "Filtered 2"]),
        ("contains(name,%)", []),
        ("eq(name,nothing)", []),
    ],
)
def test_ixon_filters(filtered: Ixon, text: str, names: list[str]):
    """Only what fits is listed."""
    quoted = text.replace("%", "%25").replace(" ", "%20").replace('"', "%22")

    found = filtered.get(f"/roles?filters={quoted}").data

    assert [each["name"] for each in found] == names


@pytest.mark.parametrize("text", ["name", "eq(password,x)", "drop(name,x)", "eq(name"])
def test_ixon_filters_that_are_none(own: Ixon, text: str):
    """What is no filter, or names no field, is told."""
    own.get(f"/roles?filters={text}").assert_refused(400, MISMATCH, "filters.0")


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


@pytest.mark.parametrize("path", ["/users/me/", "/agents/", "/roles/"])
def test_ixon_a_last_slash_does_not_matter(ixon: Ixon, path: str):
    """A path is found with and without it."""
    assert ixon.get(path).status == 200


def test_ixon_head(ixon: Ixon):
    """HEAD gives the head of GET."""
    answer = ixon.call("HEAD", "/agents")

    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/agents"), ("PUT", "/roles"), ("POST", "/")]
)
def test_ixon_methods_that_are_not_there(ixon: Ixon, method: str, path: str):
    """The answer lists those that are."""
    answer = ixon.call(method, path)

    answer.assert_refused(405, "Method not allowed")
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/nothing", "/agents/x/y/z", "/users/me/otp-auth"])
def test_ixon_paths_that_are_not_there(ixon: Ixon, path: str):
    """Every unknown path is not found, with or without credentials."""
    ixon.get(path).assert_refused(404, "Resource not found")
    ixon.get(path, token=None, company=None).assert_refused(404, "Resource not found")
