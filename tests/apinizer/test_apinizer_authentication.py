"""Statements 5 and 12 of the Apinizer page: tokens, from the first to the last."""

import base64
import json
import time
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from tests.apinizer.apinizer_client import Apinizer

INVALID_TOKEN = """
{
"error": "invalid_token",
"error_description": "Token is invalid or expired"
}
"""


def test_a_token_is_made_from_a_name_and_a_password(apinizer: Apinizer):
    """The answer is the documented one, and the token a JWT signed with HS256."""
    answer = apinizer.enter()

    assert answer.status == 200
    assert list(answer.json) == ["access_token", "token_type", "expires_in"]
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 3600)
    assert answer.headers["Cache-Control"] == "no-store"
    assert jwt.get_unverified_header(answer.json["access_token"])["alg"] == "HS256"
    assert apinizer.get("/projects/", token=answer.json["access_token"]).status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"client_secret": "wrong"},
        {"client_id": "nobody"},
        {"client_id": "ADMIN"},
        {"client_id": "admin\x00"},
    ],
)
def test_apinizer_s05_wrong_names_and_passwords(apinizer: Apinizer, changes: dict[str, str]):
    """Whatever of the two is wrong, the answer is the same."""
    answer = apinizer.enter(**changes)

    if "\x00" in changes.get("client_id", ""):
        says = "Validation failed: client_id has an invalid format"
        assert answer.refuses(400, "validation_failed", says)
    else:
        assert answer.refuses(401, "unauthorized_client", "Bad credentials")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="apinizer"'


def test_apinizer_s05_a_disabled_account(apinizer: Apinizer):
    """Who is shut out gets no token, and the tokens that are out there open nothing."""
    apinizer.post("/users/", {"username": "shut-out", "password": "let me in"})
    who = {"client_id": "shut-out", "client_secret": "let me in"}
    token = apinizer.enter(**who).json["access_token"]

    assert apinizer.patch("/users/shut-out/", {"enabled": False}).status == 200

    assert apinizer.enter(**who).refuses(401, "unauthorized_client", "Bad credentials")
    apinizer.get("/projects/", token=token).assert_page(401, INVALID_TOKEN)
    apinizer.patch("/users/shut-out/", {"enabled": True, "password": "again"})
    assert apinizer.enter(**who).status == 401
    assert apinizer.enter(**who | {"client_secret": "again"}).status == 200


def _forged(token: str) -> str:
    header, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    longer = json.dumps(claims | {"exp": claims["exp"] + 10_000}).encode()
    return f"{header}.{base64.urlsafe_b64encode(longer).decode().rstrip('=')}.{signature}"


def test_apinizer_s05_tokens_that_are_not_accepted(apinizer: Apinizer):
    """No header, no Bearer, garbage, a changed and an unknown token give the body of the page."""
    unsigned = jwt.encode({"sub": "x", "exp": time.time() + 60}, None, algorithm="none")
    fields = (
        None,
        "",
        "Bearer",
        f"Token {apinizer.token}",
        apinizer.token,
        "Bearer x",
        f"Bearer {apinizer.token}x",
        f"Bearer {_forged(apinizer.token)}",
        f"Bearer {unsigned}",
        f"Bearer {jwt.encode({'sub': 'x'}, 'k' * 32, algorithm='HS256')}",
        "Basic YWRtaW46YWRtaW4=",
        "Bearer " + "x" * 8000,
    )

    for field in fields:
        answer = apinizer.get("/projects/", token=None, headers={"Authorization": field})
        answer.assert_page(401, INVALID_TOKEN)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_apinizer_s05_a_revoked_token(apinizer: Apinizer):
    """A token works until its owner revokes it, through the API or on the command line."""
    own, issued = apinizer.log_in(), apinizer.issue()
    [found] = [
        each["id"]
        for each in apinizer.get("/auth/tokens").json["resultList"]
        if each["id"] == issued["id"]
    ]

    assert apinizer.get("/projects/", token=issued["secret"]).status == 200
    assert apinizer.delete(f"/auth/tokens/{found}").json == {"success": True}
    apinizer.get("/projects/", token=issued["secret"]).assert_page(401, INVALID_TOKEN)
    gone = apinizer.delete(f"/auth/tokens/{found}")
    assert gone.refuses(404, "resource_not_found", f"Token '{found}' not found")

    token_id = jwt.decode(own, options={"verify_signature": False})["jti"]
    apinizer.command("credentials", "revoke", token_id)
    time.sleep(1)
    apinizer.get("/projects/", token=own).assert_page(401, INVALID_TOKEN)


