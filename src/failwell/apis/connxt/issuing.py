"""Tokens made by an operator: what ``failwell credentials issue --api connxt`` does."""

from collections.abc import Iterable

from failwell.apis.connxt import identifiers
from failwell.apis.connxt.authentication import API, SECRET_TOKEN, TOKEN_PATTERN
from failwell.apis.connxt.environment_rows import ensure_environment
from failwell.apis.connxt.settings import ConnxtSettings
from failwell.apis.connxt.wire import SCOPES, Owner
from failwell.core.clock import Clock, SystemClock
from failwell.security.keys import random_id
from failwell.stores.accounts import AccountStore
from failwell.stores.credentials import CredentialStore, IssuedCredential
from failwell.stores.database import Database
from failwell.stores.issuing import check_words, expiry, owner, person

__all__ = ["DEFAULT_ENVIRONMENT", "KINDS", "issue", "make_environment"]

KINDS = (SECRET_TOKEN,)
"""Kinds of credentials there are; the first is the usual one."""

DEFAULT_ENVIRONMENT = "development"
"""The environment of a brand when none is named."""

_PLANS = ("free", "pro", "enterprise")


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
    settings: ConnxtSettings | None = None,
    clock: Clock | None = None,
) -> IssuedCredential:
    """Make a token; works beside a running server.

    Args:
        database: ``connxt.db``.
        accounts: Where brands are kept.
        credentials: Where tokens are kept.
        kind: One of `KINDS`.
        tenant: Name or identifier of a brand, and after a slash the name of one of its
            environments; new names make new ones.
        user: Who asked for it.
        plan: Plan of the brand; nothing of Connxt depends on it.
        scopes: What it may do; everything when there are none.
        expires_in: Seconds it is good; for ever when not given.
        settings: What the operator chose; nothing of it matters here.
        clock: Where the time comes from.

    Raises:
        FailwellError: There is no such kind, plan or scope, or the person belongs elsewhere.
    """
    clock = clock or SystemClock()
    allowed = _checked(kind or SECRET_TOKEN, plan, tuple(scopes))
    brand, _, environment = (tenant or "").partition("/")
    whose = await owner(accounts, brand, api=API, new_id=identifiers.BRAND.generate, plan=plan)
    user_id = None
    if user is not None:
        user_id = (await person(accounts, user, whose, api=API, new_id=_user_id)).id
    place = await make_environment(database, whose.id, environment, clock=clock)
    return await credentials.issue(
        TOKEN_PATTERN.generate(),
        credential_id=random_id("tkn_"),
        api=API,
        kind=SECRET_TOKEN,
        tenant_id=whose.id,
        user_id=user_id,
        name="Issued by the operator",
        scopes=allowed,
        plan=plan,
        environment=place.environment_id,
        expires_at=expiry(clock, expires_in),
    )


async def make_environment(database: Database, brand_id: str, name: str, *, clock: Clock) -> Owner:
    """Find an environment of a brand, or make it with its payment gateways.

    Args:
        database: ``connxt.db``.
        brand_id: The brand.
        name: Name of the environment; the usual one when empty.
        clock: Where the time comes from.
    """
    name, now = name or DEFAULT_ENVIRONMENT, clock.now()
    return await database.write(
        lambda connection: ensure_environment(connection, brand_id, name, now=now)
    )


def _checked(kind: str, plan: str | None, scopes: tuple[str, ...]) -> tuple[str, ...]:
    check_words(API, "kind", [kind], KINDS)
    check_words(API, "plan", [] if plan is None else [plan], _PLANS)
    check_words(API, "scope", scopes, SCOPES)
    return tuple(scope for scope in SCOPES if scope in scopes) or SCOPES


def _user_id() -> str:
    return random_id("user_")
