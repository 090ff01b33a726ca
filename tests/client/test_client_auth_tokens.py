"""What a token endpoint gives and refuses is read without ever failing."""

import base64
import pickle

import pytest

from failwell.client.auth import ApinizerLogin, OAuth2, Tokens
from failwell.core.clock import timestamp
from failwell.core.contract import Contract
from failwell.core.exceptions import (
    AuthenticationError,
    BadRequestError,
    InternalServerError,
    RateLimitError,
    ReauthenticationRequiredError,
    UnavailableError,
)
from failwell.core.header_fields import http_date
from tests.client.auth_steps import (
    BASE,
    TOKEN_URL,
    Bench,
    answer,
    authorization,
    form,
    refusal,
    token_answer,
)

SECRET, REFRESH = "client-planted-secret", "refresh-planted-token"


def oauth2(**how):
    return OAuth2(TOKEN_URL, "app", SECRET, **how)


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_a_client_secret_buys_a_token():
    """The request is the one of RFC 6749, 4.4.2, and the answer lets in."""
    bench, auth = Bench(), oauth2(scopes=["a", "b"], params={"audience": "x"})

    ran = bench.run(auth.grant(bench.tools()), token_answer(1, expires_in=3600))

    (request,) = ran.requests
    assert (request.method, str(request.url)) == ("POST", TOKEN_URL)
    assert request.headers["Authorization"] == basic("app", SECRET)
    asked = {"grant_type": "client_credentials", "scope": "a b", "audience": "x"}
    assert form(request) == asked
    assert authorization(ran.value) == "Bearer access-1"
    assert set(ran.value.secrets) == {"access-1", SECRET}


def test_a_refresh_token_buys_a_token():
    """The request is the one of RFC 6749, 6."""
    bench, auth = Bench(), oauth2(refresh_token=REFRESH)

    ran = bench.run(auth.grant(bench.tools()), token_answer())

    assert form(ran.requests[0]) == {"grant_type": "refresh_token", "refresh_token": REFRESH}
    assert REFRESH in ran.value.secrets


def test_an_app_may_name_itself_in_the_form():
    """Some servers read no Basic, and an app without a secret has nothing to put there."""
    in_form = OAuth2(TOKEN_URL, "app", SECRET, credentials_in="form")
    public = OAuth2(TOKEN_URL, "app", None, REFRESH)

    for auth, secret in ((in_form, {"client_secret": SECRET}), (public, {})):
        bench = Bench()
        ran = bench.run(auth.grant(bench.tools()), token_answer())
        sent = form(ran.requests[0])
        assert "Authorization" not in ran.requests[0].headers
        assert {name: sent[name] for name in sent if name.startswith("client")} == {
            "client_id": "app",
            **secret,
        }


def test_odd_characters_survive_basic():
    """Name and secret are written as in a form before Basic (RFC 6749, 2.3.1)."""
    bench, auth = Bench(), OAuth2(TOKEN_URL, "a:b", "c d%ü")

    ran = bench.run(auth.grant(bench.tools()), token_answer())

    assert ran.requests[0].headers["Authorization"] == basic("a%3Ab", "c+d%25%C3%BC")


def test_what_an_answer_leaves_out_stays():
    """A server that does not rotate gives no refresh token, and the old one is used again."""
    bench, auth = Bench(), oauth2(refresh_token=REFRESH)
    first = bench.grant(auth, token_answer(1))

    ran = bench.run(auth.renew(first, bench.tools()), token_answer(2))

    assert form(ran.requests[0])["refresh_token"] == REFRESH


@pytest.mark.parametrize("value", [3600, 3600.0, "3600", "3600.0"])
def test_client_n53_a_lifetime_is_read_as_servers_write_it(value):
    """A number in quotes is a lifetime too."""
    bench, auth = Bench(), oauth2()
    bench.grant(auth, token_answer(1, expires_in=value))

    bench.clock.advance(3500)
    assert authorization(bench.grant(auth)) == "Bearer access-1"
    bench.clock.advance(101)
    assert authorization(bench.grant(auth, token_answer(2))) == "Bearer access-2"


UNREADABLE = [None, "soon", "", -1, 0, True, [], "1e400", "nan", "0x10", "1_000", "٣"]


