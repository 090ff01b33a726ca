"""The form of the ``Authorization`` field: everything that is wrong with it before a look-up.

A bearer token has 32 letters and digits, Basic credentials are Base64 of a certain length.
Length is judged before characters.
"""

import base64
import re

import msgspec

from failwell.core.fault import Location, Violation

__all__ = ["AUTHORIZATION", "Authorization", "authorization_flaws", "parse_authorization"]

AUTHORIZATION = "Authorization"
"""The field."""

_FORM = re.compile(r"([^ ]+) ([^ ]+)")
_TOKEN_LENGTH = 32
_TOKEN = re.compile(r"[0-9A-Za-z]{32}")
_BASIC_SHORTEST, _BASIC_LONGEST = 8, 1024
_BASE64 = re.compile(r"(?:[0-9A-Za-z+/]{4})*(?:[0-9A-Za-z+/]{2}==|[0-9A-Za-z+/]{3}=)?")


class Authorization(msgspec.Struct, frozen=True):
    """The two parts of the field."""

    kind: str
    """The type, in lower case."""

    credentials: str
    """What follows it."""

    def __repr__(self) -> str:
        return f"Authorization({self.kind!r})"

    def login(self) -> tuple[str, str, str] | None:
        """Read e-mail, one-time password and password; ``None`` when they are not all there."""
        try:
            text = base64.b64decode(self.credentials).decode("utf-8")
        except ValueError:
            return None
        parts = text.split(":", 2)
        return (parts[0], parts[1], parts[2]) if len(parts) == 3 else None


def parse_authorization(text: str) -> Authorization | None:
    """Take the field apart; ``None`` when it is not a type, one space and credentials."""
    match = _FORM.fullmatch(text)
    return None if match is None else Authorization(match[1].lower(), match[2])


def authorization_flaws(text: str | None, *, basic: bool) -> tuple[Violation, ...]:
    """List what is wrong with the form of the field: one thing at most.

    Args:
        text: The field; ``None`` when it is absent.
        basic: Whether e-mail and password are wanted, and their form counts.
    """
    code = _flaw(text, basic=basic)
    where = Location((AUTHORIZATION,), "header")
    return () if code is None else (Violation(code=code, location=where),)


def _flaw(text: str | None, *, basic: bool) -> str | None:
    if text is None:
        return "missing_authorization"
    given = parse_authorization(text)
    if given is None:
        return "token_malformed"
    if given.kind == "bearer":
        return _misfit(given.credentials, _TOKEN_LENGTH, _TOKEN_LENGTH, _TOKEN)
    if given.kind == "basic" and basic:
        return _misfit(given.credentials, _BASIC_SHORTEST, _BASIC_LONGEST, _BASE64)
    return None


def _misfit(text: str, shortest: int, longest: int, pattern: re.Pattern[str]) -> str | None:
    if len(text) < shortest:
        return "token_too_short"
    if len(text) > longest:
        return "token_too_long"
    return None if pattern.fullmatch(text) else "token_mismatch"
