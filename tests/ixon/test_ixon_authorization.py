"""Statements 5, 6 and 8 of the IXON page: every message about Authorization, row by row."""

import base64
import time

import pytest

from tests.ixon.ixon_client import Ixon, basic

PAGE = """
{
"type": "Error",
"data": [
{
"message": "%s",
"propertyName": "Authorization"
}
],
"moreAfter": null,
"status": "error"
}
"""
INVALID = PAGE % "Invalid value"
REQUIRED = PAGE % "Required header"
TOO_SHORT = PAGE % "Value is too short"
TOO_LONG = PAGE % "Value is too long"
MALFORMED = PAGE % "Authorization must start with a type and have a credentials"
MISMATCH = PAGE % "Value does not match regex expression"

FORM = {
    "row 1: absent": (None, REQUIRED),
    "row 2: one word": ("abc", MALFORMED),
    "row 2: a type alone": ("Bearer", MALFORMED),
    "row 2: three words": ("Bearer ab cd", MALFORMED),
    "row 2: two spaces": (f"Bearer  {'0' * 32}", MALFORMED),
    "row 2: a space inside": (f"Bearer {'0' * 16} {'0' * 16}", MALFORMED),
    "row 2: a tab": (f"Bearer\t{'0' * 32}", MALFORMED),
    "row 2: nothing": ("", MALFORMED),
    "row 3: short": ("Bearer short", TOO_SHORT),
    "row 3: 31": (f"Bearer {'0' * 31}", TOO_SHORT),
    "row 3: 33": (f"Bearer {'0' * 33}", TOO_LONG),
    "row 3: very long": (f"Bearer {'0' * 5000}", TOO_LONG),
    "row 3: length goes before characters": ("Bearer sh!rt", TOO_SHORT),
    "row 3: the type in other letters": ("bearer short", TOO_SHORT),
    "row 4: 32 with a stranger": (f"Bearer {'0' * 31}!", MISMATCH),
    "row 4: 32 with a letter of another alphabet": (f"Bearer {'0' * 31}é", MISMATCH),
    "row 5: unknown": (f"Bearer {'0' * 32}", INVALID),
    "row 5: another type": (f"Digest {'0' * 32}", INVALID),
    "row 5: another type, short": ("Digest x", INVALID),
    "row 5: Basic": (basic("a@b.example", "secret"), INVALID),
}

AT_THE_LOG_IN = {
    "row 1: absent": (None, REQUIRED),
    "row 2: one word": ("abc", MALFORMED),
    "row 2: three words": ("Basic ab cd", MALFORMED),
    "row 3: a short Bearer": ("Bearer short", TOO_SHORT),
    "row 5: a Bearer": (f"Bearer {'0' * 32}", INVALID),
    "row 5: another type": ("Digest abcdefgh", INVALID),
    "row 6: not Base64": ("Basic abcdefgh!jkl", MISMATCH),
    "row 6: not whole Base64": ("Basic abcdefghi", MISMATCH),
    "row 6: Base64 of another alphabet": ("Basic ab_-efgh", MISMATCH),
    "row 6: short": ("Basic abcd", TOO_SHORT),
    "row 6: long": (f"Basic {'QUJD' * 257}", TOO_LONG),
    "row 6: no colon": ("Basic " + base64.b64encode(b"no colon").decode(), INVALID),
    "row 6: one colon": ("Basic " + base64.b64encode(b"a@b.example:x").decode(), INVALID),
    "row 6: no UTF-8": ("Basic " + base64.b64encode(b"\xff\xfe::\xff\xff").decode(), INVALID),
    "row 6: NUL": ("Basic " + base64.b64encode(b"a\0b::c\0d").decode(), INVALID),
    "row 6: nobody": (basic("nobody@ixon.example", "secret"), INVALID),
}


@pytest.mark.parametrize(("authorization", "page"), FORM.values(), ids=list(FORM))
@pytest.mark.parametrize("path", ["/users/me", "/agents"])
def test_ixon_s08_the_decision_table(ixon: Ixon, path: str, authorization: str, page: str):
    """Each row gives its message, with 401 and a challenge."""
    answer = ixon.get(path, headers={"Authorization": authorization})

    answer.assert_page(401, page)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="ixon"'


@pytest.mark.parametrize(("authorization", "page"), AT_THE_LOG_IN.values(), ids=list(AT_THE_LOG_IN))
def test_ixon_s08_the_decision_table_at_the_log_in(ixon: Ixon, authorization: str, page: str):
    """The same where tokens are made: there Basic has a form too."""
    answer = ixon.post(
        "/access-tokens", {"expiresIn": 60}, company=None, headers={"Authorization": authorization}
    )

    answer.assert_page(401, page)


def test_ixon_s05_a_token_request_with_a_wrong_password(ixon: Ixon):
    """The password, the address and their order all matter."""
    email, password = ixon.known["email"], ixon.known["password"]

    ixon.enter(password="wrong").assert_page(401, INVALID)
    ixon.enter(password="").assert_page(401, INVALID)
    ixon.enter(email=email.upper()).assert_page(401, INVALID)
    ixon.enter(email=password, password=email).assert_page(401, INVALID)
    ixon.enter(otp="123456").assert_page(401, INVALID)


def test_ixon_s05_an_expired_token(ixon: Ixon):
    """A token that was good a second ago gives the body of the page, for real."""
    brief = ixon.tenant("--tenant", "Brief", "--expires-in", "2")
    assert brief.get("/agents").status == 200

    time.sleep(2)

    brief.get("/agents").assert_page(401, INVALID)
    brief.get("/users/me").assert_page(401, INVALID)


def test_ixon_s05_s06_the_shortest_life(here):
    """A token of 60 seconds lives for 60 seconds; a new one helps."""
    token = here.ixon.enter({"expiresIn": 60}).data["secretId"]
    here.clock.advance(59)
    assert here.ixon.get("/agents", token=token).status == 200

    here.clock.advance(1)

    here.ixon.get("/agents", token=token).assert_page(401, INVALID)
    fresh = here.ixon.enter({"expiresIn": 60}).data["secretId"]
    assert here.ixon.get("/agents", token=fresh).status == 200


def test_ixon_s05_s06_a_revoked_token(ixon: Ixon):
    """A token that was given back is as good as none; a new one helps."""
    token = ixon.log_in()
    assert ixon.delete("/access-tokens/me", token=token).status == 200

    for method, path in (("GET", "/users/me"), ("GET", "/agents"), ("DELETE", "/access-tokens/me")):
        ixon.call(method, path, token=token).assert_page(401, INVALID)
    assert ixon.get("/users/me", token=ixon.log_in()).status == 200


def test_ixon_a_token_belongs_to_its_application(here):
    """With another application, which exists, it is not good."""
    here.api.parts.database.write_now(
        lambda connection: (
            connection.exec_driver_sql(
                "INSERT INTO applications VALUES ('OtherPortal1', 'Another')"
            ).rowcount
        )
    )
    other = {"Api-Application": "OtherPortal1"}

    here.ixon.get("/users/me", headers=other).assert_page(401, INVALID)
    here.ixon.get("/agents", headers=other).assert_page(401, INVALID)


def test_ixon_a_password_may_have_colons(here):
    """What follows the second colon is the password, whatever it holds."""
    hashed = here.run(here.api.parts.passwords.hash("a:b::c"))
    user = here.run(here.api.parts.accounts.find_user(here.ixon.known["email"], api="ixon"))
    here.run(here.api.parts.accounts.set_password_hash(user.id, hashed))

    assert here.ixon.enter(password="a:b::c").status == 201
    assert here.ixon.enter(password="a").status == 401
