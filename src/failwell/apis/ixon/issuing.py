"""Tokens made by an operator: what ``failwell credentials issue --api ixon`` does."""

from sqlalchemy import Connection

from failwell.apis.ixon.access_token_schemas import LONGEST_LIFE
from failwell.apis.ixon.authentication import ACCESS_TOKEN, API
from failwell.apis.ixon.company_rows import SMALL_PLANT, enrol, establish
from failwell.apis.ixon.people_rows import ensure_person
from failwell.apis.ixon.permissions import SCOPES
from failwell.apis.ixon.public_ids import company_id, public_id
from failwell.apis.ixon.settings import IxonSettings
from failwell.apis.ixon.tokens import NewToken, Tokens
from failwell.core.clock import Clock, SystemClock
from failwell.stores.accounts import Tenant, User
from failwell.stores.api_stores import ApiStores
from failwell.stores.credentials import IssuedCredential
from failwell.stores.database import Database
from failwell.stores.issuing import IssueRequest, owner, person

__all__ = ["APPLICATION", "KINDS", "issue"]

KINDS = (ACCESS_TOKEN,)
"""Kinds of credentials there are."""

APPLICATION = "FailwellDemo"
"""The application that every installation knows; its tokens are the operator's too."""


async def issue(
    stores: ApiStores,
    wanted: IssueRequest,
    *,
    settings: IxonSettings | None = None,
    clock: Clock | None = None,
) -> IssuedCredential:
    """Make an access token of `APPLICATION`; works beside a running server.

    A new tenant makes a new company, with an agent and some logged data. Without a user the
    token is its operator's. A new user cannot log in, but is an administrator. The token
    counts as made without a one-time password, and is good for sixty days unless another
    time is asked for.

    Args:
        stores: ``ixon.db`` and the shared part.
        wanted: What the operator asks for; scopes are permissions the token may use.
        settings: What the operator chose; nothing of it matters here.
        clock: Where the time comes from.

    Raises:
        FailwellError: There is no such kind or permission, or the person belongs elsewhere.
    """
    clock = clock or SystemClock()
    permissions = wanted.checked_scopes(API, kinds=KINDS, scopes=SCOPES)
    whose = await owner(
        stores.accounts, wanted.tenant, api=API, new_id=company_id, plan=wanted.plan
    )
    login = wanted.user or f"operator@{whose.id}.example"
    somebody = await person(
        stores.accounts, login, whose, api=API, new_id=lambda: public_id(clock.now())
    )
    await _settle(stores.database, whose, somebody, clock.now())
    return await Tokens(stores.database, stores.credentials, clock=clock).issue(
        NewToken(
            user_id=somebody.id,
            home=whose.id,
            application=APPLICATION,
            lifetime=LONGEST_LIFE if wanted.expires_in is None else wanted.expires_in,
            permissions=permissions,
        )
    )


async def _settle(database: Database, whose: Tenant, somebody: User, now: float) -> None:
    def ensure(connection: Connection) -> None:
        establish(connection, whose.id, name=whose.name, plant=SMALL_PLANT, now=now)
        name = somebody.login.partition("@")[0] or "Somebody"
        ensure_person(
            connection, somebody.id, email_address=somebody.login, name=name[:255], now=now
        )
        enrol(connection, whose.id, somebody.id, now=now)

    await database.write(ensure)
