"""Random keys of a documented pattern, and hashes to store instead of them."""

import contextlib
import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path

import msgspec

from failwell.core.exceptions import FailwellError

__all__ = ["HEX", "KeyPattern", "digest", "load_signing_key", "random_id", "same"]

HEX = "0123456789abcdef"
"""The digits of most identifiers."""

_SIGNING_KEY_BYTES = 32


class KeyPattern(msgspec.Struct, frozen=True):
    """How the keys of one kind look: a prefix and random characters.

    Examples:
        >>> pattern = KeyPattern("cx_", 32)
        >>> pattern.matches("cx_" + "0" * 32), pattern.matches("cx_0")
        (True, False)
    """

    prefix: str
    """What every key begins with."""

    length: int
    """How many random characters follow."""

    alphabet: str = HEX
    """What they are drawn from."""

    def generate(self) -> str:
        """Make a new key from the machine's randomness."""
        return self.prefix + "".join(secrets.choice(self.alphabet) for _ in range(self.length))

    def matches(self, text: str) -> bool:
        """Whether a text has the form of such a key; most wrong ones end here, unsearched."""
        pattern = f"{re.escape(self.prefix)}[{re.escape(self.alphabet)}]{{{self.length}}}"
        return re.fullmatch(pattern, text) is not None


def random_id(prefix: str) -> str:
    """Make an identifier: the prefix and 16 hexadecimal digits."""
    return prefix + secrets.token_hex(8)


def digest(secret: str, *, key: bytes = b"failwell") -> str:
    """Hash a random secret for storage; not for passwords, which people choose.

    Args:
        secret: A long random text; one fast hash of it cannot be guessed back.
        key: Keeps hashes of different uses apart.
    """
    return hmac.new(key, secret.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def same(given: str, stored: str) -> bool:
    """Compare two secrets in a time that tells nothing about where they differ."""
    return hmac.compare_digest(
        given.encode("utf-8", "surrogatepass"), stored.encode("utf-8", "surrogatepass")
    )


def load_signing_key(path: str | os.PathLike[str]) -> bytes:
    """Read the key of a file, or make file (mode 0600) and key when there is none.

    Two processes that start together end up with the same key.

    Raises:
        FailwellError: The file holds something else.
    """
    place = Path(path)
    with contextlib.suppress(FileExistsError):
        _place_key(place)
    text = place.read_text("ascii", "replace").strip()
    if not re.fullmatch(f"[0-9a-f]{{{2 * _SIGNING_KEY_BYTES}}}", text):
        raise FailwellError(
            f"{place} is not a signing key (64 hexadecimal digits); restore it, or remove it "
            "to make a new one, which ends every token signed so far"
        )
    return bytes.fromhex(text)


def _place_key(place: Path) -> None:
    if place.exists():
        return
    draft = place.with_name(f".{place.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(_SIGNING_KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A link is there whole or not at all, and never takes the place of another key.
        os.link(draft, place)
    finally:
        draft.unlink()
