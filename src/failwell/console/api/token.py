"""Who may call the API of operators: whoever has the console's token, as Bearer and no other way.

The cookie that opens pages opens nothing here, so no page of others can make a browser call it.
"""

import hashlib
import hmac

from failwell.core.exceptions import AuthenticationError
from failwell.core.situation import Situation
from failwell.server.authentication import bearer
from failwell.server.headers import Headers
from failwell.server.principal import Principal

__all__ = ["BEARER", "ConsoleToken"]

BEARER = ("bearer",)
"""The kind of credentials that every operation asks for."""

_FIELD = "Authorization"
_OPERATOR = Principal(id="console", kind=BEARER[0])


class ConsoleToken:
    """Knows the one token there is.

    Args:
        token: The token, as ``credentials.json`` holds it.
    """

    def __init__(self, token: str) -> None:
        self._digest = _digest(token)

    async def authenticate(self, headers: Headers, *, accepted: tuple[str, ...]) -> Principal:
        """Find out whether an operator is calling."""
        if _FIELD not in headers:
            raise AuthenticationError(situation=Situation.NO_CREDENTIALS, field=_FIELD)
        # Digests have one length, so the comparison tells nothing about the token's.
        given = bearer(headers[_FIELD].strip()) or ""
        if not hmac.compare_digest(_digest(given), self._digest):
            raise AuthenticationError(
                situation=Situation.BAD_CREDENTIALS, field=_FIELD, reason="unknown"
            )
        return _OPERATOR


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
