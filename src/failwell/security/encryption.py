"""Encryption at rest: texts that a database keeps and only the holder of a key can read.

AES-256-GCM (NIST SP 800-38D) with a random nonce for each text. A text is bound to the
place it is kept in, so that a row copied over another one does not open, and it names
the key it was sealed with, so that another key is told from a damaged text.
"""

import base64
import binascii
import hashlib
import os
import re
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from failwell.core.exceptions import FailwellError
from failwell.security.keys import load_signing_key

__all__ = ["DecryptionError", "OtherKeyError", "Vault", "load_encryption_key", "parse_key"]

_VERSION: Final = "v1"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16
_KEY_TEXT = re.compile(r"[0-9a-fA-F]{64}")


class DecryptionError(Exception):
    """A sealed text that cannot be opened; the text of the error holds nothing of it."""


class OtherKeyError(DecryptionError):
    """A text that was sealed with another key than the one at hand."""


def parse_key(text: str) -> bytes:
    """Read a key that an operator chose.

    Args:
        text: 64 hexadecimal digits.

    Raises:
        FailwellError: It is something else; what it is, is not repeated.
    """
    if _KEY_TEXT.fullmatch(text.strip()) is None:
        raise FailwellError(
            "an encryption key has 64 hexadecimal digits; make one with: openssl rand -hex 32"
        )
    return bytes.fromhex(text.strip())


def load_encryption_key(path: str | os.PathLike[str]) -> bytes:
    """Read the key of a file, or make file (mode 0600) and key when there is none.

    Raises:
        FailwellError: The file holds something else.
    """
    try:
        return load_signing_key(path)
    except FailwellError as error:
        raise FailwellError(
            f"{path} is not an encryption key (64 hexadecimal digits); restore it: "
            "without it nothing that was encrypted can be read again"
        ) from error


class Vault:
    """Seals and opens texts with one key.

    Args:
        key: 32 random bytes.

    Raises:
        FailwellError: The key has another length.

    Examples:
        >>> vault = Vault(bytes(32))
        >>> vault.open(vault.seal("my secret", place="row 1"), place="row 1")
        'my secret'
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise FailwellError(f"an encryption key has {_KEY_BYTES} bytes, not {len(key)}")
        self._cipher = AESGCM(key)
        # Enough to tell keys apart, and a one-way street to the key itself.
        self._name = hashlib.sha256(b"failwell encryption key\0" + key).hexdigest()[:16]

    def seal(self, text: str, *, place: str) -> str:
        """Encrypt a text for one place.

        Args:
            text: What nobody else may read.
            place: Where it will be kept, such as the id of its row; it opens nowhere else.

        Returns:
            ``v1:<name of the key>:<nonce and ciphertext in base64url>``.
        """
        nonce = secrets.token_bytes(_NONCE_BYTES)
        secret = text.encode("utf-8", "surrogatepass")
        sealed = nonce + self._cipher.encrypt(nonce, secret, self._bound(place))
        return f"{_VERSION}:{self._name}:{base64.urlsafe_b64encode(sealed).decode('ascii')}"

    def open(self, sealed: str, *, place: str) -> str:
        """Decrypt a text in its place.

        Args:
            sealed: What `seal` returned.
            place: The place it was sealed for.

        Raises:
            OtherKeyError: It was sealed with another key.
            DecryptionError: It was changed, belongs to another place, or was never sealed.
        """
        data = self._unwrapped(sealed)
        nonce, secret = data[:_NONCE_BYTES], data[_NONCE_BYTES:]
        try:
            text = self._cipher.decrypt(nonce, secret, self._bound(place))
        except InvalidTag:
            raise DecryptionError("the text was changed, or belongs to another place") from None
        return text.decode("utf-8", "surrogatepass")

    def _unwrapped(self, sealed: str) -> bytes:
        version, name, data = [*sealed.split(":"), "", ""][:3]
        if version != _VERSION:
            raise DecryptionError(f"the text is not of a form this version knows ({_VERSION})")
        if name != self._name:
            raise OtherKeyError("the text was sealed with another key; start with that one")
        try:
            found = base64.b64decode(data, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            found = b""
        if len(found) < _NONCE_BYTES + _TAG_BYTES:
            raise DecryptionError("the text is cut off or damaged")
        return found

    def _bound(self, place: str) -> bytes:
        return f"{_VERSION}:{self._name}:{place}".encode("utf-8", "surrogatepass")
