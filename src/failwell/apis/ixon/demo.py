"""The demo accounts: a company with logged data, and two people, one with a second factor."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from failwell.apis.ixon.api import PREFIX, IxonApi, Parts
from failwell.apis.ixon.authentication import API
from failwell.apis.ixon.company_rows import ADMINISTRATOR, DEMO_PLANT, enrol, establish
from failwell.apis.ixon.issuing import APPLICATION
from failwell.apis.ixon.people_rows import enable_otp, ensure_person, find_person
from failwell.apis.ixon.public_ids import company_id, public_id
from failwell.security.keys import KeyPattern, same
from failwell.security.totp import new_totp_secret
from failwell.stores.accounts import Tenant, User
from failwell.stores.demo_accounts import DemoAccounts

__all__ = ["curl", "demo"]

_EMAIL = "demo@ixon.example"
_OTP_EMAIL = "otp@ixon.example"
_PASSWORD = KeyPattern("demo-", 20)
_ENGINEER = "Engineer"
_AUTHENTICATOR = "Authenticator app"

Known = Mapping[str, Any]


async def demo(
    api: IxonApi, *, origin: str, previous: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Make what is missing of the demo accounts.

    Args:
        api: The API; it need not be started.
        origin: Where it will be served, ``http://127.0.0.1:8705``.
        previous: What this function returned at an earlier start.

    Returns:
        Address, application, company and log-ins; every one of them works.
    """
    parts, known = api.parts, previous or {}
    accounts = DemoAccounts(
        parts.accounts, parts.credentials, api=API, passwords=parts.passwords, clock=parts.clock
    )
    tenant = await accounts.tenant(tenant_id=company_id())

    async def user(login: str, member: str) -> tuple[User, str]:
        return await accounts.user(
            login,
            tenant,
            user_id=public_id(parts.clock.now()),
            known=known.get(member),
            generate=_PASSWORD.generate,
        )

    plain, password = await user(_EMAIL, "password")
    careful, otp_password = await user(_OTP_EMAIL, "otp_password")
    secret = await _settle(parts, tenant, plain, careful, known.get("otp_secret"))
    return {
        "base_url": f"{origin}{PREFIX}",
        "application_id": APPLICATION,
        "company_id": tenant.id,
        "email": plain.login,
        "password": password,
        "otp_email": careful.login,
        "otp_password": otp_password,
        "otp_secret": secret,
    }


def curl(known: Known) -> str:
    """Write a command that calls IXON with what `demo` returned."""
    return f"curl -i '{known['base_url']}/' -H 'Api-Version: 2'"


async def _settle(
    parts: Parts, tenant: Tenant, plain: User, careful: User, known_secret: str | None
) -> str:
    now = parts.clock.now()

    def ensure(connection: Connection) -> str:
        establish(connection, tenant.id, name=tenant.name, plant=DEMO_PLANT, now=now)
        # Roles of their own, so that one can be told to use a second factor and the other
        # can take that back.
        for user, name, role in (
            (plain, "Dana Demo", _ENGINEER),
            (careful, "Olly Otp", ADMINISTRATOR),
        ):
            ensure_person(connection, user.id, email_address=user.login, name=name, now=now)
            enrol(connection, tenant.id, user.id, role=role, now=now)
        return _enrolled(connection, careful.id, known_secret, now=now)

    return await parts.database.write(ensure)


def _enrolled(connection: Connection, user_id: str, known_secret: str | None, *, now: float) -> str:
    """Keep a second factor that is still there, or set one up."""
    stored = find_person(connection, user_id)["otp_secret"]
    if stored is not None and known_secret is not None and same(stored, known_secret):
        return known_secret
    secret = known_secret or new_totp_secret()
    enable_otp(connection, user_id, secret, device_name=_AUTHENTICATOR, step=None, now=now)
    return secret
