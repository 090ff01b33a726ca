"""The demo accounts: everything a first look at Connix needs, made at the start."""

from collections.abc import Mapping
from typing import Any

from failwell.apis.connix.api import PREFIX, ConnixApi, Parts
from failwell.apis.connix.authentication import API, API_KEY, KEY_PATTERN
from failwell.apis.connix.oauth_rows import Grant, OAuthApp, add_app, find_app
from failwell.apis.connix.project_rows import add_project, list_projects
from failwell.apis.connix.wire import SCOPES
from failwell.security.keys import KeyPattern, digest, random_id, same
from failwell.stores.accounts import Tenant, User
from failwell.stores.demo_accounts import DemoAccounts

__all__ = ["curl", "demo"]

_EMAIL = "demo@connix.example"
_PASSWORD = KeyPattern("demo-", 20)
_CLIENT_SECRET = KeyPattern("cxs_", 48)
_REDIRECT_URI = "http://127.0.0.1:8765/callback"
_PROJECT = "Demo Project"

Known = Mapping[str, Any]


async def demo(
    api: ConnixApi, *, origin: str, previous: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Make what is missing of the demo accounts.

    Args:
        api: The API; it need not be started.
        origin: Where it will be served, ``http://127.0.0.1:8701``.
        previous: What this function returned at an earlier start.

    Returns:
        Addresses, keys and tokens; every one of them works.
    """
    parts, known = api.parts, previous or {}
    accounts = DemoAccounts(
        parts.accounts, parts.credentials, api=API, passwords=parts.passwords, clock=parts.clock
    )
    tenant = await accounts.tenant(tenant_id=random_id("org_"))
    user, password = await accounts.user(
        _EMAIL,
        tenant,
        user_id=random_id("user_"),
        known=known.get("password"),
        generate=_PASSWORD.generate,
    )

    async def key(member: str, name: str, scopes: tuple[str, ...]) -> str:
        return await accounts.key(
            known.get(member),
            generate=KEY_PATTERN.generate,
            credential_id=random_id("key_"),
            kind=API_KEY,
            tenant=tenant,
            user=user,
            name=name,
            scopes=scopes,
        )

    return {
        "base_url": f"{origin}{PREFIX}",
        "api_key": await key("api_key", "Demo key", SCOPES),
        "read_only_api_key": await key("read_only_api_key", "Demo key, read only", SCOPES[:1]),
        "organization_id": tenant.id,
        "project_id": await _project(parts, tenant),
        "email": user.login,
        "password": password,
        "oauth": await _oauth(parts, user, origin, known.get("oauth", {})),
    }


def curl(known: Known) -> str:
    """Write a command that calls Connix with what `demo` returned."""
    return f"curl -i '{known['base_url']}/hello?name=Test' -H 'X-API-Key: {known['api_key']}'"


async def _project(parts: Parts, tenant: Tenant) -> str:
    now = parts.clock.now()

    def ensure(connection: Any) -> str:
        found = list_projects(
            connection, tenant.id, _PROJECT, sort="created_at", order="asc", limit=1, offset=0
        )
        row = found[0] if found else add_project(connection, tenant.id, _PROJECT, now=now)
        return str(row["id"])

    return await parts.database.write(ensure)


async def _oauth(parts: Parts, user: User, origin: str, known: Known) -> dict[str, str]:
    app, secret = await _app(parts, user, known)
    grant = Grant(
        family=random_id("fam_"),
        client_id=app.client_id,
        user_id=user.id,
        organization_id=user.tenant_id,
        scopes=SCOPES,
        expires_at=parts.clock.now(),
        used=False,
    )
    pair = await parts.tokens.issue(grant)
    return {
        "authorize_url": f"{origin}/oauth2/authorize",
        "token_url": f"{origin}/oauth2/token",
        "client_id": app.client_id,
        "client_secret": secret,
        "redirect_uri": app.redirect_uri,
        "access_token": pair.access_token,
        "refresh_token": pair.refresh_token,
    }


async def _app(parts: Parts, user: User, known: Known) -> tuple[OAuthApp, str]:
    client_id, secret = str(known.get("client_id", "")), str(known.get("client_secret", ""))
    app = await parts.database.read(lambda connection: find_app(connection, client_id))
    if app is not None and same(digest(secret), app.secret_hash):
        return app, secret
    secret = _CLIENT_SECRET.generate()
    made = OAuthApp(
        client_id=random_id("app_"),
        organization_id=user.tenant_id,
        name="Demo App",
        homepage_url="http://127.0.0.1:8765/",
        redirect_uri=_REDIRECT_URI,
        secret_hash=digest(secret),
        created_at=parts.clock.now(),
    )
    await parts.database.write(lambda connection: add_app(connection, made))
    return made, secret
