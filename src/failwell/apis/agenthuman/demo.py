"""The demo account: everything a first look at AgentHuman needs, made at the start."""

from collections.abc import Mapping
from typing import Any

from failwell.apis.agenthuman.api import AgentHumanApi
from failwell.apis.agenthuman.authentication import API, API_KEY, new_key
from failwell.apis.agenthuman.avatar_rows import default_look
from failwell.apis.agenthuman.issuing import account_id
from failwell.apis.agenthuman.role_rows import list_roles
from failwell.apis.agenthuman.wire import ENVIRONMENTS, PREFIX, SCOPES
from failwell.security.keys import random_id
from failwell.stores.demo_accounts import DemoAccounts

__all__ = ["curl", "demo"]

Known = Mapping[str, Any]

_READING = tuple(scope for scope in SCOPES if scope.endswith(":read"))


async def demo(
    api: AgentHumanApi, *, origin: str, previous: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Make what is missing of the demo account.

    Args:
        api: The API; it need not be started.
        origin: Where it will be served, ``http://127.0.0.1:8703``.
        previous: What this function returned at an earlier start.

    Returns:
        Addresses, keys and identifiers; every one of them works.
    """
    parts, known = api.parts, previous or {}
    accounts = DemoAccounts(parts.accounts, parts.credentials, api=API, clock=parts.clock)
    tenant = await accounts.tenant(tenant_id=account_id())

    async def key(member: str, name: str, scopes: tuple[str, ...]) -> str:
        return await accounts.key(
            known.get(member),
            generate=lambda: new_key(ENVIRONMENTS[0]),
            credential_id=random_id("key_"),
            kind=API_KEY,
            tenant=tenant,
            name=name,
            scopes=scopes,
            environment=ENVIRONMENTS[0],
        )

    role_id, avatar_id = await parts.database.read(
        lambda connection: (list_roles(connection)[0]["id"], default_look(connection))
    )
    return {
        "base_url": f"{origin}{PREFIX}",
        "api_key": await key("api_key", "Demo key", SCOPES),
        "read_only_api_key": await key("read_only_api_key", "Demo key, read only", _READING),
        "role_id": role_id,
        "avatar_id": avatar_id,
    }


def curl(known: Known) -> str:
    """Write a command that calls AgentHuman with what `demo` returned."""
    return f"curl -i '{known['base_url']}/roles' -H 'x-api-key: {known['api_key']}'"
