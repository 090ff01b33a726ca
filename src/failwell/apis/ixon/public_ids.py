"""Public identifiers: how IXON's look, and how new ones are made."""

import secrets
import string

from failwell.security.keys import KeyPattern

__all__ = ["ALPHANUMERIC", "SECRET", "company_id", "public_id", "public_ids"]

ALPHANUMERIC = string.digits + string.ascii_uppercase + string.ascii_lowercase
"""The characters of identifiers and tokens, in the order in which databases sort them."""

SECRET = KeyPattern("", 32, ALPHANUMERIC)
"""How the secret of every access token looks."""

_LENGTH = 12
_MOMENT = 6
_REST = KeyPattern("", _LENGTH - _MOMENT, ALPHANUMERIC)


def public_id(now: float) -> str:
    """Make an identifier; later ones sort after earlier ones, so lists are in order of age.

    Args:
        now: Unix seconds.
    """
    tenths, moment = int(now * 10), ""
    for _ in range(_MOMENT):
        tenths, digit = divmod(tenths, len(ALPHANUMERIC))
        moment = ALPHANUMERIC[digit] + moment
    return moment + _REST.generate()


def public_ids(now: float, count: int) -> list[str]:
    """Make several identifiers at once; they stay in order too.

    Args:
        now: Unix seconds.
        count: How many.
    """
    return sorted(public_id(now) for _ in range(count))


def company_id() -> str:
    """Make the identifier of a company: five groups of four digits."""
    return "-".join(f"{secrets.randbelow(10_000):04}" for _ in range(5))