@pytest.mark.parametrize("value", UNREADABLE, ids=repr)
def test_client_n53_a_lifetime_nobody_can_read_is_none(value):
    """The token is used until an answer refuses it."""
    bench, auth = Bench(), oauth2()
    first = bench.grant(auth, token_answer(1, expires_in=value))

    bench.clock.advance(10**7)

    assert bench.grant(auth) == first


@pytest.mark.parametrize("value", [10**400, "9" * 20, 1e300])
def test_client_n53_a_very_long_life_is_no_error(value):
    """The token is good for ever, as far as we live."""
    bench, auth = Bench(), oauth2()
    first = bench.grant(auth, token_answer(1, expires_in=value))

    bench.clock.advance(10**9)

    assert bench.grant(auth) == first


def test_client_n53_a_missing_lifetime_is_none():
    """RFC 6749 only recommends to tell it."""
    bench, auth = Bench(), oauth2()
    first = bench.grant(auth, token_answer(1))

    bench.clock.advance(10**7)

    assert bench.grant(auth) == first


@pytest.mark.parametrize("skew", [-3600, 0, 3600])
@pytest.mark.parametrize("write", [float, str, timestamp])
def test_client_n53_the_end_of_a_token_is_a_moment_of_the_servers_clock(skew, write):
    """Its ``Date`` says by how much that clock is off."""
    bench, auth = Bench(), oauth2(leeway=0)
    now = bench.clock.now()
    server = now + skew
    body = {"access_token": "a", "expires_at": write(server + 1000)}

    bench.grant(auth, answer(200, body, headers={"Date": http_date(server)}, at=now))

    bench.clock.advance(998)
    assert authorization(bench.grant(auth)) == "Bearer a"
    bench.clock.advance(3)
    assert authorization(bench.grant(auth, token_answer(2))) == "Bearer access-2"


BODIES = [b"", b"null", b"42", b'"x"', b"[]", b"{}", b"<html>", b"\xff", b"[" * 100_000, b"{"]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body[:8].decode("latin-1"))
@pytest.mark.parametrize("status", [200, 400, 502])
def test_client_n55_any_answer_of_a_token_endpoint_is_a_fault(status, body):
    """Whatever comes, the status is kept and no parser's error comes out."""
    bench = Bench()

    ran = bench.run(oauth2().grant(bench.tools()), answer(status, body))

    kinds = {200: AuthenticationError, 400: BadRequestError, 502: Exception}
    assert isinstance(ran.error, kinds[status])
    assert ran.error.status == status
    assert str(ran.error)


@pytest.mark.parametrize("token", ["", "a b", "a\r\nX: y", "ä", 7, None])
def test_client_n55_a_token_that_cannot_be_sent_is_no_token(token):
    """What would break out of its header field never gets there."""
    with pytest.raises(AuthenticationError):
        Bench().grant(oauth2(), answer(200, {"access_token": token}))


PERMANENT = ["invalid_grant", "invalid_client", "unauthorized_client"]


@pytest.mark.parametrize("code", [*PERMANENT, "invalid_request"])
def test_client_n52_a_refusal_that_stays_is_latched(code):
    """The endpoint is asked once; until there are other credentials the answer is known."""
    bench, auth = Bench(), oauth2(refresh_token=REFRESH)

    errors = [bench.run(auth.grant(bench.tools()), refusal(code)).error]
    bench.clock.advance(86_400)
    errors += [bench.run(auth.grant(bench.tools())).error for _ in range(3)]

    assert {type(error) for error in errors} == {ReauthenticationRequiredError}
    assert {error.code for error in errors} == {code}
    assert len({id(error) for error in errors}) == 4
    assert "set_credentials" in errors[0].detail


def test_client_n52_new_credentials_end_the_latch():
    """After a new log-in the same object goes on."""
    bench, auth = Bench(), oauth2(refresh_token=REFRESH)
    bench.run(auth.grant(bench.tools()), refusal("invalid_grant"))

    auth.set_credentials(refresh_token="other")
    ran = bench.run(auth.grant(bench.tools()), token_answer(5))

    assert form(ran.requests[0])["refresh_token"] == "other"
    assert authorization(ran.value) == "Bearer access-5"


