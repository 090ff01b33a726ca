"""Challenges: what ``WWW-Authenticate`` says about how to be let in (RFC 9110, 11.6.1)."""

import re
from collections.abc import Mapping

import msgspec

__all__ = ["Challenge", "format_challenge", "parse_challenges"]

_LONGEST_FIELD = 16_384
_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
_SEPARATORS = re.compile(r"[ \t,]*+")
_SCHEME = re.compile(rf"({_NAME})(?=[ \t,]|\Z)")
_TOKEN68 = re.compile(r"[ \t]++([0-9A-Za-z._~+/-]++=*+)[ \t]*+(?=,|\Z)")
_PARAM = re.compile(
    rf'[ \t]*+({_NAME})[ \t]*+=[ \t]*+(?:"((?>(?:[^"\\]|\\.)*))"|({_NAME}))', re.DOTALL
)
_NOT_NAME = re.compile(r"[^!#$%&'*+.^_`|~0-9A-Za-z-]")
_NOT_TEXT = re.compile(r"[^\t -~]")
_OPAQUE = re.compile(r"[0-9A-Za-z._~+/-]++=*+")
_NOTHING: Mapping[str, str] = {}


class Challenge(msgspec.Struct, frozen=True):
    """One way to be let in: a scheme with parameters, or with one opaque token."""

    scheme: str
    """``Bearer``, ``Basic``, ``ApiKey``; compared without regard to case."""

    params: Mapping[str, str] = _NOTHING
    """Parameters by name, the names in lower case."""

    token68: str | None = None
    """The opaque token of schemes such as ``Negotiate``."""


def parse_challenges(value: str) -> tuple[Challenge, ...]:
    """Parse all challenges of a ``WWW-Authenticate`` field, in order.

    A part that cannot be read is skipped up to the next comma; of a parameter given twice
    the first counts.

    Args:
        value: The field value, several fields joined by commas. Beyond 16 kB it says nothing.
    """
    challenges: list[Challenge] = []
    at = 0
    while len(value) <= _LONGEST_FIELD and (at := _end(_SEPARATORS, value, at)) < len(value):
        scheme = _SCHEME.match(value, at)
        if scheme is None:
            at = _after_comma(value, at)
            continue
        token68 = _TOKEN68.match(value, scheme.end())
        if token68 is not None:
            challenges.append(Challenge(scheme[1], {}, token68[1]))
            at = token68.end()
        else:
            params, at = _params(value, scheme.end())
            challenges.append(Challenge(scheme[1], params))
    return tuple(challenges)


def _params(value: str, at: int) -> tuple[dict[str, str], int]:
    params: dict[str, str] = {}
    while (found := _PARAM.match(value, _end(_SEPARATORS, value, at))) is not None:
        quoted, plain = found[2], found[3]
        text = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
        params.setdefault(found[1].lower(), text)
        at = found.end()
    return params, at


def _after_comma(value: str, at: int) -> int:
    comma = value.find(",", at)
    return len(value) if comma < 0 else comma + 1


def _end(pattern: re.Pattern[str], value: str, at: int) -> int:
    found = pattern.match(value, at)
    return at if found is None else found.end()


def format_challenge(challenge: Challenge) -> str:
    """Format one challenge so that every parser reads it: all values in quotes.

    Send one field for each challenge: clients exist that split at any comma. Characters
    that a field value cannot carry become question marks, so nothing can break out of it.
    """
    scheme = _NOT_NAME.sub("", challenge.scheme) or "Unknown"
    if challenge.token68 is not None and _OPAQUE.fullmatch(challenge.token68):
        return f"{scheme} {challenge.token68}"
    params = ", ".join(
        f"{name}={_quoted(text)}"
        for name, text in challenge.params.items()
        if name and not _NOT_NAME.search(name)
    )
    return f"{scheme} {params}" if params else scheme


def _quoted(text: str) -> str:
    plain = _NOT_TEXT.sub("?", text)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
