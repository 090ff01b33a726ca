"""Keys made by an operator: what ``failwell credentials issue --api agenthuman`` does."""

from collections.abc import Iterable

from failwell.apis.agenthuman.authentication import API, API_KEY, new_key
from failwell.apis.agenthuman.settings import AgentHumanSettings
from failwell.apis.agenthuman.wire import ENVIRONMENTS, PLANS, SCOPES
from failwell.core.clock import Clock, SystemClock
from failwell.security.keys import random_id
from failwell.stores.accounts import AccountStore
from failwell.stores.credentials import CredentialStore, IssuedCredential
from failwell.stores.database import Database
from failwell.stores.issuing import check_words, expiry, owner, person

__all__ = ["KINDS", "account_id", "issue"]

KINDS = (API_KEY,)
"""Kinds of credentials there are."""


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
    settings: AgentHumanSettings | None = None,
    clock: Clock | None = None,
) -> IssuedCredential:
    """Make a live key; works beside a running server.

    Args:
        database: ``agenthuman.db``.
        accounts: Where accounts and people are kept.
        credentials: Where keys are kept.
        kind: One of `KINDS`.
        tenant: Name or identifier of an account; a new name makes a new one.
        user: E-mail of a person in it.
        plan: Plan of the key; that of its account when not given.
        scopes: What it may do; everything when there are none.
        expires_in: Seconds it is good; for ever when not given.
        settings: What the operator chose.
        clock: Where the time comes from.

    Raises:
        FailwellError: There is no such kind, plan or permission, or the person belongs elsewhere.
    """
    allowed = _checked(kind or API_KEY, plan, tuple(scopes))
    whose = await owner(accounts, tenant, api=API, new_id=account_id, plan=plan)
    user_id = None
    if user is not None:
        user_id = (await person(accounts, user, whose, api=API, new_id=_user_id)).id
    return await credentials.issue(
        new_key(ENVIRONMENTS[0]),
        credential_id=random_id("key_"),
        api=API,
        kind=API_KEY,
        tenant_id=whose.id,
        user_id=user_id,
        name="Issued by the operator",
        scopes=allowed,
        plan=plan,
        environment=ENVIRONMENTS[0],
        expires_at=expiry(clock or SystemClock(), expires_in),
    )


def account_id() -> str:
    """Make the identifier of an account."""
    return random_id("acct_")


def _checked(kind: str, plan: str | None, scopes: tuple[str, ...]) -> tuple[str, ...]:
    check_words(API, "kind", [kind], KINDS)
    check_words(API, "plan", [] if plan is None else [plan], PLANS)
    check_words(API, "scope", scopes, SCOPES)
    return tuple(scope for scope in SCOPES if scope in scopes) or SCOPES


def _user_id() -> str:
    return random_id("user_")
