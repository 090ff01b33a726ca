"""Credentials made by an operator: what the APIs have in common when they issue them.

Nothing here knows an API; each brings its words, its pattern and its names.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import msgspec

from failwell.core.clock import Clock
from failwell.core.exceptions import FailwellError
from failwell.stores.accounts import AccountStore, Tenant, User
from failwell.stores.api_stores import ApiStores
from failwell.stores.credentials import CredentialStore, IssuedCredential

__all__ = [
    "DEFAULT_TENANT",
    "IssueRequest",
    "TokenSigner",
    "check_words",
    "expiry",
    "issue_key",
    "issue_signed_token",
    "owner",
    "person",
]

# A signed token has to name some end.
_CENTURY = 100 * 31_536_000.0

DEFAULT_TENANT = "Demo"
"""Whose credential it is when nobody is named."""


class IssueRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator asks for; what is left out is up to the API."""

    kind: str | None = None
    """Kind of credential."""

    tenant: str | None = None
    """Whose: a name or an identifier."""

    user: str | None = None
    """The person it acts for, by its login."""

    plan: str | None = None
    """The plan its limits come from."""

    scopes: tuple[str, ...] = ()
    """What it may do."""

    expires_in: float | None = None
    """Seconds it is good."""

    def checked_scopes(
        self,
        api: str,
        *,
        kinds: Iterable[str],
        scopes: tuple[str, ...],
        plans: Iterable[str] | None = None,
    ) -> tuple[str, ...]:
        """Check every word and tell what the credential may do: everything when nothing is said.

        Args:
            api: The API.
            kinds: Kinds of credentials it has.
            scopes: What can be allowed, in its order.
            plans: Plans it has; any word will do when there are none.

        Raises:
            FailwellError: A word is unknown.
        """
        check_words(api, "kind", [] if self.kind is None else [self.kind], kinds)
        if plans is not None:
            check_words(api, "plan", [] if self.plan is None else [self.plan], plans)
        check_words(api, "scope", self.scopes, scopes)
        return tuple(each for each in scopes if each in self.scopes) or scopes


class TokenSigner(Protocol):
    """Signs tokens of one API."""

    def issue(
        self,
        subject: str,
        *,
        lifetime: float,
        claims: Mapping[str, Any] | None = None,
        token_id: str | None = None,
    ) -> str:
        """Make a token."""
        ...


def check_words(api: str, what: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Check words of an operator against those an API knows.

    Args:
        api: The API.
        what: What the words name, ``scope``.
        given: What the operator said.
        known: What there is.

    Raises:
        FailwellError: One is unknown; the text lists the known ones.
    """
    words = tuple(known)
    for word in given:
        if word not in words:
            raise FailwellError(f"{api} has no {what} {word!r}; it has: {', '.join(words)}")


def expiry(clock: Clock, expires_in: float | None) -> float | None:
    """Turn a lifetime into the moment it ends; ``None`` stays for ever."""
    return None if expires_in is None else clock.now() + expires_in


async def owner(
    accounts: AccountStore,
    name: str | None,
    *,
    api: str,
    new_id: Callable[[], str],
    plan: str | None = None,
) -> Tenant:
    """Find a tenant by its identifier or name, or make it.

    Args:
        accounts: Where tenants are kept.
        name: Identifier or name; the demo's when not given.
        api: The API.
        new_id: Makes the identifier of a new one.
        plan: Plan of a new one.
    """
    name = name or DEFAULT_TENANT
    found = await accounts.tenant(name, api=api)
    if found is not None:
        return found
    return await accounts.ensure_tenant(name, api=api, tenant_id=new_id(), plan=plan or "free")


async def person(
    accounts: AccountStore, login: str, tenant: Tenant, *, api: str, new_id: Callable[[], str]
) -> User:
    """Find a person of a tenant, or make one who cannot log in.

    Raises:
        FailwellError: The person belongs to another tenant.
    """
    found = await accounts.find_user(login, api=api)
    if found is None:
        found = await accounts.add_user(login, api=api, user_id=new_id(), tenant_id=tenant.id)
    if found.tenant_id != tenant.id:
        raise FailwellError(f"{login} belongs to another tenant than {tenant.name}")
    return found


async def issue_key(
    stores: ApiStores,
    wanted: IssueRequest,
    whose: Tenant,
    *,
    secret: str,
    credential_id: str,
    api: str,
    kind: str,
    scopes: tuple[str, ...],
    new_user_id: Callable[[], str],
    clock: Clock,
    environment: str | None = None,
) -> IssuedCredential:
    """Store a random key that an operator asked for.

    Args:
        stores: Where it is kept.
        wanted: What was asked for.
        whose: The tenant it belongs to.
        secret: The key.
        credential_id: Its identifier.
        api: The API it opens.
        kind: What the store calls such keys.
        scopes: What it may do.
        new_user_id: Makes the identifier of a person not known yet.
        clock: Where the time comes from.
        environment: Which environment it opens.

    Raises:
        FailwellError: The person belongs to another tenant.
    """
    user = None
    if wanted.user is not None:
        user = await person(stores.accounts, wanted.user, whose, api=api, new_id=new_user_id)
    return await stores.credentials.issue(
        secret,
        credential_id=credential_id,
        api=api,
        kind=kind,
        tenant_id=whose.id,
        user_id=None if user is None else user.id,
        name="Issued by the operator",
        scopes=scopes,
        plan=wanted.plan,
        environment=environment,
        expires_at=expiry(clock, wanted.expires_in),
    )


async def issue_signed_token(
    credentials: CredentialStore,
    signer: TokenSigner,
    *,
    token_id: str,
    api: str,
    kind: str,
    tenant_id: str,
    user_id: str | None,
    scopes: tuple[str, ...],
    lifetime: float | None,
    clock: Clock,
    claims: Mapping[str, Any] | None = None,
    name: str | None = None,
    plan: str | None = None,
) -> IssuedCredential:
    """Sign a token and note it, so that it can be revoked.

    Args:
        credentials: Where it is noted.
        signer: Signs it.
        token_id: Its name.
        api: The API it opens.
        kind: What the store calls such tokens.
        tenant_id: Whose it is.
        user_id: The person it speaks for.
        scopes: What it may do.
        lifetime: Seconds until it ends; ``None`` for one that only a revocation ends.
        clock: Where the time comes from.
        claims: What else it says; readable for everybody.
        name: What its owner calls it.
        plan: Its own plan.
    """
    secret = signer.issue(
        user_id or token_id,
        lifetime=_CENTURY if lifetime is None else lifetime,
        claims=claims,
        token_id=token_id,
    )
    return await credentials.issue(
        secret,
        credential_id=token_id,
        api=api,
        kind=kind,
        tenant_id=tenant_id,
        user_id=user_id,
        name=name,
        scopes=scopes,
        plan=plan,
        expires_at=expiry(clock, lifetime),
    )
