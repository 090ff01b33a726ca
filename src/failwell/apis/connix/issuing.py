"""Credentials made by an operator: what ``failwell credentials issue --api connix`` does."""

from collections.abc import Iterable

from failwell.apis.connix.authentication import ACCESS_TOKEN, API, API_KEY, KEY_PATTERN
from failwell.apis.connix.plans import PLANS
from failwell.apis.connix.settings import ConnixSettings
from failwell.apis.connix.tokens import issue_access_token, signer
from failwell.apis.connix.wire import SCOPES
from failwell.core.clock import Clock, SystemClock
from failwell.security.keys import random_id
from failwell.stores.accounts import AccountStore
from failwell.stores.credentials import CredentialStore, IssuedCredential
from failwell.stores.database import Database
from failwell.stores.issuing import check_words, expiry, owner, person

__all__ = ["KINDS", "issue"]

KINDS = (API_KEY, ACCESS_TOKEN)
"""Kinds of credentials there are; the first is the usual one."""


async def issue(
    *,
    database: Database,
    accounts: AccountStore,
    credentials: CredentialStore,
    kind: str | None = None,
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
        kind: One of `KINDS`; the first when not given.
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
    clock, settings, kind = clock or SystemClock(), settings or ConnixSettings(), kind or API_KEY
    allowed = _checked(kind, plan, tuple(scopes))
    whose = await owner(accounts, tenant, api=API, new_id=_organization_id, plan=plan)
    user_id = None
    if user is not None:
        user_id = (await person(accounts, user, whose, api=API, new_id=_user_id)).id
    if kind == ACCESS_TOKEN:
        return await issue_access_token(
            credentials,
            signer(database, clock=clock),
            tenant_id=whose.id,
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
        tenant_id=whose.id,
        user_id=user_id,
        name="Issued by the operator",
        scopes=allowed,
        plan=plan,
        expires_at=expiry(clock, expires_in),
    )


def _checked(kind: str, plan: str | None, scopes: tuple[str, ...]) -> tuple[str, ...]:
    check_words(API, "kind", [kind], KINDS)
    check_words(API, "plan", [] if plan is None else [plan], PLANS)
    check_words(API, "scope", scopes, SCOPES)
    return tuple(scope for scope in SCOPES if scope in scopes) or SCOPES


def _organization_id() -> str:
    return random_id("org_")


def _user_id() -> str:
    return random_id("user_")
