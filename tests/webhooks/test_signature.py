"""Signatures are those of Standard Webhooks, and everything else is refused in one way."""

import base64
import hashlib
import hmac
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from failwell.webhooks import WebhookVerificationError, new_secret, sign, verify
from failwell.webhooks.secret import parse_secret
from failwell.webhooks.signature import signed_headers

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = parse_secret(SECRET)
ID, BODY, SENT = "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', 1614265330
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
HEADERS = {"webhook-id": ID, "webhook-timestamp": str(SENT), "webhook-signature": SIGNATURE}
UNSIGNED = b'{"test": 2432232315}'

header_text = (
    st.text(max_size=60) | st.text("v1,= +/A9.", max_size=60) | st.sampled_from([*HEADERS.values()])
)


def refused(body=BODY, headers=HEADERS, keys=(KEY,), now=SENT):
    with pytest.raises(WebhookVerificationError) as caught:
        verify(body, headers, keys, now=now)
    return caught.value.reason


def test_webhooks_w03_header_fields_name_event_and_attempt():
    """Id and whole seconds of the attempt stand beside the signature."""
    headers = dict(signed_headers([KEY], event_id=ID, now=SENT + 0.9, body=BODY))

    assert headers == HEADERS


def test_webhooks_w04_the_published_vector():
    """The signature of the specification's example is the specification's."""
    assert sign([KEY], event_id=ID, timestamp=SENT, body=BODY) == SIGNATURE


@given(
    body=st.binary(max_size=300).map(lambda data: b'"%s"' % data.hex().encode()),
    event_id=st.from_regex(r"msg_[A-Za-z0-9_]{1,40}", fullmatch=True),
    key=st.binary(min_size=24, max_size=64),
)
def test_webhooks_w04_the_reference_library_accepts_what_we_sign(body, event_id, key):
    """Any body, id and key: `standardwebhooks` verifies the signature."""
    now = time.time()
    headers = dict(signed_headers([key], event_id=event_id, now=now, body=body))

    secret = "whsec_" + base64.b64encode(key).decode()
    Webhook(secret).verify(body, headers, json_parse=False)


def test_webhooks_w04_every_endpoint_has_a_key_of_its_own():
    """New secrets have 32 random bytes, and no two are alike."""
    made = {new_secret() for _ in range(100)}

    assert len(made) == 100
    assert {len(parse_secret(each)) for each in made} == {32}


def test_webhooks_w05_a_genuine_webhook_is_accepted():
    """Whatever the framework's form of header fields, event and moment come back."""
    upper = {name.title(): value for name, value in HEADERS.items()}
    pairs = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    for headers in (HEADERS, upper, pairs, {**HEADERS, "webhook-signature": f"v2,x {SIGNATURE}"}):
        found = verify(BODY, headers, [KEY], now=SENT)
        assert (found.id, found.timestamp) == (ID, SENT)
    assert verify(BODY.decode(), HEADERS, [KEY], now=SENT).id == ID


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("value", [None, ""], ids=["absent", "empty"])
def test_webhooks_w05_a_missing_field_is_refused(name, value):
    """Without one of the three fields nothing is trusted."""
    rest = {each: text for each, text in HEADERS.items() if each != name}

    assert refused(headers=rest if value is None else {**rest, name: value}) == "missing"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook-id", "msg.1"),
        ("webhook-id", "msg 1"),
        ("webhook-id", "m" * 256),
        ("webhook-id", "msg_\u0441"),
        ("webhook-timestamp", "now"),
        ("webhook-timestamp", "1614265330.0"),
        ("webhook-timestamp", "+1614265330"),
        ("webhook-timestamp", " 1614265330"),
        ("webhook-timestamp", "1614265330\n"),
        ("webhook-timestamp", "１６１４２６５３３０"),
        ("webhook-timestamp", "1e9"),
        ("webhook-timestamp", "9" * 5000),
        ("webhook-signature", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ("webhook-signature", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ("webhook-signature", " ".join([SIGNATURE] * 100)),
    ],
)
def test_webhooks_w05_a_malformed_field_is_refused(name, value):
    """What has no form we know is refused as such, never with another exception."""
    assert refused(headers={**HEADERS, name: value}) == "malformed"


