"""Whether an answer asks for a new token, by the contract or by its challenge."""

from collections.abc import Iterable

from failwell.core.catalogue import ErrorCode
from failwell.core.challenge import parse_challenges

__all__ = ["asks_for_new_token"]


def asks_for_new_token(
    status: int, headers: Iterable[tuple[str, str]], entry: ErrorCode | None = None
) -> bool:
    """Tell whether a new token may help.

    A code of the contract decides by its retry class; without one only a 401 does whose
    challenge says ``error="invalid_token"`` (RFC 6750, 3.1). A 403 is never about the token's
    age, and ``insufficient_scope`` wants other rights, not a newer token.

    Args:
        status: The status line.
        headers: Header fields of the answer, names in any case.
        entry: The code the answer was recognised as.

    Examples:
        >>> asks_for_new_token(401, [("WWW-Authenticate", 'Bearer error="invalid_token"')])
        True
        >>> asks_for_new_token(401, [("WWW-Authenticate", 'Bearer realm="api"')])
        False
    """
    if entry is not None:
        return entry.retry == "after_login" and status != 403
    if status != 401:
        return False
    fields = [value for name, value in headers if name.lower() == "www-authenticate"]
    return any(
        challenge.params.get("error") == "invalid_token"
        for challenge in parse_challenges(", ".join(fields))
    )
