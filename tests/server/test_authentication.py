"""Keys and signed tokens: who gets in, and what the others are told apart by."""

import pytest

from failwell.core.exceptions import AuthenticationError
from failwell.core.situation import Situation
from failwell.security.keys import KeyPattern
from failwell.security.tokens import SignedTokens
from failwell.server.authentication import KeyAuthenticator, TokenAuthenticator, bearer
from failwell.server.headers import Headers
from failwell.stores.accounts import AccountStore
from failwell.stores.credentials_sql import SqlCredentialStore
from failwell.stores.database import Database
from failwell.stores.issuing import issue_signed_token
from failwell.stores.tables import MIGRATIONS
from failwell.testing import FakeClock

PATTERN = KeyPattern("lib_", 20)


@pytest.fixture
def clock():
    """A clock that the test moves."""
    return FakeClock()


@pytest.fixture
async def credentials(tmp_path, clock):
    """A credential store with one tenant in it."""
    database = Database(tmp_path / "failwell.db", migrations=MIGRATIONS)
    database.migrate()
    await AccountStore(database, clock=clock).ensure_tenant("T", api="library", tenant_id="t_1")
    yield SqlCredentialStore(database, clock=clock)
    await database.close()


@pytest.fixture
def keys(credentials, clock):
    """Lets callers with a key in."""
    return KeyAuthenticator(
        credentials, api="library", header="X-Key", matches=PATTERN.matches, clock=clock
    )


@pytest.fixture
def signer(clock):
    """Signs tokens of the API."""
    return SignedTokens(b"k" * 32, issuer="library", clock=clock)


@pytest.fixture
def tokens(credentials, signer, clock):
    """Lets callers with a token in."""
    return TokenAuthenticator(credentials, api="library", tokens=signer, clock=clock, per_user=True)


async def new_key(credentials, **more):
    issued = await credentials.issue(
        PATTERN.generate(),
        credential_id="key_1",
        api="library",
        kind=more.pop("kind", "api-key"),
        tenant_id="t_1",
        **more,
    )
    return issued.secret


async def new_token(credentials, signer, clock, **more):
    issued = await issue_signed_token(
        credentials,
        signer,
        token_id="tok_1",
        api="library",
        kind="access-token",
        tenant_id="t_1",
        user_id=None,
        scopes=("read",),
        clock=clock,
        **{"lifetime": 60, **more},
    )
    return issued.secret


async def refused(authenticator, **headers):
    """The situation and the reason of a refusal."""
    fields = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    with pytest.raises(AuthenticationError) as caught:
        await authenticator.authenticate(Headers(fields), accepted=())
    return caught.value.situation, caught.value.params.get("reason")


async def test_a_key_opens(credentials, keys):
    """A good key gives the principal it was issued for, with a quota of its own."""
    secret = await new_key(credentials, scopes=("read",), environment="live", plan="pro")

    found = await keys.authenticate(Headers([(b"x-key", secret.encode())]), accepted=("api_key",))

    assert (found.id, found.kind, found.tenant) == ("key_1", "api_key", "t_1")
    assert (found.scopes, found.environment, found.plan) == (("read",), "live", "pro")
    assert found.partition == "library:api_key:key_1"


async def test_a_key_that_does_not_open_says_why_to_the_log_only(credentials, keys, clock):
    """Absent, malformed, unknown, of another kind, expired and revoked keys are told apart."""
    bad = Situation.BAD_CREDENTIALS
    assert await refused(keys) == (Situation.NO_CREDENTIALS, None)
    assert await refused(keys, x_key="lib_short") == (bad, "malformed")
    assert await refused(keys, x_key=PATTERN.generate()) == (bad, "unknown")
    other = await new_key(credentials, kind="other-key")
    assert await refused(keys, x_key=other) == (bad, "unknown")


async def test_expired_and_revoked_keys(credentials, keys, clock):
    """A key ends at its moment, or when it is taken back; revoked is the stronger word."""
    secret = await new_key(credentials, expires_at=clock.now() + 10)
    clock.advance(10)
    assert await refused(keys, x_key=secret) == (Situation.EXPIRED_CREDENTIALS, None)

    await credentials.revoke("key_1")
    assert await refused(keys, x_key=secret) == (Situation.BAD_CREDENTIALS, "revoked")


async def test_a_token_opens_until_it_ends(credentials, tokens, signer, clock):
    """A signed and noted token opens; after its end it is expired, not bad."""
    secret = await new_token(credentials, signer, clock)
    headers = Headers([(b"authorization", f"Bearer {secret}".encode())])

    assert (await tokens.authenticate(headers, accepted=())).scopes == ("read",)
    clock.advance(60)
    assert await refused(tokens, authorization=f"Bearer {secret}") == (
        Situation.EXPIRED_CREDENTIALS,
        None,
    )


async def test_a_token_without_a_lifetime_lasts(credentials, tokens, signer, clock):
    """A token that nobody gave an end works after years, until it is revoked."""
    secret = await new_token(credentials, signer, clock, lifetime=None)
    headers = Headers([(b"authorization", f"Bearer {secret}".encode())])

    clock.advance(50 * 31_536_000)

    assert (await tokens.authenticate(headers, accepted=())).id == "tok_1"
    assert (await credentials.get("tok_1")).expires_at is None
    await credentials.revoke("tok_1")
    assert await refused(tokens, authorization=f"Bearer {secret}") == (
        Situation.BAD_CREDENTIALS,
        "revoked",
    )


async def test_tokens_that_do_not_open(credentials, tokens, signer, clock):
    """Without Bearer, forged, never noted, and revoked ones are refused."""
    bad = Situation.BAD_CREDENTIALS
    forged = SignedTokens(b"x" * 32, issuer="library", clock=clock).issue("u", lifetime=60)
    unknown = signer.issue("u", lifetime=60)
    assert await refused(tokens) == (Situation.NO_CREDENTIALS, None)
    assert await refused(tokens, authorization="Token a.b.c") == (bad, "malformed")
    assert await refused(tokens, authorization="Bearer a.b.c") == (bad, "malformed")
    assert await refused(tokens, authorization=f"Bearer {forged}") == (bad, "forged")
    assert await refused(tokens, authorization=f"Bearer {unknown}") == (bad, "unknown")

    secret = await new_token(credentials, signer, clock)
    await credentials.revoke("tok_1")
    assert await refused(tokens, authorization=f"Bearer {secret}") == (bad, "revoked")


@pytest.mark.parametrize(
    ("field", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc==", "abc=="),
        ("Bearer", None),
        ("Bearer a b", None),
        ("Basic abc", None),
        ("Bearer abc\n", None),
    ],
)
def test_bearer_is_one_word_and_one_token(field, token):
    """Anything but the scheme, blanks and one token68 is no bearer token (RFC 6750, 2.1)."""
    assert bearer(field) == token