def test_client_n52_a_bad_request_is_for_good_only_of_a_refresh():
    """Of a client secret ``invalid_request`` is a mistake in the call, not a spent credential."""
    bench, auth = Bench(), oauth2()

    first = bench.run(auth.grant(bench.tools()), refusal("invalid_request")).error
    bench.clock.advance(5)
    second = bench.run(auth.grant(bench.tools()), token_answer())

    assert isinstance(first, BadRequestError)
    assert second.error is None


def test_client_n52_a_proxy_in_between_latches_nothing():
    """A 401 in HTML is not the token endpoint's word."""
    bench, auth = Bench(), oauth2(refresh_token=REFRESH)
    page = answer(401, b"<html><h1>Proxy log-in</h1>", headers={"Content-Type": "text/html"})

    first = bench.run(auth.grant(bench.tools()), page).error
    bench.clock.advance(5)

    assert isinstance(first, AuthenticationError)
    assert bench.run(auth.grant(bench.tools()), token_answer()).error is None


@pytest.mark.parametrize("code", ["bad_refresh_token", "invalid_refresh_token"])
def test_client_n52_a_refusal_may_come_with_a_200(code):
    """GitHub and Slack refuse a refresh token with a success."""
    bench, auth = Bench(), oauth2(refresh_token=REFRESH)

    ran = bench.run(auth.grant(bench.tools()), refusal(code, 200))

    assert isinstance(ran.error, ReauthenticationRequiredError)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, RateLimitError), (500, InternalServerError), (503, UnavailableError)],
)
def test_client_n55_what_may_pass_is_not_latched(status, kind):
    """When the token endpoint is well again, so is the log-in."""
    bench, auth = Bench(), oauth2(refresh_token=REFRESH)

    first = bench.run(auth.grant(bench.tools()), refusal("server_error", status)).error
    bench.clock.advance(5)

    assert type(first) is kind
    assert bench.run(auth.grant(bench.tools()), token_answer()).error is None


def test_client_n55_no_secret_is_in_an_error():
    """An endpoint that echoes what it was sent gives nothing away."""
    bench, auth = Bench(), oauth2(refresh_token=REFRESH)
    pair = basic("app", SECRET).removeprefix("Basic ")
    echo = f"{SECRET} and {REFRESH} and {pair}"
    body = {"error": "invalid_grant", "error_description": echo, "refresh_token": REFRESH}

    error = bench.run(auth.grant(bench.tools()), answer(400, body)).error

    assert isinstance(error, ReauthenticationRequiredError)
    shown = "".join((str(error), repr(error), repr(error.fault), repr(vars(error)), repr(auth)))
    assert not [each for each in (SECRET, REFRESH, pair) if each in shown]
    assert not [each for each in (SECRET, REFRESH, pair) if each.encode() in pickle.dumps(error)]


def test_tokens_show_nothing_of_themselves():
    """What a callback is given can be logged by accident."""
    tokens = Tokens(access_token=SECRET, refresh_token=REFRESH, expires_at=1.0)

    assert repr(tokens) == str(tokens) == "Tokens(expires_at=1.0, scopes=())"


def test_apinizer_logs_in_below_the_base_url():
    """User name and password travel in the form, under OAuth's names."""
    bench = Bench(Contract.bundled("apinizer"))
    auth = ApinizerLogin("mary", "pass word")

    ran = bench.run(auth.grant(bench.tools()), token_answer(1, expires_in=3600))

    (request,) = ran.requests
    assert str(request.url) == f"{BASE}auth/token"
    assert form(request) == {
        "grant_type": "client_credentials",
        "client_id": "mary",
        "client_secret": "pass word",
    }
    assert authorization(ran.value) == "Bearer access-1"
    assert "pass word" not in repr(auth) + repr(vars(auth))


def test_apinizer_refuses_a_password_for_good():
    """Its word for it is in its contract; a new password ends the latch."""
    contract = Contract.bundled("apinizer")
    bench, auth = Bench(contract), ApinizerLogin("mary", "wrong")
    golden = contract.golden("unauthorized_client")
    refused = answer(golden.status, golden.body)

    error = bench.run(auth.grant(bench.tools()), refused).error
    again = bench.run(auth.grant(bench.tools())).error
    auth.set_credentials(username="mary", password="right")

    assert type(error) is type(again) is ReauthenticationRequiredError
    assert error.code == "unauthorized_client"
    assert bench.run(auth.grant(bench.tools()), token_answer()).error is None
