"""Access tokens: made, seen, narrowed and revoked."""

import re
from datetime import datetime

import pytest

from tests.calling import command
from tests.ixon.ixon_client import Ixon

PUBLIC_ID = re.compile("[0-9A-Za-z]{12}")


def seconds(answer) -> float:
    """When the token of an answer ends."""
    return datetime.fromisoformat(answer.data["expiresOn"]).timestamp()


@pytest.fixture
def mine(ixon: Ixon) -> Ixon:
    """Somebody whose tokens nobody else makes or revokes."""
    return ixon.tenant("--tenant", "Tokens", "--user", "tokens@ixon.example")


def test_ixon_a_new_token(ixon: Ixon):
    """It has a name of 12 characters, a secret of 32, an end and a person."""
    answer = ixon.enter({"expiresIn": 3600})

    assert (answer.status, answer.json["type"]) == (201, "AccessTokenCreateResponse")
    assert answer.json["status"] == "success"
    assert PUBLIC_ID.fullmatch(answer.data["publicId"])
    assert re.fullmatch("[0-9A-Za-z]{32}", answer.data["secretId"])
    assert answer.data["user"]["emailAddress"] == ixon.known["email"]
    assert answer.headers["X-Request-ID"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?fields=secretId", {"publicId", "secretId"}),
        ("?fields=expiresOn,secretId", {"publicId", "expiresOn", "secretId"}),
        ("?fields=expiresOn&fields=secretId", {"publicId", "expiresOn", "secretId"}),
        ("?fields=*", {"publicId", "expiresOn", "secretId", "user"}),
        ("", {"publicId", "expiresOn", "secretId", "user"}),
    ],
)
def test_ixon_fields_of_a_new_token(ixon: Ixon, query: str, names: set[str]):
    """What is asked for comes, and the name always."""
    assert set(ixon.enter(query=query).data) == names


def test_ixon_fields_of_fields(ixon: Ixon):
    """A field inside a field can be chosen in two ways."""
    one = ixon.enter(query="?fields=user.name").data["user"]
    two = ixon.enter(query="?fields=user(name,publicId)").data["user"]

    assert set(one) == {"name"}
    assert set(two) == {"name", "publicId"}


def test_ixon_unknown_fields(ixon: Ixon):
    """A field that does not exist does not fit."""
    answer = ixon.enter(query="?fields=password")

    answer.assert_refused(400, "Value does not match regex expression", "fields.0")


@pytest.mark.parametrize("life", [60, 3600, 5_184_000])
def test_ixon_how_long_a_token_lives(here, life: int):
    """As long as was asked for, from a minute to sixty days."""
    assert seconds(here.ixon.enter({"expiresIn": life})) == here.clock.now() + life


@pytest.mark.parametrize(
    ("body", "message", "field"),
    [
        ({}, "Required property", "expiresIn"),
        ({"expiresIn": 59}, "Invalid value", "expiresIn"),
        ({"expiresIn": 5_184_001}, "Invalid value", "expiresIn"),
        ({"expiresIn": "60"}, "Invalid value", "expiresIn"),
        ({"expiresIn": None}, "Invalid value", "expiresIn"),
        ({"expiresIn": 60.5}, "Invalid value", "expiresIn"),
        ({"expiresIn": 60, "trustedDeviceName": ""}, "Value is too short", "trustedDeviceName"),
        (
            {"expiresIn": 60, "trustedDeviceName": "x" * 256},
            "Value is too long",
            "trustedDeviceName",
        ),
        ({"expiresIn": 60, "scope": {}}, "Required property", "scope.type"),
        ({"expiresIn": 60, "scope": {"type": "all"}}, "Invalid value", "scope.type"),
        ({"expiresIn": 60, "scope": {"type": "allow"}}, "Required property", "scope.rels"),
        (
            {"expiresIn": 60, "scope": {"type": "deny", "rels": [{}]}},
            "Required property",
            "scope.rels.0.rel",
        ),
        ([], "Invalid value", "body"),
    ],
)
def test_ixon_malformed_token_requests(ixon: Ixon, body: object, message: str, field: str):
    """Each rule has its message and its field."""
    ixon.enter(body).assert_refused(400, message, field)


def test_ixon_the_credentials_come_before_the_body(ixon: Ixon):
    """A wrong password is told even if the body is wrong too."""
    ixon.enter({"expiresIn": 1}, password="wrong").assert_refused(
        401, "Invalid value", "Authorization"
    )


def test_ixon_one_sees_ones_own_tokens(here):
    """The list has them all, oldest first, without their secrets."""
    made = [here.ixon.enter({"expiresIn": 60}).data for _ in range(3)]

    answer = here.ixon.get("/access-tokens")

    assert answer.json["type"] == "AccessTokenList"
    names = [each["publicId"] for each in answer.data]
    assert set(names) >= {each["publicId"] for each in made}
    assert names == sorted(names)
    assert all(each["secretId"] not in answer.body.decode() for each in made)
    assert set(answer.data[0]) == {"publicId", "expiresOn", "created", "scope"}
    assert answer.data[-1]["created"]["ip"] == "127.0.0.1"