def test_apinizer_s05_an_expired_token(apinizer: Apinizer):
    """A good token says afterwards that it has expired; a revoked one says no such thing."""
    expired = apinizer.issue("--expires-in", "1")
    revoked = apinizer.issue("--expires-in", "1")
    apinizer.delete(f"/auth/tokens/{revoked['id']}")
    time.sleep(1.1)

    answer = apinizer.get("/projects/", token=expired["secret"])

    assert answer.refuses(401, "token_expired", "Token has expired")
    apinizer.get("/projects/", token=revoked["secret"]).assert_page(401, INVALID_TOKEN)


def test_apinizer_s05_the_lifetime_of_a_log_in(start_server):
    """With apinizer.token_seconds=2 the token of a log-in ends after two seconds."""
    apinizer = Apinizer(start_server("apinizer.token_seconds=2"))
    answer = apinizer.enter()
    token = answer.json["access_token"]

    assert answer.json["expires_in"] == 2
    assert apinizer.get("/projects/", token=token).status == 200
    time.sleep(2.1)
    assert apinizer.get("/projects/", token=token).code == "token_expired"


def test_apinizer_s05_a_personal_token_until_a_date(apinizer: Apinizer):
    """A token of one's own lasts until the date that was chosen, or for good."""
    until = datetime.now(UTC) + timedelta(seconds=3)
    short = apinizer.post("/auth/tokens", {"name": "Short", "expireDate": until.isoformat()})
    long = apinizer.post("/auth/tokens", {"name": "Long"})

    assert (short.status, long.status) == (201, 201)
    assert list(long.json) == ["success", "id", "token"]
    shown = apinizer.get(f"/auth/tokens/{long.json['id']}").json
    assert (shown["name"], shown["expireDate"]) == ("Long", None)
    assert apinizer.get("/projects/", token=short.json["token"]).status == 200
    time.sleep(3.1)
    assert apinizer.get("/projects/", token=short.json["token"]).code == "token_expired"
    assert apinizer.get("/projects/", token=long.json["token"]).status == 200


@pytest.mark.parametrize("date", ["2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"])
def test_a_token_ends_within_a_lifetime(apinizer: Apinizer, date: str):
    """A date that has passed, or that nobody will see, breaks a rule."""
    answer = apinizer.post("/auth/tokens", {"name": "Odd", "expireDate": date})

    assert (answer.status, answer.code) == (400, "validation_failed")
    assert answer.says.startswith("Validation failed: expireDate must be ")


def test_a_token_of_few_roles_makes_none_with_more(apinizer: Apinizer):
    """Who was given one role cannot make a token that has all roles of the user."""
    limited = apinizer.holding("--scope", "ROLE_MANAGE_PROXIES")

    made = limited.post("/auth/tokens", {"name": "More"}).json["token"]

    assert limited.get("/users/", token=made).code == "forbidden"
    assert apinizer.get("/users/").status == 200


def test_apinizer_s12_a_new_token_works_after_an_invalid_one(apinizer: Apinizer):
    """The page's way on: refused, a new token from auth/token, accepted."""
    refused = apinizer.get("/projects/", token="cut.off")

    again = apinizer.get("/projects/", token=apinizer.log_in())

    assert (refused.code, again.status) == ("invalid_token", 200)


def test_the_healthcheck_needs_no_token(apinizer: Apinizer):
    """Two endpoints answer in plain text; hello wants a token."""
    health, hello = (
        apinizer.get("/test/healthcheck", token=None),
        apinizer.get("/test/hello/J%C3%B6"),
    )

    assert (health.status, health.body) == (200, b"OK")
    assert (hello.status, hello.body.decode()) == (200, "Hello Jö")
    assert {each.headers["Content-Type"] for each in (health, hello)} == {
        "text/plain; charset=utf-8"
    }
    apinizer.get("/test/hello/me", token=None).assert_page(401, INVALID_TOKEN)
