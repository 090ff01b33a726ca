"""Signatures: how a receiver knows who sent a webhook, and that nothing was changed.

Standard Webhooks 1.0, version ``v1``: HMAC-SHA256 over id, timestamp and body, joined by dots.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

__all__ = [
    "TOLERANCE",
    "Verified",
    "WebhookHeaders",
    "WebhookVerificationError",
    "sign",
    "signed_headers",
    "verify",
]

TOLERANCE = 300.0
"""Seconds that a webhook may be old, or the sender's clock ahead."""

WebhookHeaders = Mapping[str, str] | Iterable[tuple[str | bytes, str | bytes]]
"""Header fields as any framework gives them; the case of their names does not matter."""

_ID, _TIMESTAMP, _SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
_NEEDED = (_ID, _TIMESTAMP, _SIGNATURE)
# A dot in an id would let an attacker move the border between id, timestamp and body.
_ID_FORM = re.compile(r"[!-\-/-~]{1,255}")
_TIMESTAMP_FORM = re.compile(r"0|[1-9][0-9]{0,11}")
_LONGEST_SIGNATURES = 4096
_VERSION = "v1"


class WebhookVerificationError(Exception):
    """A webhook that cannot be trusted: answer 400 and do nothing it says.

    Args:
        reason: Why, as a word.
        text: Why, as a sentence; it repeats nothing of the webhook.
    """

    def __init__(
        self, reason: Literal["missing", "malformed", "too_old", "too_new", "wrong"], text: str
    ) -> None:
        super().__init__(reason, text)
        self.reason = reason

    def __str__(self) -> str:
        return str(self.args[1])


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What the header fields of a genuine webhook say."""

    id: str
    """The event: the same on every attempt."""

    timestamp: int
    """When this attempt was sent, in Unix seconds."""


def sign(keys: Sequence[bytes], *, event_id: str, timestamp: int, body: bytes) -> str:
    """Sign a webhook with every key of its endpoint.

    Args:
        keys: The keys, the newest first; see `failwell.webhooks.secret.parse_secret`.
        event_id: The event, without a dot.
        timestamp: When this attempt is sent, in whole Unix seconds.
        body: The exact bytes that are sent.

    Returns:
        The value of ``webhook-signature``: one signature for each key, in their order.

    Examples:
        >>> from failwell.webhooks.secret import parse_secret
        >>> key = parse_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        >>> event_id, body = "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}'
        >>> sign([key], event_id=event_id, timestamp=1614265330, body=body)
        'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    content = b"%s.%d.%s" % (event_id.encode("ascii"), timestamp, body)
    return " ".join(f"{_VERSION},{base64.b64encode(_mac(k, content)).decode()}" for k in keys)


def _mac(key: bytes, content: bytes) -> bytes:
    return hmac.digest(key, content, hashlib.sha256)


def signed_headers(
    keys: Sequence[bytes], *, event_id: str, now: float, body: bytes
) -> tuple[tuple[str, str], ...]:
    """Make the three header fields of one attempt.

    Args:
        keys: The keys, the newest first.
        event_id: The event, without a dot.
        now: When this attempt is sent, in Unix seconds.
        body: The exact bytes that are sent.
    """
    signature = sign(keys, event_id=event_id, timestamp=int(now), body=body)
    return (_ID, event_id), (_TIMESTAMP, str(int(now))), (_SIGNATURE, signature)


def verify(
    body: bytes | str,
    headers: WebhookHeaders,
    keys: Sequence[bytes],
    *,
    now: float,
    tolerance: float = TOLERANCE,
) -> Verified:
    """Check that a webhook came from who knows one of the keys, unchanged and just now.

    Args:
        body: The body as it came; what was parsed and written again is something else.
        headers: Header fields of the request.
        keys: Every key that is accepted.
        now: Unix seconds.
        tolerance: Seconds that it may be old or come from the future.

    Raises:
        WebhookVerificationError: It did not, for whatever reason.
    """
    event_id, sent, signatures = _fields(headers)
    timestamp = _checked_timestamp(sent, now=now, tolerance=tolerance)
    if _ID_FORM.fullmatch(event_id) is None:
        raise WebhookVerificationError("malformed", f"{_ID} is not an id without dots")
    data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else bytes(body)
    content = b"%s.%s.%s" % (event_id.encode("ascii"), sent.encode("ascii"), data)
    if not _one_matches(_given(signatures), [_mac(key, content) for key in keys]):
        raise WebhookVerificationError("wrong", f"no signature in {_SIGNATURE} is right")
    return Verified(id=event_id, timestamp=timestamp)


def _fields(headers: WebhookHeaders) -> list[str]:
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    found: dict[str, str] = {}
    for name, value in pairs:
        lower = _text(name).lower()
        if lower in _NEEDED and lower in found:
            raise WebhookVerificationError("malformed", f"{lower} was sent twice")
        found[lower] = _text(value)
    missing = [name for name in _NEEDED if not found.get(name)]
    if missing:
        raise WebhookVerificationError("missing", f"no {' and no '.join(missing)} was sent")
    return [found[name] for name in _NEEDED]


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _checked_timestamp(text: str, *, now: float, tolerance: float) -> int:
    if _TIMESTAMP_FORM.fullmatch(text) is None:
        raise WebhookVerificationError("malformed", f"{_TIMESTAMP} is not whole Unix seconds")
    if now - int(text) > tolerance:
        raise WebhookVerificationError("too_old", f"it was sent over {tolerance:g} seconds ago")
    if int(text) - now > tolerance:
        raise WebhookVerificationError("too_new", "it comes from the future: check the clocks")
    return int(text)


def _given(text: str) -> list[bytes]:
    if len(text) > _LONGEST_SIGNATURES:
        raise WebhookVerificationError("malformed", f"{_SIGNATURE} is too long")
    words = [word.partition(",") for word in text.split(" ")]
    # Versions to come are no concern of ours (Standard Webhooks 1.0, "Signature scheme").
    found = [_decoded(value) for version, _, value in words if version == _VERSION]
    if not found:
        raise WebhookVerificationError("malformed", f"{_SIGNATURE} has no {_VERSION} signature")
    return [each for each in found if each is not None]


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _one_matches(given: Iterable[bytes], expected: Sequence[bytes]) -> bool:
    # Every pair is compared, so the time tells nothing about which key or signature fits.
    return sum(hmac.compare_digest(one, other) for one in given for other in expected) > 0
