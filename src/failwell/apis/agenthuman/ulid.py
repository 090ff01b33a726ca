"""ULIDs: identifiers that sort by the moment they were made."""

import secrets

__all__ = ["new_id"]

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 26
_RANDOM_BITS = 80


def new_id(prefix: str, *, now: float) -> str:
    """Make an identifier: a prefix and a ULID.

    Args:
        prefix: What it names, ``sess``.
        now: Unix seconds.

    Examples:
        >>> new_id("sess", now=1705335600)[:15]
        'sess_01HM6YRCW0'
    """
    value = (int(now * 1000) << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    shifts = range(5 * (_LENGTH - 1), -1, -5)
    return f"{prefix}_" + "".join(_DIGITS[(value >> shift) & 31] for shift in shifts)
