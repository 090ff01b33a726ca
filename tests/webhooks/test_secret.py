"""Secrets have one form, lie sealed in the database, and are replaced without a gap."""

import time

import pytest
from standardwebhooks import Webhook

from failwell.core.exceptions import FailwellError
from failwell.security.encryption import DecryptionError
from failwell.stores.endpoints import EndpointSecret
from failwell.webhooks import new_secret, sign, verify
from failwell.webhooks.secret import (
    DAY,
    LONGEST_OVERLAP,
    first_secret,
    masked,
    parse_secret,
    rotated,
    signing_keys,
)
from tests.webhooks.values import NOW, VAULT, make_endpoint

ENDPOINT = "whk_1234567890abcdef"


def rotation(old, *, now=NOW, overlap=DAY):
    return rotated(old, VAULT, endpoint_id=ENDPOINT, now=now, overlap=overlap)


def keys_at(secrets, now):
    endpoint = make_endpoint(id=ENDPOINT, secrets=secrets)
    return signing_keys(endpoint, VAULT, now=now)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZI",
        "whsec_" + "A" * 88,
        "whsec_" + "A" * 100_000,
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS?",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
        "whsec_é" + "A" * 40,
    ],
)
def test_what_is_no_secret_is_refused_without_repeating_it(text):
    """The error says what a secret looks like, and never what was given."""
    with pytest.raises(FailwellError, match="whsec_ and the base64 of 24 to 64 bytes") as caught:
        parse_secret(text)

    assert text.removeprefix("whsec_")[:8] == "" or text[6:] not in str(caught.value)


def test_padding_may_be_missing():
    """Some senders leave the padding of base64 away; the key is the same."""
    secret = new_secret()

    assert secret.endswith("=")
    assert parse_secret(secret.rstrip("=")) == parse_secret(secret)


def test_a_masked_secret_tells_four_characters():
    """List views show enough to recognise a secret and too little to use it."""
    secret = new_secret()

    assert masked(secret) == f"whsec_…{secret[-4:]}"
    assert masked("whsec_short") == "whsec_"


def test_the_database_holds_secrets_sealed():
    """What is stored opens for its endpoint, with the key, and nowhere else."""
    secret, kept = first_secret(VAULT, endpoint_id=ENDPOINT)

    assert secret not in kept.sealed
    assert secret[6:] not in repr(kept)
    assert keys_at((kept,), NOW) == (parse_secret(secret),)
    with pytest.raises(DecryptionError):
        signing_keys(make_endpoint(id="whk_other", secrets=(kept,)), VAULT, now=NOW)


def test_webhooks_w07_both_secrets_sign_during_the_overlap():
    """After a rotation old and new receivers verify, new first; later only new ones."""
    old_secret, kept = first_secret(VAULT, endpoint_id=ENDPOINT)
    secret, secrets = rotation((kept,))
    old, new = parse_secret(old_secret), parse_secret(secret)

    assert keys_at(secrets, NOW + DAY - 1) == (new, old)
    assert keys_at(secrets, NOW + DAY) == (new,)

    now = time.time()
    signature = sign([new, old], event_id="msg_1", timestamp=int(now), body=b"{}")
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now)),
        "webhook-signature": signature,
    }
    assert signature.split(" ")[0] == sign([new], event_id="msg_1", timestamp=int(now), body=b"{}")
    for each in (secret, old_secret):
        assert verify(b"{}", headers, [parse_secret(each)], now=now).id == "msg_1"
        assert Webhook(each).verify(b"{}", headers) == {}


def test_webhooks_w07_the_overlap_can_be_chosen():
    """From nothing, which expires old secrets at once, to seven days; not beyond."""
    _, kept = first_secret(VAULT, endpoint_id=ENDPOINT)

    now_only = rotation((kept,), overlap=0)
    longest = rotation((kept,), overlap=LONGEST_OVERLAP)

    assert keys_at(now_only[1], NOW) == (parse_secret(now_only[0]),)
    assert len(keys_at(longest[1], NOW + 7 * DAY - 1)) == 2
    for overlap in (-1, LONGEST_OVERLAP + 1, float("nan")):
        with pytest.raises(FailwellError, match="0 to 604800 seconds"):
            rotation((kept,), overlap=overlap)


def test_webhooks_w07_at_most_two_old_secrets_live():
    """However often it is rotated, three secrets sign at most, the newest first."""
    secret, kept = first_secret(VAULT, endpoint_id=ENDPOINT)
    made, secrets = [secret], (kept,)

    for _ in range(5):
        secret, secrets = rotation(secrets)
        made.insert(0, secret)

    assert keys_at(secrets, NOW) == tuple(map(parse_secret, made[:3]))
    assert len(secrets) == 3


def test_webhooks_w07_a_second_rotation_never_prolongs_a_life():
    """An old secret ends when it was to end, or sooner."""
    _, kept = first_secret(VAULT, endpoint_id=ENDPOINT)
    _, secrets = rotation((kept,), overlap=3600)
    _, secrets = rotation(secrets, now=NOW + 60, overlap=LONGEST_OVERLAP)
    _, shortened = rotation(secrets, now=NOW + 120, overlap=60)

    assert [each.expires_at for each in secrets] == [None, NOW + 60 + 7 * DAY, NOW + 3600]
    assert [each.expires_at for each in shortened] == [None, NOW + 180, NOW + 180]


def test_webhooks_w07_expired_secrets_are_forgotten():
    """What no longer signs is not kept at the next rotation."""
    expired = EndpointSecret(sealed="v1:x:y", expires_at=NOW)
    _, kept = first_secret(VAULT, endpoint_id=ENDPOINT)

    _, secrets = rotation((kept, expired))

    assert expired.sealed not in {each.sealed for each in secrets}
