"""Authenticators for the two usual kinds of credentials: random keys and signed tokens.

Both are noted in the credential store, so both can be revoked.
"""

import re
from collections.abc import Callable
from typing import NoReturn, Protocol

from failwell.core.clock import Clock, moment
from failwell.core.exceptions import AuthenticationError
from failwell.core.situation import Situation
from failwell.server.headers import Headers
from failwell.server.principal import Principal
from failwell.stores.credentials import Credential, CredentialStore

__all__ = ["KeyAuthenticator", "TokenAuthenticator", "TokenReader", "bearer", "principal_of"]

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]+=*)")


class TokenReader(Protocol):
    """Knows tokens that were signed by us."""

    def admit(self, token: str) -> None:
        """Let a token pass that is ours and not over.

        Raises:
            AuthenticationError: It is malformed, forged or expired.
        """
        ...


def bearer(authorization: str) -> str | None:
    """Take the token out of an ``Authorization`` field; ``None`` when there is none (RFC 6750)."""
    match = _BEARER.fullmatch(authorization)
    return None if match is None else match[1]


def principal_of(credential: Credential, *, kind: str, whose: str = "") -> Principal:
    """Make the principal of a credential that was found to be good.

    Args:
        credential: What was found.
        kind: What operations call such credentials.
        whose: Whose quota it uses up, after the API's name; its own when not given.
    """
    return Principal(
        id=credential.id,
        kind=kind,
        tenant=credential.tenant_id,
        environment=credential.environment,
        user=credential.user_id,
        scopes=credential.scopes,
        plan=credential.plan,
        partition=f"{credential.api}:{whose or f'{kind}:{credential.id}'}",
    )


class _Stored:
    """The credentials of one kind in the store."""

    def __init__(
        self, credentials: CredentialStore, *, api: str, stored_kind: str, header: str, clock: Clock
    ) -> None:
        self._credentials = credentials
        self._api = api
        self._stored_kind = stored_kind
        self._header = header
        self._clock = clock

    async def find(self, secret: str) -> Credential:
        """Find a good credential and note its use."""
        found = await self._credentials.find_by_secret(secret, api=self._api)
        if found is None or found.kind != self._stored_kind:
            self.refuse("unknown")
        refusal = found.refusal(self._clock.now())
        if refusal == "revoked":
            self.refuse("revoked")
        if refusal == "expired":
            raise _expired(self._stored_kind, found.expires_at)
        self._credentials.used(found)
        return found

    def refuse(self, reason: str) -> NoReturn:
        raise AuthenticationError(
            situation=Situation.BAD_CREDENTIALS, reason=reason, field=self._header
        )

    def absent(self) -> NoReturn:
        raise AuthenticationError(situation=Situation.NO_CREDENTIALS, field=self._header)


class KeyAuthenticator:
    """Finds the principal behind a random key in a header field; implements `Authenticator`.

    Args:
        credentials: Where keys are kept.
        api: The API they open.
        kind: What operations call them, ``api_key``.
        stored_kind: What the store calls them, ``api-key``.
        header: The header field.
        matches: Tells whether a text has the form of a key; others are not looked up.
        clock: Where the time comes from.
    """

    def __init__(
        self,
        credentials: CredentialStore,
        *,
        api: str,
        kind: str = "api_key",
        stored_kind: str = "api-key",
        header: str,
        matches: Callable[[str], bool],
        clock: Clock,
    ) -> None:
        self._stored = _Stored(
            credentials, api=api, stored_kind=stored_kind, header=header, clock=clock
        )
        self._kind = kind
        self._header = header
        self._matches = matches

    async def authenticate(self, headers: Headers, *, accepted: tuple[str, ...]) -> Principal:
        """Find out who is calling."""
        key = headers.get(self._header)
        if key is None:
            self._stored.absent()
        if not self._matches(key):
            self._stored.refuse("malformed")
        return principal_of(await self._stored.find(key), kind=self._kind)


class TokenAuthenticator:
    """Finds the principal behind a signed token; implements `Authenticator`.

    Args:
        credentials: Where tokens are noted, so that they can be revoked.
        api: The API they open.
        kind: What operations call them, ``bearer``.
        stored_kind: What the store calls them, ``access-token``.
        tokens: Checks their signatures.
        clock: Where the time comes from.
        per_user: Whether the tokens of one person share a quota.
    """

    def __init__(
        self,
        credentials: CredentialStore,
        *,
        api: str,
        kind: str = "bearer",
        stored_kind: str = "access-token",
        tokens: TokenReader,
        clock: Clock,
        per_user: bool = False,
    ) -> None:
        self._stored = _Stored(
            credentials, api=api, stored_kind=stored_kind, header="Authorization", clock=clock
        )
        self._kind = kind
        self._tokens = tokens
        self._per_user = per_user

    async def authenticate(self, headers: Headers, *, accepted: tuple[str, ...]) -> Principal:
        """Find out who is calling."""
        authorization = headers.get("Authorization")
        if authorization is None:
            self._stored.absent()
        token = bearer(authorization)
        if token is None:
            self._stored.refuse("malformed")
        self._tokens.admit(token)
        found = await self._stored.find(token)
        whose = f"user:{found.user_id}" if self._per_user and found.user_id else ""
        return principal_of(found, kind=self._kind, whose=whose)


def _expired(kind: str, expired_at: float | None) -> AuthenticationError:
    when = None if expired_at is None else moment(expired_at)
    return AuthenticationError(
        situation=Situation.EXPIRED_CREDENTIALS, kind=kind.replace("-", "_"), expired_at=when
    )
