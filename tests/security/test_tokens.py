"""Signed tokens: ours or forged, running or over, and nothing in between."""

import base64
import json

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.security.tokens import SignedTokens, TokenError
from failwell.testing import FakeClock

KEY = bytes(range(32))


@pytest.fixture
def clock():
    """A clock that stands still."""
    return FakeClock()


@pytest.fixture
def tokens(clock):
    """The tokens of one API."""
    return SignedTokens(KEY, issuer="connix", clock=clock)


def reason(tokens, token):
    with pytest.raises(TokenError) as refused:
        tokens.read(token)
    return refused.value.reason


def test_token_says_what_was_put_in(tokens, clock):
    """What is signed comes back, with a name of its own."""
    token = tokens.issue("user_1", lifetime=60, claims={"scopes": ["a"]}, token_id="t1")

    read = tokens.read(token)

    assert (read.id, read.subject, read.claims) == ("t1", "user_1", {"scopes": ["a"]})
    assert (read.issued_at, read.expires_at) == (clock.now(), clock.now() + 60)


def test_tokens_have_different_names(tokens):
    """Two tokens of the same content can be told apart and revoked apart."""
    first, second = (tokens.read(tokens.issue("u", lifetime=60)).id for _ in range(2))

    assert first != second


def test_token_ends_at_its_moment(tokens, clock):
    """It works until its end, and then says when that was."""
    token = tokens.issue("u", lifetime=1.5)
    ends = clock.now() + 1.5
    clock.advance(1.4)
    assert tokens.read(token)

    clock.advance(0.2)

    with pytest.raises(TokenError) as over:
        tokens.read(token)
    assert (over.value.reason, over.value.expired_at) == ("expired", ends)


def test_forged_and_expired_is_forged(clock):
    """Only a genuine token may say that it has expired."""
    other = SignedTokens(b"x" * 32, issuer="connix", clock=clock)
    token = other.issue("u", lifetime=1)
    clock.advance(2)

    assert reason(SignedTokens(KEY, issuer="connix", clock=clock), token) == "forged"


def test_token_of_another_api_is_forged(tokens, clock):
    """APIs that share a key do not accept each other's tokens."""
    token = SignedTokens(KEY, issuer="apinizer", clock=clock).issue("u", lifetime=60)

    assert reason(tokens, token) == "forged"


def part(content):
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("algorithm", ["none", "None", "HS512", "RS256", "", None, 7])
def test_other_algorithms_open_nothing(tokens, clock, algorithm):
    """A token does not choose how it is checked."""
    claims = {"iss": "connix", "sub": "u", "jti": "t", "iat": 1, "exp": clock.now() + 60}
    token = f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(claims)}."

    assert reason(tokens, token) in {"forged", "malformed"}


@pytest.mark.parametrize("missing", ["iss", "sub", "jti", "iat", "exp"])
def test_token_without_a_needed_claim_is_forged(tokens, clock, missing):
    """Signed by our key but not made here: a token that never ends is none of ours."""
    claims = {"iss": "connix", "sub": "u", "jti": "t", "iat": 1, "exp": clock.now() + 60}
    del claims[missing]

    assert reason(tokens, jwt.encode(claims, KEY, algorithm="HS256")) == "forged"


@pytest.mark.parametrize(
    "token", ["", "x", "a.b", "a.b.c", "..", "\ud800", "\u00e9.\u00e9.\u00e9", "." * 9]
)
def test_no_token_at_all_is_malformed(tokens, token):
    """Texts that are no token say so, and crash nothing."""
    assert reason(tokens, token) == "malformed"


@given(st.text())
def test_any_text_is_read_or_refused(text):
    """Whatever is sent in place of a token has one of the three reasons."""
    assert reason(SignedTokens(KEY, issuer="connix"), text) in {"malformed", "forged"}


@given(
    position=st.integers(0), letter=st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh01234567-_.")
)
def test_one_changed_letter_is_noticed(position, letter):
    """A token with another letter anywhere opens nothing."""
    tokens = SignedTokens(KEY, issuer="connix", clock=FakeClock())
    token = tokens.issue("user_1", lifetime=60, token_id="t")
    place = position % (len(token) - 1)  # The last letter has bits that mean nothing.
    changed = token[:place] + letter + token[place + 1 :]

    assert changed == token or reason(tokens, changed) in {"malformed", "forged"}


def test_refusal_does_not_repeat_the_token(tokens):
    """The text of an error may be logged."""
    with pytest.raises(TokenError) as refused:
        tokens.read("canary.canary.canary")

    assert "canary" not in str(refused.value)
