"""The demo accounts: one brand with two environments, and tokens for both."""

from collections.abc import Mapping
from typing import Any

from failwell.apis.connxt import identifiers
from failwell.apis.connxt.api import ConnxtApi, Parts
from failwell.apis.connxt.authentication import API, SECRET_TOKEN, TOKEN_PATTERN
from failwell.apis.connxt.catalogue import FLOW_TYPE_NAME
from failwell.apis.connxt.flow_rows import Row, find_flow_type, list_targets
from failwell.apis.connxt.issuing import DEFAULT_ENVIRONMENT, make_environment
from failwell.apis.connxt.wire import PREFIX, SCOPES, Owner
from failwell.security.keys import random_id
from failwell.stores.demo_accounts import DemoAccounts

__all__ = ["curl", "demo"]

_OTHER_ENVIRONMENT = "production"
_READING = tuple(scope for scope in SCOPES if scope.endswith(":read"))

Known = Mapping[str, Any]


async def demo(api: ConnxtApi, *, origin: str, previous: Known | None = None) -> dict[str, Any]:
    """Make what is missing of the demo accounts.

    Args:
        api: The API; it need not be started.
        origin: Where it will be served, ``http://127.0.0.1:8702``.
        previous: What this function returned at an earlier start.

    Returns:
        The address, tokens, and the ids of a payment gateway; every one of them works.
    """
    parts, known = api.parts, previous or {}
    accounts = DemoAccounts(parts.accounts, parts.credentials, api=API, clock=parts.clock)
    brand = await accounts.tenant(tenant_id=identifiers.BRAND.generate())
    database, clock = parts.database, parts.clock
    own = await make_environment(database, brand.id, DEFAULT_ENVIRONMENT, clock=clock)
    other = await make_environment(database, brand.id, _OTHER_ENVIRONMENT, clock=clock)

    async def token(member: str, name: str, where: Owner, scopes: tuple[str, ...]) -> str:
        return await accounts.key(
            await _of(parts, where, known.get(member)),
            generate=TOKEN_PATTERN.generate,
            credential_id=random_id("tkn_"),
            kind=SECRET_TOKEN,
            tenant=brand,
            name=name,
            scopes=scopes,
            environment=where.environment_id,
        )

    return {
        "base_url": f"{origin}{PREFIX}",
        "secret_token": await token("secret_token", "Demo token", own, SCOPES),
        "read_only_secret_token": await token(
            "read_only_secret_token", "Demo token, read only", own, _READING
        ),
        "other_environment_secret_token": await token(
            "other_environment_secret_token", "Demo token, production", other, SCOPES
        ),
        **await _flow(parts, own),
    }


def curl(known: Known) -> str:
    """Write a command that calls Connxt with what `demo` returned."""
    return (
        f"curl -i '{known['base_url']}/flow-types/definitions?type={FLOW_TYPE_NAME}' "
        f"-H 'X-SECRET-TOKEN: {known['secret_token']}'"
    )


async def _of(parts: Parts, where: Owner, known: str | None) -> str | None:
    """Keep a token only if its environment is still there: a lost database makes a new one."""
    found = await parts.credentials.find_by_secret(known or "", api=API)
    same = found is not None and found.environment == where.environment_id
    return known if same else None


async def _flow(parts: Parts, owner: Owner) -> dict[str, str]:
    def first(connection: Any) -> Row:
        flow_type = find_flow_type(connection, owner, FLOW_TYPE_NAME)
        return list_targets(connection, owner, flow_type["id"])[0]

    target = await parts.database.read(first)
    action = next(each for each in target["actions"] if each["name"] == "DEPOSIT")
    return {
        "flow_target_id": target["id"],
        "flow_action_id": action["id"],
        "flow_definition_id": action["definition_id"],
    }
