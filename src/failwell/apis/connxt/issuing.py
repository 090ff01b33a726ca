"""Tokens made by an operator: what ``failwell credentials issue --api connxt`` does."""

from failwell.apis.connxt import identifiers
from failwell.apis.connxt.authentication import API, SECRET_TOKEN, TOKEN_PATTERN
from failwell.apis.connxt.environment_rows import ensure_environment
from failwell.apis.connxt.settings import ConnxtSettings
from failwell.apis.connxt.wire import SCOPES, Owner
from failwell.core.clock import Clock, SystemClock
from failwell.security.keys import random_id
from failwell.stores.api_stores import ApiStores
from failwell.stores.credentials import IssuedCredential
from failwell.stores.database import Database
from failwell.stores.issuing import IssueRequest, issue_key, owner

__all__ = ["DEFAULT_ENVIRONMENT", "KINDS", "issue", "make_environment"]

KINDS = (SECRET_TOKEN,)
"""Kinds of credentials there are; the first is the usual one."""

DEFAULT_ENVIRONMENT = "development"
"""The environment of a brand when none is named."""

_PLANS = ("free", "pro", "enterprise")


async def issue(
    stores: ApiStores,
    wanted: IssueRequest,
    *,
    settings: ConnxtSettings | None = None,
    clock: Clock | None = None,
) -> IssuedCredential:
    """Make a token; works beside a running server.

    A tenant is a brand, and after a slash the name of one of its environments; new names
    make new ones.

    Args:
        stores: ``connxt.db`` and the shared part.
        wanted: What the operator asks for; nothing of Connxt depends on the plan.
        settings: What the operator chose; nothing of it matters here.
        clock: Where the time comes from.

    Raises:
        FailwellError: There is no such kind, plan or scope, or the person belongs elsewhere.
    """
    clock = clock or SystemClock()
    scopes = wanted.checked_scopes(API, kinds=KINDS, scopes=SCOPES, plans=_PLANS)
    brand, _, environment = (wanted.tenant or "").partition("/")
    whose = await owner(
        stores.accounts, brand, api=API, new_id=identifiers.BRAND.generate, plan=wanted.plan
    )
    place = await make_environment(stores.database, whose.id, environment, clock=clock)
    return await issue_key(
        stores,
        wanted,
        whose,
        secret=TOKEN_PATTERN.generate(),
        credential_id=random_id("tkn_"),
        api=API,
        kind=SECRET_TOKEN,
        scopes=scopes,
        new_user_id=_user_id,
        clock=clock,
        environment=place.environment_id,
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


def _user_id() -> str:
    return random_id("user_")
