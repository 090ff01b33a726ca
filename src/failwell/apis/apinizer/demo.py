"""The demo accounts: an administrator, a member without roles, somebody from outside."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from failwell.apis.apinizer.api import PREFIX, ApinizerApi
from failwell.apis.apinizer.authentication import API
from failwell.apis.apinizer.installation import ensure_installation, ensure_project
from failwell.apis.apinizer.people_rows import (
    change_person,
    ensure_person,
    remove_member,
    set_member,
)
from failwell.apis.apinizer.wire import ADMIN
from failwell.security.keys import KeyPattern, random_id
from failwell.stores.accounts import User
from failwell.stores.demo_accounts import DemoAccounts

__all__ = ["DEMO_ADMIN", "curl", "demo"]

DEMO_ADMIN = "admin"
"""User name of the demo's administrator."""

_PASSWORD = KeyPattern("demo-", 20)
_PROJECT = "DemoProject"
_USERS = {"": DEMO_ADMIN, "member_": "member", "outsider_": "outsider"}

Known = Mapping[str, Any]


async def demo(
    api: ApinizerApi, *, origin: str, previous: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Make what is missing of the demo accounts.

    Args:
        api: The API; it need not be started.
        origin: Where it will be served, ``http://127.0.0.1:8704``.
        previous: What this function returned at an earlier start.

    Returns:
        The address, user names and passwords; every one of them works.
    """
    parts, known = api.parts, previous or {}
    accounts = DemoAccounts(
        parts.accounts, parts.credentials, api=API, passwords=parts.passwords, clock=parts.clock
    )
    tenant = await accounts.tenant(tenant_id=random_id("inst_"))
    users: dict[str, User] = {}
    shown: dict[str, str] = {"base_url": f"{origin}{PREFIX}"}
    for part, login in _USERS.items():
        users[part], password = await accounts.user(
            login,
            tenant,
            user_id=random_id("usr_"),
            known=known.get(f"{part}password"),
            generate=_PASSWORD.generate,
        )
        shown |= {f"{part}username": login, f"{part}password": password}
    now = parts.clock.now()
    await parts.database.write(lambda connection: _arrange(connection, tenant.id, users, now))
    return shown | {"project_name": _PROJECT}


def curl(known: Known) -> str:
    """Write a command that calls Apinizer with what `demo` returned."""
    return (
        f"curl -i '{known['base_url']}/auth/token' -d grant_type=client_credentials "
        f"-d 'client_id={known['username']}' -d 'client_secret={known['password']}'"
    )


def _arrange(connection: Connection, tenant_id: str, users: Mapping[str, User], now: float) -> None:
    """Give everybody exactly the place that the demo promises, whatever happened to it."""
    ensure_installation(connection, tenant_id, project=_PROJECT, now=now)
    project = ensure_project(connection, tenant_id, _PROJECT, now=now)
    for part, user in users.items():
        roles = [ADMIN] if part == "" else []
        ensure_person(connection, tenant_id, user.id, user.login, roles=roles, now=now)
        change_person(connection, tenant_id, user.id, {"enabled": True, "roles": roles})
    set_member(connection, project["id"], users["member_"].id, [])
    remove_member(connection, project["id"], users["outsider_"].id)