def test_ixon_nobody_sees_anothers_tokens(ixon: Ixon, mine: Ixon):
    """They are not in the list, cannot be read and cannot be revoked."""
    token = ixon.enter().data

    assert token["publicId"] not in mine.get("/access-tokens?page-size=4000").body.decode()
    mine.get(f"/access-tokens/{token['publicId']}").assert_refused(404, "Resource not found")
    mine.delete(f"/access-tokens/{token['publicId']}").assert_refused(404, "Resource not found")
    mine.call("DELETE", "/access-tokens", {"publicId": token["publicId"]}).assert_refused(
        404, "Resource not found", "publicId"
    )
    assert ixon.get("/users/me", token=token["secretId"]).status == 200


def test_ixon_reading_one(ixon: Ixon):
    """By its name, or as the one of this call."""
    token = ixon.enter().data

    one = ixon.get(f"/access-tokens/{token['publicId']}")
    me = ixon.get("/access-tokens/me", token=token["secretId"])

    assert (one.json["type"], me.json["type"]) == ("AccessToken", "MyAccessToken")
    assert one.data == me.data
    assert one.data["expiresOn"] == token["expiresOn"]


def test_ixon_revoking_one(ixon: Ixon):
    """It is gone at once, and from the list too."""
    token = ixon.enter().data

    answer = ixon.delete(f"/access-tokens/{token['publicId']}")

    assert (answer.status, answer.data) == (200, None)
    ixon.get("/users/me", token=token["secretId"]).assert_refused(
        401, "Invalid value", "Authorization"
    )
    assert token["publicId"] not in ixon.get("/access-tokens?page-size=4000").body.decode()
    ixon.delete(f"/access-tokens/{token['publicId']}").assert_refused(404, "Resource not found")


def test_ixon_revoking_several(here):
    """Those that are named go, all or none."""
    one, two, three = (here.ixon.enter().data for _ in range(3))
    named = [{"publicId": one["publicId"]}, {"publicId": two["publicId"]}]

    here.ixon.call("DELETE", "/access-tokens", [*named, {"publicId": "0" * 12}]).assert_refused(
        404, "Resource not found", "publicId", 2
    )
    assert here.ixon.get("/users/me", token=one["secretId"]).status == 200
    assert here.ixon.call("DELETE", "/access-tokens", named).status == 200

    assert here.ixon.get("/users/me", token=one["secretId"]).status == 401
    assert here.ixon.get("/users/me", token=two["secretId"]).status == 401
    assert here.ixon.get("/users/me", token=three["secretId"]).status == 200


def test_ixon_revoking_all(here):
    """Without a body everything of the person goes, the token of the call included."""
    token = here.ixon.log_in()

    assert here.ixon.delete("/access-tokens", token=token).status == 200

    assert here.ixon.get("/users/me", token=token).status == 401
    assert here.ixon.get("/users/me").status == 401


def test_ixon_what_the_operator_takes_back(ixon: Ixon, mine: Ixon):
    """A token revoked on the command line stops working, and leaves the list."""
    issued = mine.issue("--tenant", "Tokens", "--user", "tokens@ixon.example")
    assert mine.get("/users/me", token=issued["secret"]).status == 200

    command(ixon.server, "credentials", "revoke", issued["id"])

    for _ in range(100):
        if mine.get("/users/me", token=issued["secret"]).status == 401:
            break
    mine.get("/users/me", token=issued["secret"]).assert_refused(
        401, "Invalid value", "Authorization"
    )
    assert issued["id"] not in mine.get("/access-tokens?page-size=4000").body.decode()


def test_ixon_a_token_that_allows_little(ixon: Ixon):
    """It may do what is named and nothing else."""
    scope = {"type": "allow", "rels": [{"rel": "AgentList", "get": True}]}
    token = ixon.enter({"expiresIn": 60, "scope": scope}).data["secretId"]

    assert ixon.get("/agents", token=token).status == 200
    ixon.get("/roles", token=token).assert_refused(403, "Insufficient permissions")
    ixon.get("/users/me", token=token).assert_refused(403, "Insufficient permissions")
    ixon.post("/roles", {"name": "x"}, token=token).assert_refused(403, "Insufficient permissions")


def test_ixon_a_token_that_denies_something(ixon: Ixon):
    """It may do everything but what is named; a rel alone stands for all its methods."""
    scope = {"type": "deny", "rels": [{"rel": "RoleList", "post": True}, {"rel": "DataList"}]}
    token = ixon.enter({"expiresIn": 60, "scope": scope}).data["secretId"]

    assert ixon.get("/roles", token=token).status == 200
    ixon.post("/roles", {"name": "x"}, token=token).assert_refused(403, "Insufficient permissions")
    ixon.post("/data", {}, token=token).assert_refused(403, "Insufficient permissions")
    shown = ixon.get("/access-tokens/me", token=token).data["scope"]
    assert shown == scope


def test_ixon_no_secret_is_stored(here):
    """Neither tokens nor passwords nor device identifiers stand in a file."""
    device = "0f0f0f0f-1234-4abc-8def-001122334455"
    answer = here.ixon.enter_carefully(
        {"expiresIn": 60, "trustedDeviceName": "Office"}, otp=here.code(), device=device
    )
    folder = here.api.parts.database.path.parent

    stored = b"".join(file.read_bytes() for file in folder.iterdir())

    known = here.ixon.known
    secrets = (answer.data["secretId"], known["password"], known["otp_password"], device)
    assert [each for each in secrets if each.encode() in stored] == []
