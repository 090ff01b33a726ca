"""Keys made by an operator: what ``failwell credentials issue --api agenthuman`` does."""

from failwell.apis.agenthuman.authentication import API, API_KEY, new_key
from failwell.apis.agenthuman.settings import AgentHumanSettings
from failwell.apis.agenthuman.wire import ENVIRONMENTS, PLANS, SCOPES
from failwell.core.clock import Clock, SystemClock
from failwell.security.keys import random_id
from failwell.stores.api_stores import ApiStores
from failwell.stores.credentials import IssuedCredential
from failwell.stores.issuing import IssueRequest, issue_key, owner

__all__ = ["KINDS", "account_id", "issue"]

KINDS = (API_KEY,)
"""Kinds of credentials there are."""


async def issue(
    stores: ApiStores,
    wanted: IssueRequest,
    *,
    settings: AgentHumanSettings | None = None,
    clock: Clock | None = None,
) -> IssuedCredential:
    """Make a live key; works beside a running server.

    Args:
        stores: ``agenthuman.db`` and the shared part.
        wanted: What the operator asks for; a new tenant makes a new account.
        settings: What the operator chose; nothing of it matters here.
        clock: Where the time comes from.

    Raises:
        FailwellError: There is no such kind, plan or permission, or the person belongs elsewhere.
    """
    scopes = wanted.checked_scopes(API, kinds=KINDS, scopes=SCOPES, plans=PLANS)
    whose = await owner(
        stores.accounts, wanted.tenant, api=API, new_id=account_id, plan=wanted.plan
    )
    return await issue_key(
        stores,
        wanted,
        whose,
        secret=new_key(ENVIRONMENTS[0]),
        credential_id=random_id("key_"),
        api=API,
        kind=API_KEY,
        scopes=scopes,
        new_user_id=_user_id,
        clock=clock or SystemClock(),
        environment=ENVIRONMENTS[0],
    )


def account_id() -> str:
    """Make the identifier of an account."""
    return random_id("acct_")


def _user_id() -> str:
    return random_id("user_")
