"""Tokens made by an operator: what ``failwell credentials issue --api ixon`` does."""

from collections.abc import Iterable

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
from failwell.stores.accounts import AccountStore, Tenant, User
from failwell.stores.credentials import CredentialStore, IssuedCredential
from failwell.stores.database import Database
from failwell.stores.issuing import check_words, owner, person

__all__ = ["APPLICATION", "KINDS", "issue"]

KINDS = (ACCESS_TOKEN,)
"""Kinds of credentials there are."""

APPLICATION = "FailwellDemo"
"""The application that every installation knows; its tokens are the operator's too."""


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
    settings: IxonSettings | None = None,
    clock: Clock | None = None,
) -> IssuedCredential:
    """Make an access token of `APPLICATION`; works beside a running server.

    It counts as made without a one-time password.

    Args:
        database: ``ixon.db``.
        accounts: Where companies and log-ins are kept.
        credentials: Where the hashes of tokens are kept.
        kind: One of `KINDS`.
        tenant: Name or public id of a company; a new name makes a new one, with an agent and
            some logged data.
        user: E-mail address of a person in it; a new one cannot log in, but is an
            administrator. The company's operator when not given.
        plan: Kept with a new company; all have the same limits.
        scopes: Permissions the token may use; all of its person's when there are none.
        expires_in: Seconds it is good; sixty days when not given.
        settings: What the operator chose; nothing of it matters here.
        clock: Where the time comes from.

    Raises:
        FailwellError: There is no such kind or permission, or the person belongs elsewhere.
    """
    clock, wanted = clock or SystemClock(), tuple(scopes)
    check_words(API, "kind", () if kind is None else (kind,), KINDS)
    check_words(API, "scope", wanted, SCOPES)
    whose = await owner(accounts, tenant, api=API, new_id=company_id, plan=plan)
    login = user or f"operator@{whose.id}.example"
    somebody = await person(accounts, login, whose, api=API, new_id=lambda: public_id(clock.now()))
    await _settle(database, whose, somebody, clock.now())
    return await Tokens(database, credentials, clock=clock).issue(
        NewToken(
            user_id=somebody.id,
            home=whose.id,
            application=APPLICATION,
            lifetime=LONGEST_LIFE if expires_in is None else expires_in,
            permissions=tuple(each for each in SCOPES if each in wanted) or SCOPES,
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
