"""Who is calling Apinizer: a signed token as Bearer, with the roles of its user.

A token is over only if it was good until then: one that was revoked before is simply not
accepted. What its user may do is looked up for each request, so that a changed role or a
disabled account acts at once.
"""

import msgspec

from failwell.apis.apinizer.people_rows import find_person
from failwell.core.clock import Clock
from failwell.core.exceptions import AuthenticationError
from failwell.core.situation import Situation
from failwell.security.keys import load_signing_key
from failwell.security.tokens import SignedTokens
from failwell.server.authentication import TokenAuthenticator, bearer
from failwell.server.headers import Headers
from failwell.server.principal import Principal
from failwell.stores.credentials import CredentialStore
from failwell.stores.database import Database

__all__ = ["API", "BEARER", "SECURITY", "TOKEN", "ApinizerAuthenticator", "signer"]

API = "apinizer"
"""The name its credentials are stored under."""

TOKEN = "token"  # noqa: S105  # names a kind, holds no secret
"""Kind of credential: a token, from ``auth/token`` or made for longer."""

BEARER = ("bearer",)
"""What every endpoint takes that is not public."""

SECURITY = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
"""The security scheme of the documents."""


def signer(database: Database, *, clock: Clock) -> SignedTokens:
    """Take the signing key of a data directory, or make it there.

    Args:
        database: Any database of the directory.
        clock: Where the time comes from.
    """
    key = load_signing_key(database.path.with_name(f"{API}.key"))
    return SignedTokens(key, issuer=API, clock=clock)


class ApinizerAuthenticator:
    """Finds the principal behind a token; its scopes are the roles it has in every project.

    Args:
        database: ``apinizer.db``.
        credentials: Where tokens are noted.
        tokens: Checks their signatures.
        clock: Where the time comes from.
    """

    def __init__(
        self,
        database: Database,
        credentials: CredentialStore,
        *,
        tokens: SignedTokens,
        clock: Clock,
    ) -> None:
        self._database = database
        self._credentials = credentials
        self._tokens = TokenAuthenticator(
            credentials, api=API, stored_kind=TOKEN, tokens=tokens, clock=clock
        )

    async def authenticate(self, headers: Headers, *, accepted: tuple[str, ...]) -> Principal:
        """Find out who is calling."""
        try:
            principal = await self._tokens.authenticate(headers, accepted=accepted)
        except AuthenticationError as error:
            expired = error.situation is Situation.EXPIRED_CREDENTIALS
            if expired and not await self._was_good(headers):
                raise AuthenticationError(reason="revoked", field="Authorization") from error
            raise
        return await self._with_roles(principal)

    async def _was_good(self, headers: Headers) -> bool:
        token = bearer(headers.get("Authorization", ""))
        found = await self._credentials.find_by_secret(token or "", api=API)
        return found is not None and found.kind == TOKEN and found.revoked_at is None

    async def _with_roles(self, principal: Principal) -> Principal:
        person = await self._database.read(
            lambda connection: find_person(connection, principal.tenant, principal.user)
        )
        if person is None or not person["enabled"]:
            raise AuthenticationError(reason="disabled", field="Authorization")
        # An operator may give a token roles of its own, in place of those of its user.
        roles = principal.scopes or tuple(person["roles"])
        return msgspec.structs.replace(principal, scopes=roles)
