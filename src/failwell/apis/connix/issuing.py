"""Credentials made by an operator: what ``failwell credentials issue --api connix`` does."""

from failwell.apis.connix.authentication import ACCESS_TOKEN, API, API_KEY, KEY_PATTERN
from failwell.apis.connix.plans import PLANS
from failwell.apis.connix.settings import ConnixSettings
from failwell.apis.connix.tokens import issue_access_token, signer
from failwell.apis.connix.wire import SCOPES
from failwell.core.clock import Clock, SystemClock
from failwell.security.keys import random_id
from failwell.stores.accounts import Tenant
from failwell.stores.api_stores import ApiStores
from failwell.stores.credentials import IssuedCredential
from failwell.stores.issuing import IssueRequest, issue_key, owner, person

__all__ = ["KINDS", "issue"]

KINDS = (API_KEY, ACCESS_TOKEN)
"""Kinds of credentials there are; the first is the usual one."""


async def issue(
    stores: ApiStores,
    wanted: IssueRequest,
    *,
    settings: ConnixSettings | None = None,
    clock: Clock | None = None,
) -> IssuedCredential:
    """Make a credential; works beside a running server.

    A new tenant makes a new organization. A new user cannot log in, but owns what it makes.

    Args:
        stores: ``connix.db``, with the signing key of tokens beside it, and the shared part.
        wanted: What the operator asks for.
        settings: What the operator chose for all tokens.
        clock: Where the time comes from.

    Raises:
        FailwellError: There is no such kind, plan or scope, or the person belongs elsewhere.
    """
    clock, settings = clock or SystemClock(), settings or ConnixSettings()
    scopes = wanted.checked_scopes(API, kinds=KINDS, scopes=SCOPES, plans=PLANS)
    whose = await owner(
        stores.accounts, wanted.tenant, api=API, new_id=_organization_id, plan=wanted.plan
    )
    if wanted.kind == ACCESS_TOKEN:
        return await _issue_token(stores, wanted, whose, scopes, settings, clock)
    return await issue_key(
        stores,
        wanted,
        whose,
        secret=KEY_PATTERN.generate(),
        credential_id=random_id("key_"),
        api=API,
        kind=API_KEY,
        scopes=scopes,
        new_user_id=_user_id,
        clock=clock,
    )


async def _issue_token(
    stores: ApiStores,
    wanted: IssueRequest,
    whose: Tenant,
    scopes: tuple[str, ...],
    settings: ConnixSettings,
    clock: Clock,
) -> IssuedCredential:
    user = None
    if wanted.user is not None:
        user = await person(stores.accounts, wanted.user, whose, api=API, new_id=_user_id)
    lifetime = wanted.expires_in
    return await issue_access_token(
        stores.credentials,
        signer(stores.database, clock=clock),
        tenant_id=whose.id,
        user_id=None if user is None else user.id,
        scopes=scopes,
        lifetime=settings.access_token_seconds if lifetime is None else lifetime,
        clock=clock,
        plan=wanted.plan,
    )


def _organization_id() -> str:
    return random_id("org_")


def _user_id() -> str:
    return random_id("user_")
