"""Credentials made by an operator: what ``failwell credentials issue --api apinizer`` does."""

from collections.abc import Iterable

from sqlalchemy import Connection

from failwell.apis.apinizer.authentication import API, TOKEN, signer
from failwell.apis.apinizer.installation import ensure_installation
from failwell.apis.apinizer.people_rows import ensure_person
from failwell.apis.apinizer.settings import ApinizerSettings
from failwell.apis.apinizer.tokens import issue_token
from failwell.apis.apinizer.wire import ADMIN, SCOPES
from failwell.core.clock import Clock, SystemClock
from failwell.security.keys import random_id
from failwell.stores.accounts import AccountStore, Tenant
from failwell.stores.credentials import CredentialStore, IssuedCredential
from failwell.stores.database import Database
from failwell.stores.issuing import DEFAULT_TENANT, check_words, owner, person

__all__ = ["KINDS", "issue"]

KINDS = (TOKEN,)
"""Kinds of credentials there are."""

_ADMIN = "admin"


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
    settings: ApinizerSettings | None = None,
    clock: Clock | None = None,
) -> IssuedCredential:
    """Make a token; works beside a running server.

    Args:
        database: ``apinizer.db``; the signing key of tokens lies beside it.
        accounts: Where installations and log-ins are kept.
        credentials: Where tokens are noted.
        kind: One of `KINDS`.
        tenant: Name or identifier of an installation; a new name makes a new one, with
            environments and a project.
        user: User name in it; its administrator when not given. A new one cannot log in
            until it is given a password, but its token works.
        plan: Kept with the token; every plan has the same limits.
        scopes: Roles of the token in every project, and those of a new user; a new user is
            an administrator when there are none, an old one keeps its own roles.
        expires_in: Seconds it is good; for good when not given.
        settings: What the operator chose; nothing of it matters here.
        clock: Where the time comes from.

    Raises:
        FailwellError: There is no such kind or role, or the user belongs elsewhere.
    """
    clock, roles = clock or SystemClock(), tuple(scopes)
    check_words(API, "kind", [] if kind is None else [kind], KINDS)
    check_words(API, "role", roles, SCOPES)
    whose = await owner(accounts, tenant, api=API, new_id=_installation_id, plan=plan)
    login = user or _administrator(whose)
    account = await person(accounts, login, whose, api=API, new_id=_user_id)

    def arrange(connection: Connection) -> None:
        now = clock.now()
        ensure_installation(connection, whose.id, now=now)
        ensure_person(
            connection, whose.id, account.id, account.login, roles=roles or (ADMIN,), now=now
        )

    await database.write(arrange)
    return await issue_token(
        credentials,
        signer(database, clock=clock),
        tenant_id=whose.id,
        user_id=account.id,
        name="Issued by the operator",
        lifetime=expires_in,
        clock=clock,
        roles=tuple(role for role in SCOPES if role in roles),
        plan=plan,
    )


def _administrator(installation: Tenant) -> str:
    # User names are unique over all installations.
    return _ADMIN if installation.name == DEFAULT_TENANT else f"{_ADMIN}@{installation.id}"


def _installation_id() -> str:
    return random_id("inst_")


def _user_id() -> str:
    return random_id("usr_")
