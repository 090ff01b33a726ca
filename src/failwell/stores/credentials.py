"""Credentials: the keys and tokens of all APIs, stored as hashes.

A secret is seen once, when it is issued; revoked and expired ones stay known, so that a
log can tell why somebody was turned away.
"""

from collections.abc import Iterable
from typing import Literal, Protocol

import msgspec
from msgspec import UNSET, UnsetType

__all__ = ["Credential", "CredentialStore", "IssuedCredential"]


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about a key or token; never the secret itself. Moments are Unix seconds."""

    id: str
    """Its identifier on the wire."""

    api: str
    """The API it opens."""

    kind: str
    """``api-key``, ``access-token``, ``secret-token``, ``token``."""

    tenant_id: str
    """Whose it is."""

    user_id: str | None
    """Who made it, if a person did."""

    hint: str
    """The beginning of the secret, enough to recognise it and no more."""

    name: str | None
    """What its owner calls it."""

    description: str | None
    """What its owner says about it."""

    scopes: tuple[str, ...]
    """What it may do."""

    plan: str
    """Its own plan, else the tenant's."""

    environment: str | None
    """For APIs with several, which one it opens."""

    created_at: float
    """When it was issued."""

    expires_at: float | None
    """When it stops working; ``None`` for never."""

    revoked_at: float | None
    """When it was taken back."""

    last_used_at: float | None
    """Its last use, to the minute."""

    def refusal(self, now: float) -> Literal["revoked", "expired"] | None:
        """Say why it does not open anything at a moment; ``None`` when it does."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at is not None and now >= self.expires_at:
            return "expired"
        return None


class IssuedCredential(msgspec.Struct, frozen=True, kw_only=True):
    """A new credential together with its secret, for the one time it is shown."""

    credential: Credential
    """What is stored."""

    secret: str
    """The key or token itself."""

    def __repr__(self) -> str:
        return f"IssuedCredential({self.credential!r})"


class CredentialStore(Protocol):
    """Where credentials are kept."""

    async def issue(
        self,
        secret: str,
        *,
        credential_id: str,
        api: str,
        kind: str,
        tenant_id: str,
        user_id: str | None = None,
        name: str | None = None,
        description: str | None = None,
        scopes: Iterable[str] = (),
        plan: str | None = None,
        environment: str | None = None,
        expires_at: float | None = None,
    ) -> IssuedCredential:
        """Store the hash of a new secret; the answer is the last to know the secret."""
        ...

    async def find_by_secret(self, secret: str, *, api: str) -> Credential | None:
        """Find what a secret stands for, revoked and expired ones too."""
        ...

    async def get(
        self, credential_id: str, *, api: str | None = None, tenant_id: str | None = None
    ) -> Credential | None:
        """Look up one that is not revoked by its id, within a tenant if given."""
        ...

    async def list(
        self,
        *,
        api: str | None = None,
        kind: str | None = None,
        tenant_id: str | None = None,
        revoked: bool = False,
    ) -> tuple[Credential, ...]:
        """List credentials, oldest first; revoked ones only when asked for."""
        ...

    async def update(
        self,
        credential_id: str,
        *,
        api: str,
        tenant_id: str,
        name: str | UnsetType = UNSET,
        description: str | UnsetType | None = UNSET,
        scopes: Iterable[str] | UnsetType = UNSET,
    ) -> Credential | None:
        """Change what is given; ``None`` when there is no such credential."""
        ...

    async def revoke(
        self, credential_id: str, *, api: str | None = None, tenant_id: str | None = None
    ) -> bool:
        """Take a credential back; says whether there was one to take back."""
        ...

    def used(self, credential: Credential) -> None:
        """Note a use; never fails and never waits."""
        ...
