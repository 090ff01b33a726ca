"""Logging in: codes, tokens, and what happens to stolen ones."""

import base64
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.connix.connix_client import Connix


def _authorize(connix: Connix, **changes: str) -> str:
    asked = {
        "response_type": "code",
        "client_id": connix.oauth["client_id"],
        "redirect_uri": connix.oauth["redirect_uri"],
        "state": 'a"<b>',
        **changes,
    }
    return f"/oauth2/authorize?{urlencode(asked)}"


def test_the_log_in_page_is_a_plain_form(connix: Connix):
    """The page needs no script, labels its inputs, and repeats nothing unescaped."""
    answer = connix.get(_authorize(connix), prefix="", key=None)

    page = answer.body.decode()
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert '<html lang="en">' in page
    assert '<label for="email">' in page
    assert '<label for="password">' in page
    assert 'value="a&quot;&lt;b&gt;"' in page
    assert "<script" not in page


def test_a_log_in_sends_the_code_back(connix: Connix):
    """The redirect goes to the registered address with a code and the caller's state."""
    answer = connix.log_in(state="x y&z")

    target = urlsplit(answer.headers["Location"])
    assert answer.status == 302
    assert target._replace(query="").geturl() == connix.oauth["redirect_uri"]
    assert parse_qs(target.query)["state"] == ["x y&z"]


def test_a_code_buys_tokens(connix: Connix):
    """The answer of the token endpoint is the one of RFC 6749, and its token opens the API."""
    tokens = connix.tokens(scope="projects:read")

    assert list(tokens) == ["access_token", "token_type", "expires_in", "refresh_token", "scope"]
    assert (tokens["token_type"], tokens["scope"]) == ("Bearer", "projects:read")
    assert tokens["expires_in"] == 3600
    assert tokens["access_token"].count(".") == 2
    assert connix.get("/projects", token=tokens["access_token"]).status == 200


def test_apps_may_log_in_by_http_basic(connix: Connix):
    """The client's secret may come in the Authorization header instead of the form."""
    form = {
        "grant_type": "authorization_code",
        "code": connix.code(),
        "redirect_uri": connix.oauth["redirect_uri"],
    }
    pair = f"{connix.oauth['client_id']}:{connix.oauth['client_secret']}".encode()

    basic = {"Authorization": f"Basic {_base64(pair)}"}

    assert connix.form("/oauth2/token", form, headers=basic).status == 200
    wrong = {"Authorization": f"Basic {_base64(pair + b'x')}"}
    assert connix.form("/oauth2/token", form, headers=wrong).code == "invalid_api_key"


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"client_id": "app_unknown"}, 401, None),
        ({"redirect_uri": "https://evil.example/"}, 401, None),
        ({"response_type": "token"}, 400, "response_type"),
        ({"scope": "projects:read everything"}, 400, "scope"),
        ({"email": ""}, 400, "email"),
        ({"password": "wrong"}, 401, None),
        ({"email": "nobody@connix.example"}, 401, None),
    ],
)
def test_bad_log_ins_are_refused_in_the_envelope(
    connix: Connix, changes: dict[str, str], status: int, field: str | None
):
    """A faulty form is told its field, a stranger nothing; nobody is redirected."""
    answer = connix.log_in(**changes)

    assert (answer.status, answer.headers["Location"]) == (status, None)
    if field is not None:
        assert [item["field"] for item in answer.details] == [field]


def test_browsers_see_the_page_again(connix: Connix):
    """A person who mistypes the password gets the form with a message, not JSON."""
    fields = {
        "email": connix.known["email"],
        "password": "wrong",
        "client_id": connix.oauth["client_id"],
        "redirect_uri": connix.oauth["redirect_uri"],
    }
    accept = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

    answer = connix.form("/oauth2/authorize", fields, headers=accept)

    assert answer.status == 200
    assert b'role="alert"' in answer.body
    assert b"wrong" in answer.body


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({}, ["grant_type"]),
        ({"grant_type": "password"}, ["grant_type"]),
        ({"grant_type": "refresh_token"}, ["refresh_token"]),
        ({"grant_type": "authorization_code"}, ["code", "redirect_uri"]),
    ],
)
def test_incomplete_token_requests_name_their_fields(
    connix: Connix, fields: dict[str, str], missing: list[str]
):
    """The token endpoint tells what is missing like every other endpoint."""
    answer = connix.trade(**fields)

    assert (answer.status, answer.code) == (400, "validation_error")
    assert [item["field"] for item in answer.details] == missing


def test_a_code_is_bound_to_its_address(connix: Connix):
    """A code presented with another redirect_uri opens nothing."""
    answer = connix.trade(
        grant_type="authorization_code", code=connix.code(), redirect_uri="https://evil.example/"
    )

    assert (answer.status, answer.code) == (401, "invalid_api_key")


def test_a_code_used_twice_ends_its_family(connix: Connix, eventually):
    """A second use of a code takes back the tokens of the first."""
    code, redirect_uri = connix.code(), connix.oauth["redirect_uri"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    tokens = connix.trade(**form).json

    assert connix.trade(**form).status == 401

    _assert_ended(connix, tokens, eventually)


def test_refresh_tokens_rotate(connix: Connix):
    """Each refresh gives another refresh token, with the scopes of the log-in."""
    first = connix.tokens(scope="agents:read")

    second = _refresh(connix, first).json
    third = _refresh(connix, second).json

    assert len({first["refresh_token"], second["refresh_token"], third["refresh_token"]}) == 3
    assert third["scope"] == "agents:read"


def test_reuse_of_a_refresh_token_ends_its_family(connix: Connix, eventually):
    """A refresh token that comes a second time was stolen, so everybody is logged out."""
    first = connix.tokens()
    second = _refresh(connix, first).json

    assert _refresh(connix, first).status == 401

    assert _refresh(connix, second).status == 401
    _assert_ended(connix, second, eventually)
    _assert_ended(connix, first, eventually)


def test_of_two_refreshes_at_once_one_wins(connix: Connix):
    """Twenty requests with one refresh token give exactly one pair."""
    tokens = connix.tokens()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: _refresh(connix, tokens).status, range(20)))

    assert sorted(answers) == [200] + [401] * 19


def test_other_families_are_untouched(connix: Connix):
    """The end of one log-in is not the end of another."""
    stolen, other = connix.tokens(), connix.tokens()
    _refresh(connix, stolen)
    _refresh(connix, stolen)

    assert connix.get("/projects", token=other["access_token"]).status == 200
    assert _refresh(connix, other).status == 200


def _refresh(connix: Connix, tokens: dict[str, Any]) -> Any:
    return connix.trade(grant_type="refresh_token", refresh_token=tokens["refresh_token"])


def _assert_ended(connix: Connix, tokens: dict[str, Any], eventually) -> None:
    eventually(lambda: connix.get("/projects", token=tokens["access_token"]).status == 401)
    assert connix.get("/projects", token=tokens["access_token"]).code == "invalid_api_key"
    assert _refresh(connix, tokens).status == 401


def _base64(text: bytes) -> str:
    return base64.b64encode(text).decode()
