"""Secrets of endpoints: what webhooks are signed with, and how they are kept and replaced.

The form is that of Standard Webhooks 1.0: ``whsec_`` and the base64 of 24 to 64 bytes. A
database holds secrets only sealed; a rotation leaves the old one signing for a while, so
that receivers can change over without losing a message.
"""

import base64
import binascii
import secrets
from collections.abc import Sequence
from typing import Protocol

import msgspec

from failwell.core.misuse import FailwellError
from failwell.stores.endpoints import Endpoint, EndpointSecret

__all__ = [
    "DAY",
    "LONGEST_OVERLAP",
    "Sealer",
    "first_secret",
    "masked",
    "new_secret",
    "parse_secret",
    "rotated",
    "signing_keys",
]

DAY = 86_400.0
"""How long an old secret goes on signing after a rotation, in seconds, unless said otherwise."""

LONGEST_OVERLAP = 7 * DAY
"""The longest that it may."""

_PREFIX = "whsec_"
_NEW_BYTES = 32
_FEWEST_BYTES, _MOST_BYTES = 24, 64
_LONGEST_TEXT = 100
_MOST_OLD = 2


class Sealer(Protocol):
    """Encrypts secrets for the database, as `failwell.security.encryption.Vault` does."""

    def seal(self, text: str, *, place: str) -> str:
        """Encrypt a text for one place."""
        ...

    def open(self, sealed: str, *, place: str) -> str:
        """Decrypt a text in its place."""
        ...


def new_secret() -> str:
    """Make a new secret from the machine's randomness."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_NEW_BYTES)).decode("ascii")


def parse_secret(text: str) -> bytes:
    """Read the key of a secret; the padding of its base64 may be missing.

    Args:
        text: ``whsec_`` and the base64 of 24 to 64 bytes.

    Raises:
        FailwellError: It is something else; what it is, is not repeated.

    Examples:
        >>> len(parse_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        24
    """
    key = _decoded(text.removeprefix(_PREFIX)) if text.startswith(_PREFIX) else None
    if key is None or not _FEWEST_BYTES <= len(key) <= _MOST_BYTES:
        raise FailwellError(
            f"a webhook secret is {_PREFIX} and the base64 of {_FEWEST_BYTES} to {_MOST_BYTES} "
            "bytes; copy it whole from the answer that created or rotated the webhook"
        )
    return key


def _decoded(text: str) -> bytes | None:
    if len(text) > _LONGEST_TEXT:
        return None
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def masked(secret: str) -> str:
    """Write a secret so that its owner recognises it and nobody can use it.

    Examples:
        >>> masked("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        'whsec_…LaSw'
    """
    return f"{_PREFIX}…{secret[-4:]}" if len(secret) > len(_PREFIX) + _FEWEST_BYTES else _PREFIX


def first_secret(sealer: Sealer, *, endpoint_id: str) -> tuple[str, EndpointSecret]:
    """Make the secret of a new endpoint.

    Returns:
        The secret to show this once, and the same one as the database keeps it.
    """
    secret = new_secret()
    return secret, EndpointSecret(sealed=sealer.seal(secret, place=endpoint_id))


def rotated(
    old: Sequence[EndpointSecret],
    sealer: Sealer,
    *,
    endpoint_id: str,
    now: float,
    overlap: float = DAY,
) -> tuple[str, tuple[EndpointSecret, ...]]:
    """Replace the secret of an endpoint.

    Args:
        old: Its secrets, the newest first. The latest two that still sign go on until `overlap`
            is over, or as long as they had anyway, if that is shorter.
        sealer: What encrypts the new one.
        endpoint_id: The endpoint.
        now: Unix seconds.
        overlap: Seconds, at most `LONGEST_OVERLAP`; with 0 every old secret expires now.

    Returns:
        The new secret, to be shown this once, and all secrets as the database keeps them.

    Raises:
        FailwellError: The overlap is out of range.
    """
    if not 0 <= overlap <= LONGEST_OVERLAP:
        raise FailwellError(f"an overlap has 0 to {LONGEST_OVERLAP:.0f} seconds, not {overlap}")
    secret, kept = first_secret(sealer, endpoint_id=endpoint_id)
    alive = tuple(_ending(each, now + overlap) for each in old if overlap and _signs(each, now))
    return secret, (kept, *alive[:_MOST_OLD])


def _ending(secret: EndpointSecret, at: float) -> EndpointSecret:
    sooner = at if secret.expires_at is None else min(at, secret.expires_at)
    return msgspec.structs.replace(secret, expires_at=sooner)


def _signs(secret: EndpointSecret, now: float) -> bool:
    return secret.expires_at is None or secret.expires_at > now


def signing_keys(endpoint: Endpoint, sealer: Sealer, *, now: float) -> tuple[bytes, ...]:
    """Give the keys that sign for an endpoint now, the newest first.

    Args:
        endpoint: The endpoint.
        sealer: What decrypts its secrets; its errors go through.
        now: Unix seconds.
    """
    return tuple(
        parse_secret(sealer.open(secret.sealed, place=endpoint.id))
        for secret in endpoint.secrets
        if _signs(secret, now)
    )
