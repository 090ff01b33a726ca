"""Keys and ready-made tokens go where the contract says, and are never renewed."""

import pytest

from failwell.client.auth import ApiKey, Bearer, Grant
from failwell.client.auth.refusal import asks_for_new_token
from failwell.core.contract import Contract
from tests.client.auth_steps import Bench

KEY = "sk-planted-9f8e7d"


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("connix", "X-API-Key", KEY),
        ("connxt", "X-SECRET-TOKEN", KEY),
        ("agenthuman", "x-api-key", KEY),
        ("apinizer", "Authorization", f"Bearer {KEY}"),
        ("ixon", "Authorization", f"Bearer {KEY}"),
        ("rfc9457", "Authorization", f"Bearer {KEY}"),
    ],
)
def test_a_key_goes_where_the_contract_says(name, field, value):
    """Each API gets its key in its own field, written its own way."""
    given = Bench(Contract.bundled(name)).grant(ApiKey(KEY))

    assert given == Grant(headers={field: value}, secrets=(KEY,))


def test_a_key_without_a_contract_is_a_bearer_token():
    """Where nothing is known the most usual place is taken."""
    assert Bench().grant(ApiKey(KEY)).headers == {"Authorization": f"Bearer {KEY}"}


def test_a_named_header_wins():
    """Who names the field gets that field and the key as it is."""
    given = Bench(Contract.bundled("apinizer")).grant(ApiKey(KEY, header="X-Other"))

    assert given.headers == {"X-Other": KEY}


@pytest.mark.parametrize(("where", "member"), [("query", "params"), ("cookie", "cookies")])
def test_a_key_may_go_elsewhere_than_into_a_header(where, member):
    """Query parameters and cookies are places too."""
    text = f"""
contract: 1
api: {{name: Other}}
envelope: {{code: $code}}
auth: {{in: {where}, name: key}}
codes:
  gone: {{status: 404, says: It is gone.}}
answers: {{crash: gone}}
"""
    try:
        contract = Contract.loads(text)
    except Exception as error:
        pytest.fail(str(error))

    assert getattr(Bench(contract).grant(ApiKey(KEY)), member) == {"key": KEY}


def test_a_ready_token_is_a_bearer_token_in_every_contract():
    """Connix takes keys and tokens in different fields."""
    given = Bench(Contract.bundled("connix")).grant(Bearer(KEY))

    assert given.headers == {"Authorization": f"Bearer {KEY}"}


@pytest.mark.parametrize("auth", [ApiKey(KEY), Bearer(KEY)])
def test_nothing_renews_what_somebody_else_made(auth):
    """A refused key stays refused; and no text shows it."""
    bench = Bench()
    given = bench.grant(auth)

    assert bench.renew(auth, given) is None
    assert KEY not in repr(auth) + str(auth) + repr(given)


BEARER = "WWW-Authenticate"


@pytest.mark.parametrize(
    ("status", "headers", "asks"),
    [
        (401, {BEARER: 'Bearer error="invalid_token"'}, True),
        (401, {"www-authenticate": 'Basic realm="a", Bearer realm="b", error=invalid_token'}, True),
        (401, {BEARER: 'DPoP error="invalid_token"'}, True),
        (401, {BEARER: 'Bearer realm="api"'}, False),
        (401, {BEARER: 'Bearer error="insufficient_scope", scope="invalid_token"'}, False),
        (401, {BEARER: "Bearer error="}, False),
        (401, {}, False),
        (403, {BEARER: 'Bearer error="insufficient_scope"'}, False),
        (403, {BEARER: 'Bearer error="invalid_token"'}, False),
        (400, {BEARER: 'Bearer error="invalid_token"'}, False),
        (500, {BEARER: 'Bearer error="invalid_token"'}, False),
    ],
)
def test_client_n49_only_a_refused_token_asks_for_a_new_one(status, headers, asks):
    """A 401 without a known word, a 403 and missing rights renew nothing."""
    assert asks_for_new_token(status, headers.items()) is asks


@pytest.mark.parametrize("name", ["connix", "connxt", "agenthuman", "apinizer", "ixon", "rfc9457"])
def test_client_n49_the_contract_has_the_last_word(name):
    """Of a code that is known its retry class decides, whatever the challenge says."""
    contract = Contract.bundled(name)
    challenge = [("WWW-Authenticate", 'Bearer error="invalid_token"')]

    for entry in contract.codes.values():
        wanted = entry.retry == "after_login"
        assert asks_for_new_token(401, challenge, entry) is wanted
        assert not asks_for_new_token(403, challenge, entry)