def test_webhooks_w05_a_field_sent_twice_is_refused():
    """Two ids, timestamps or signatures are a contradiction, not a choice."""
    for name, value in HEADERS.items():
        assert refused(headers=[*HEADERS.items(), (name.upper(), value)]) == "malformed"


@pytest.mark.parametrize(
    "signature", ["v1,", "v1,?", "v1", "v1,v1,v1", "v1,é", "v1," + "A" * 43 + "=", SIGNATURE[:-4]]
)
def test_webhooks_w05_a_wrong_signature_is_refused(signature):
    """Signatures that are cut, empty, no base64 or of somebody else do not count."""
    assert refused(headers={**HEADERS, "webhook-signature": signature}) == "wrong"


def test_webhooks_w05_nothing_signed_can_be_changed():
    """Another body, id, moment or key makes the signature wrong."""
    later = {**HEADERS, "webhook-timestamp": str(SENT + 1)}

    assert refused(body=UNSIGNED) == "wrong"
    assert refused(headers={**HEADERS, "webhook-id": f"{ID}x"}) == "wrong"
    assert refused(headers=later) == "wrong"
    assert refused(keys=[parse_secret(new_secret())]) == "wrong"
    assert refused(keys=[]) == "wrong"


def test_webhooks_w05_the_border_between_id_and_body_cannot_be_moved():
    """Bytes that were signed as one webhook are not accepted as another one."""
    content = b"msg_a.1614265330.1614265330.{}"
    mac = base64.b64encode(hmac.digest(KEY, content, hashlib.sha256)).decode()
    sent = {"webhook-timestamp": str(SENT), "webhook-signature": f"v1,{mac}"}

    assert verify(b"1614265330.{}", {**sent, "webhook-id": "msg_a"}, [KEY], now=SENT).id == "msg_a"
    assert refused(body=b"{}", headers={**sent, "webhook-id": "msg_a.1614265330"}) == "malformed"


def test_webhooks_w05_only_what_was_sent_just_now_counts():
    """Up to 300 seconds old or ahead is accepted, one more is not."""
    assert verify(BODY, HEADERS, [KEY], now=SENT + 300).timestamp == SENT
    assert verify(BODY, HEADERS, [KEY], now=SENT - 300).timestamp == SENT

    assert refused(now=SENT + 301) == "too_old"
    assert refused(now=SENT - 301) == "too_new"


@given(
    headers=st.dictionaries(st.sampled_from(list(HEADERS)), header_text),
    body=st.one_of(st.binary(max_size=50), st.text(max_size=50)),
)
def test_webhooks_w05_whatever_comes_there_is_one_typed_error(headers, body):
    """Random fields and bodies: refused with a reason, and no other exception."""
    assert refused(body=body, headers=headers) in {"missing", "malformed", "too_old", "wrong"}


def test_webhooks_w05_the_error_repeats_nothing_of_the_webhook():
    """Its text is a sentence of ours: a log may hold it."""
    canary = "canary_7f3a"

    for name in HEADERS:
        with pytest.raises(WebhookVerificationError) as caught:
            verify(BODY, {**HEADERS, name: canary}, [KEY], now=SENT)
        assert canary not in str(caught.value)
        assert canary not in repr(caught.value)


def test_webhooks_w06_a_retry_refreshes_timestamp_and_signature_only():
    """Two attempts of one event: same id, another moment, another signature, both genuine."""
    first = dict(signed_headers([KEY], event_id=ID, now=SENT, body=BODY))
    second = dict(signed_headers([KEY], event_id=ID, now=SENT + 5, body=BODY))

    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-timestamp"] != second["webhook-timestamp"]
    assert first["webhook-signature"] != second["webhook-signature"]
    for headers in (first, second):
        assert verify(BODY, headers, [KEY], now=SENT + 5).id == ID
