"""Who is calling Connix: an API key in ``X-API-Key``, or an access token as Bearer.

Where a request carries both, the key counts if the endpoint takes keys, and the token
otherwise; the other one is not looked at.
"""

from failwell.core.clock import Clock
from failwell.security.keys import KeyPattern
from failwell.server.authentication import KeyAuthenticator, TokenAuthenticator, TokenReader
from failwell.server.headers import Headers
from failwell.server.principal import Principal
from failwell.stores.credentials import CredentialStore

__all__ = ["ACCESS_TOKEN", "API", "API_KEY", "KEY_PATTERN", "SECURITY", "ConnixAuthenticator"]

API = "connix"
"""The name its credentials are stored under."""

API_KEY = "api-key"
"""Kind of credential: a key for programs."""

ACCESS_TOKEN = "access-token"  # noqa: S105  # names a kind, holds no secret
"""Kind of credential: a token from a log-in."""

KEY_PATTERN = KeyPattern("cx_", 32)
"""How every key looks."""

SECURITY = {
    "api_key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
}
"""The security schemes of the documents."""


class ConnixAuthenticator:
    """Finds the principal behind a key or a token.

    Args:
        credentials: Where keys and tokens are kept.
        tokens: Checks the signatures of access tokens.
        clock: Where the time comes from.
    """

    def __init__(self, credentials: CredentialStore, *, tokens: TokenReader, clock: Clock) -> None:
        self._keys = KeyAuthenticator(
            credentials, api=API, header="X-API-Key", matches=KEY_PATTERN.matches, clock=clock
        )
        self._tokens = TokenAuthenticator(
            credentials, api=API, tokens=tokens, clock=clock, per_user=True
        )

    async def authenticate(self, headers: Headers, *, accepted: tuple[str, ...]) -> Principal:
        """Find out who is calling."""
        has_key, has_token = "X-API-Key" in headers, "Authorization" in headers
        by_token = has_token and not (has_key and "api_key" in accepted)
        method = self._tokens if by_token else self._keys
        return await method.authenticate(headers, accepted=accepted)
