"""Time-based one-time passwords (RFC 6238), as an authenticator app shows them."""

import base64
import binascii
import hmac
import struct

from failwell.core.exceptions import FailwellError

__all__ = ["STEP_SECONDS", "totp", "totp_key"]

STEP_SECONDS = 30
"""How long a code is shown."""


def totp_key(secret: str) -> bytes:
    """Read the secret of an authenticator app: Base32, spaces and case as they come.

    Raises:
        FailwellError: It is no Base32.
    """
    text = secret.replace(" ", "").upper().rstrip("=")
    try:
        return base64.b32decode(text + "=" * (-len(text) % 8))
    except binascii.Error:
        raise FailwellError("the one-time password's secret is no Base32 text") from None


def totp(key: bytes, step: int) -> str:
    """Make the code of a step, six digits (RFC 4226, 5.3).

    Args:
        key: As `totp_key` reads it.
        step: Unix seconds divided by `STEP_SECONDS`.

    Examples:
        >>> totp(b"12345678901234567890", 1)
        '287082'
    """
    mac = hmac.digest(key, struct.pack(">Q", step), "sha1")
    at = mac[-1] & 0xF
    number = struct.unpack(">I", mac[at : at + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"
