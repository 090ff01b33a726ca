"""Credentials made by an operator: what ``failwell credentials issue --api apinizer`` does."""

from sqlalchemy import Connection

from failwell.apis.apinizer.authentication import API, TOKEN, signer
from failwell.apis.apinizer.installation import ensure_installation
from failwell.apis.apinizer.people_rows import ensure_person
from failwell.apis.apinizer.settings import ApinizerSettings
from failwell.apis.apinizer.tokens import issue_token
from failwell.apis.apinizer.wire import ADMIN, SCOPES
from failwell.core.clock import Clock, SystemClock
from failwell.security.keys import random_id
from failwell.stores.accounts import Tenant
from failwell.stores.api_stores import ApiStores
from failwell.stores.credentials import IssuedCredential
from failwell.stores.issuing import DEFAULT_TENANT, IssueRequest, owner, person

__all__ = ["KINDS", "issue"]

KINDS = (TOKEN,)
"""Kinds of credentials there are."""

_ADMIN = "admin"


async def issue(
    stores: ApiStores,
    wanted: IssueRequest,
    *,
    settings: ApinizerSettings | None = None,
    clock: Clock | None = None,
) -> IssuedCredential:
    """Make a token; works beside a running server.

    A new tenant makes a new installation, with environments and a project. Without a user the
    token is its administrator's. A new user cannot log in until it is given a password, but
    its token works; it has the roles asked for, or is an administrator when there are none. An
    old user keeps its own roles.

    Args:
        stores: ``apinizer.db``, with the signing key of tokens beside it, and the shared part.
        wanted: What the operator asks for; scopes are roles of the token in every project.
        settings: What the operator chose; nothing of it matters here.
        clock: Where the time comes from.

    Raises:
        FailwellError: There is no such kind or role, or the user belongs elsewhere.
    """
    clock, roles = clock or SystemClock(), wanted.scopes
    wanted.checked_scopes(API, kinds=KINDS, scopes=SCOPES)
    whose = await owner(
        stores.accounts, wanted.tenant, api=API, new_id=_installation_id, plan=wanted.plan
    )
    login = wanted.user or _administrator(whose)
    account = await person(stores.accounts, login, whose, api=API, new_id=_user_id)

    def arrange(connection: Connection) -> None:
        now = clock.now()
        ensure_installation(connection, whose.id, now=now)
        ensure_person(
            connection, whose.id, account.id, account.login, roles=roles or (ADMIN,), now=now
        )

    await stores.database.write(arrange)
    return await issue_token(
        stores.credentials,
        signer(stores.database, clock=clock),
        tenant_id=whose.id,
        user_id=account.id,
        name="Issued by the operator",
        lifetime=wanted.expires_in,
        clock=clock,
        roles=tuple(role for role in SCOPES if role in roles),
        plan=wanted.plan,
    )


def _administrator(installation: Tenant) -> str:
    # User names are unique over all installations.
    return _ADMIN if installation.name == DEFAULT_TENANT else f"{_ADMIN}@{installation.id}"


def _installation_id() -> str:
    return random_id("inst_")


def _user_id() -> str:
    return random_id("usr_")
