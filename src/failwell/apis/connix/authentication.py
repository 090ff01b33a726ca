"""Who is calling Connix: an API key in ``X-API-Key``, or an access token as Bearer.

Where a request carries both, the key counts if the endpoint takes keys, and the token
otherwise; the other one is not looked at.
"""

import re

from failwell.core.clock import Clock, moment
from failwell.core.exceptions import AuthenticationError
from failwell.core.situation import Situation
from failwell.security.keys import KeyPattern
from failwell.security.tokens import SignedTokens, TokenError
from failwell.server.headers import Headers
from failwell.server.principal import Principal
from failwell.stores.credentials import Credential, CredentialStore

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

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]+=*)")


class ConnixAuthenticator:
    """Finds the principal behind a key or a token.

    Args:
        credentials: Where keys and tokens are kept.
        tokens: Checks the signatures of access tokens.
        clock: Where the time comes from.
    """

    def __init__(self, credentials: CredentialStore, *, tokens: SignedTokens, clock: Clock) -> None:
        self._credentials = credentials
        self._tokens = tokens
        self._clock = clock

    async def authenticate(self, headers: Headers, *, accepted: tuple[str, ...]) -> Principal:
        """Find out who is calling."""
        key, authorization = headers.get("X-API-Key"), headers.get("Authorization")
        if key is None and authorization is None:
            raise AuthenticationError(situation=Situation.NO_CREDENTIALS, field="X-API-Key")
        if key is not None and ("api_key" in accepted or authorization is None):
            return await self._by_key(key)
        return await self._by_token(authorization or "")

    async def _by_key(self, key: str) -> Principal:
        if not KEY_PATTERN.matches(key):
            raise _refused("malformed", "X-API-Key")
        credential = await self._find(key, API_KEY, "X-API-Key")
        if credential.refusal(self._clock.now()) == "expired":
            raise _expired("api_key", credential.expires_at)
        return self._principal(credential, "api_key", f"connix:key:{credential.id}")

    async def _by_token(self, authorization: str) -> Principal:
        match = _BEARER.fullmatch(authorization)
        if match is None:
            raise _refused("malformed", "Authorization")
        try:
            self._tokens.read(match[1])
        except TokenError as error:
            if error.reason == "expired":
                raise _expired("access_token", error.expired_at) from error
            raise _refused(error.reason, "Authorization") from error
        credential = await self._find(match[1], ACCESS_TOKEN, "Authorization")
        whose = credential.user_id or credential.id
        return self._principal(credential, "bearer", f"connix:user:{whose}")

    async def _find(self, secret: str, kind: str, field: str) -> Credential:
        credential = await self._credentials.find_by_secret(secret, api=API)
        if credential is None or credential.kind != kind:
            raise _refused("unknown", field)
        if credential.revoked_at is not None:
            raise _refused("revoked", field)
        return credential

    def _principal(self, credential: Credential, kind: str, partition: str) -> Principal:
        self._credentials.used(credential)
        return Principal(
            id=credential.id,
            kind=kind,
            tenant=credential.tenant_id,
            user=credential.user_id,
            scopes=credential.scopes,
            plan=credential.plan,
            partition=partition,
        )


def _refused(reason: str, field: str) -> AuthenticationError:
    return AuthenticationError(reason=reason, field=field)


def _expired(kind: str, expired_at: float | None) -> AuthenticationError:
    when = None if expired_at is None else moment(expired_at)
    return AuthenticationError(situation=Situation.EXPIRED_CREDENTIALS, kind=kind, expired_at=when)
