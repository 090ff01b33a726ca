"""Credentials made by an operator: what ``failwell credentials issue --api connix`` does."""

from collections.abc import Iterable

from failwell.apis.connix.authentication import ACCESS_TOKEN, API, API_KEY, KEY_PATTERN
from failwell.apis.connix.plans import PLANS
from failwell.apis.connix.settings import ConnixSettings
from failwell.apis.connix.tokens import issue_access_token, signer
from failwell.apis.connix.wire import SCOPES
from failwell.core.clock import Clock, SystemClock
from failwell.core.exceptions import FailwellError
from failwell.security.keys import random_id
from failwell.stores.accounts import AccountStore, Tenant
from failwell.stores.credentials import CredentialStore, IssuedCredential
from failwell.stores.database import Database

__all__ = ["DEFAULT_TENANT", "KINDS", "issue"]

KINDS = (API_KEY, ACCESS_TOKEN)
"""Kinds of credentials there are; the first is the usual one."""

DEFAULT_TENANT = "Demo"
"""The organization whose credential it is when none is named."""


async def issue(
    *,
    database: Database,
    accounts: AccountStore,
    credentials: CredentialStore,
    kind: str = API_KEY,
    tenant: str | None = None,
    user: str | None = None,
    plan: str | None = None,
    scopes: Iterable[str] = (),
    expires_in: float | None = None,
    settings: ConnixSettings | None = None,
    clock: Clock | None = None,
) -> IssuedCredential:
    """Make a credential; works beside a running server.

    Args:
        database: ``connix.db``; the signing key of tokens lies beside it.
        accounts: Where organizations and people are kept.
        credentials: Where keys and tokens are kept.
        kind: One of `KINDS`.
        tenant: Name or identifier of an organization; a new name makes a new one.
        user: E-mail of a person in it; a new one cannot log in, but owns what it makes.
        plan: Plan of the credential; that of its organization when not given.
        scopes: What it may do; everything when there are none.
        expires_in: Seconds it is good; for tokens as configured when not given.
        settings: What the operator chose.
        clock: Where the time comes from.

    Raises:
        FailwellError: There is no such kind, plan or scope, or the person belongs elsewhere.
    """
    clock, settings = clock or SystemClock(), settings or ConnixSettings()
    allowed = _checked(kind, plan, tuple(scopes))
    owner = await _tenant(accounts, tenant or DEFAULT_TENANT, plan)
    user_id = None if user is None else await _user(accounts, user, owner)
    if kind == ACCESS_TOKEN:
        return await issue_access_token(
            credentials,
            signer(database, clock=clock),
            tenant_id=owner.id,
            user_id=user_id,
            scopes=allowed,
            lifetime=settings.access_token_seconds if expires_in is None else expires_in,
            clock=clock,
            plan=plan,
        )
    return await credentials.issue(
        KEY_PATTERN.generate(),
        credential_id=random_id("key_"),
        api=API,
        kind=API_KEY,
        tenant_id=owner.id,
        user_id=user_id,
        name="Issued by the operator",
        scopes=allowed,
        plan=plan,
        expires_at=None if expires_in is None else clock.now() + expires_in,
    )


def _checked(kind: str, plan: str | None, scopes: tuple[str, ...]) -> tuple[str, ...]:
    _known("kind", [kind], KINDS)
    _known("plan", [] if plan is None else [plan], PLANS)
    _known("scope", scopes, SCOPES)
    return tuple(scope for scope in SCOPES if scope in scopes) or SCOPES


def _known(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    for word in given:
        if word not in known:
            raise FailwellError(f"connix has no {what} {word!r}; it has: {', '.join(known)}")


async def _tenant(accounts: AccountStore, name: str, plan: str | None) -> Tenant:
    found = await accounts.tenant(name, api=API)
    if found is not None:
        return found
    return await accounts.ensure_tenant(
        name, api=API, tenant_id=random_id("org_"), plan=plan or next(iter(PLANS))
    )


async def _user(accounts: AccountStore, login: str, owner: Tenant) -> str:
    found = await accounts.find_user(login, api=API)
    if found is None:
        found = await accounts.add_user(
            login, api=API, user_id=random_id("user_"), tenant_id=owner.id
        )
    if found.tenant_id != owner.id:
        raise FailwellError(f"{login} belongs to another organization than {owner.name}")
    return found.id
