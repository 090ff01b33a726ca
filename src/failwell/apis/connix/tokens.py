"""Access tokens and refresh tokens: issued together, rotated together, revoked together."""

import msgspec

from failwell.apis.connix.authentication import ACCESS_TOKEN, API
from failwell.apis.connix.oauth_rows import (
    FreshToken,
    Grant,
    add_refresh_token,
    revoke_family,
    spend,
)
from failwell.core.clock import Clock
from failwell.security.keys import KeyPattern, digest, load_signing_key, random_id
from failwell.security.tokens import SignedTokens
from failwell.stores.credentials import CredentialStore, IssuedCredential
from failwell.stores.database import Database
from failwell.stores.issuing import issue_signed_token

__all__ = ["REFRESH_TOKEN", "TokenPair", "Tokens", "issue_access_token", "signer"]

REFRESH_TOKEN = KeyPattern("cxr_", 48)
"""How every refresh token looks."""

_REFRESH_SECONDS = 30 * 86_400.0


class TokenPair(msgspec.Struct, frozen=True, kw_only=True):
    """What a log-in or a refresh gives to an app."""

    access_token: str
    """Opens the API for a while."""

    refresh_token: str
    """Buys the next pair, once."""

    scopes: tuple[str, ...]
    """What the access token may do."""

    expires_in: int
    """Seconds until the access token ends."""


def signer(database: Database, *, clock: Clock) -> SignedTokens:
    """Take the signing key of a data directory, or make it there.

    Args:
        database: Any database of the directory.
        clock: Where the time comes from.
    """
    key = load_signing_key(database.path.with_name(f"{API}.key"))
    return SignedTokens(key, issuer=API, clock=clock)


async def issue_access_token(
    credentials: CredentialStore,
    signer: SignedTokens,
    *,
    tenant_id: str,
    user_id: str | None,
    scopes: tuple[str, ...],
    lifetime: float,
    clock: Clock,
    plan: str | None = None,
) -> IssuedCredential:
    """Sign an access token and note it, so that it can be revoked."""
    return await issue_signed_token(
        credentials,
        signer,
        token_id=random_id("tok_"),
        api=API,
        kind=ACCESS_TOKEN,
        tenant_id=tenant_id,
        user_id=user_id,
        scopes=scopes,
        lifetime=lifetime,
        clock=clock,
        claims={"scope": " ".join(scopes), "org": tenant_id},
        plan=plan,
    )


class Tokens:
    """Trades grants for tokens.

    Args:
        database: ``connix.db``.
        credentials: Where access tokens are noted.
        signer: Signs them.
        clock: Where the time comes from.
        access_token_seconds: How long they are good.
    """

    def __init__(
        self,
        database: Database,
        credentials: CredentialStore,
        *,
        signer: SignedTokens,
        clock: Clock,
        access_token_seconds: int,
    ) -> None:
        self._database = database
        self._credentials = credentials
        self._signer = signer
        self._clock = clock
        self._lifetime = access_token_seconds

    async def issue(self, grant: Grant) -> TokenPair:
        """Issue the first pair of a family, for somebody who is known to be there."""
        access, now = await self._access_token(grant), self._clock.now()
        refresh_token = REFRESH_TOKEN.generate()
        fresh = self._fresh(refresh_token, access, now)
        await self._database.write(lambda connection: add_refresh_token(connection, grant, fresh))
        return self._pair(access, refresh_token, grant)

    async def trade(self, presented: str, grant: Grant) -> TokenPair | None:
        """Trade an unused code or refresh token for a pair.

        Returns:
            The pair, or ``None`` when somebody else was faster; the family is then ended.
        """
        # Before the old one is spent: if this fails, the caller can try again.
        access, now = await self._access_token(grant), self._clock.now()
        refresh_token = REFRESH_TOKEN.generate()
        fresh = self._fresh(refresh_token, access, now)
        first = await self._database.write(
            lambda connection: spend(connection, digest(presented), grant, fresh, now=now)
        )
        if first:
            return self._pair(access, refresh_token, grant)
        await self._credentials.revoke(access.credential.id, api=API)
        await self.end_family(grant)
        return None

    async def end_family(self, grant: Grant) -> None:
        """Revoke everything that grew out of the same log-in."""
        now = self._clock.now()
        alive = await self._database.write(
            lambda connection: revoke_family(
                connection, grant.family, now=now, since=now - self._lifetime
            )
        )
        for token_id in alive:
            await self._credentials.revoke(token_id, api=API)

    async def _access_token(self, grant: Grant) -> IssuedCredential:
        return await issue_access_token(
            self._credentials,
            self._signer,
            tenant_id=grant.organization_id,
            user_id=grant.user_id,
            scopes=grant.scopes,
            lifetime=self._lifetime,
            clock=self._clock,
        )

    def _fresh(self, refresh_token: str, access: IssuedCredential, now: float) -> FreshToken:
        return FreshToken(
            token_hash=digest(refresh_token),
            access_token_id=access.credential.id,
            expires_at=now + _REFRESH_SECONDS,
        )

    def _pair(self, access: IssuedCredential, refresh_token: str, grant: Grant) -> TokenPair:
        return TokenPair(
            access_token=access.secret,
            refresh_token=refresh_token,
            scopes=grant.scopes,
            expires_in=self._lifetime,
        )
