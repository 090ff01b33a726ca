"""OAuth in the database: apps, authorization codes and refresh tokens, as hashes.

One log-in and everything that grows out of it is a family. A code or refresh token that
is presented a second time has been in two hands, so its whole family ends (RFC 9700, 4.14.2).
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, delete, insert, or_, select, update

from failwell.apis.connix.tables import authorization_codes, oauth_apps, refresh_tokens
from failwell.security.keys import random_id

__all__ = [
    "FreshToken",
    "Grant",
    "OAuthApp",
    "add_app",
    "add_code",
    "add_refresh_token",
    "find_app",
    "find_code",
    "find_refresh_token",
    "revoke_family",
    "spend",
]

_KEEP = 86_400.0
"""Seconds that codes and tokens stay known after their end, so that reuse is noticed."""


class OAuthApp(msgspec.Struct, frozen=True, kw_only=True):
    """A program that people let act for them."""

    client_id: str
    """Its public name."""

    organization_id: str
    """Who registered it."""

    name: str
    """What the log-in page calls it."""

    homepage_url: str
    """Where to read about it."""

    redirect_uri: str
    """The only address codes are sent to."""

    secret_hash: str
    """The digest of its secret."""

    created_at: float
    """Unix seconds."""


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a code or refresh token stands for."""

    family: str
    """The log-in it comes from."""

    client_id: str
    """The app it was given to."""

    user_id: str
    """Who logged in."""

    organization_id: str
    """Whose data it opens."""

    scopes: tuple[str, ...]
    """What the person allowed."""

    expires_at: float
    """When it ends, in Unix seconds."""

    used: bool
    """Whether it was presented before, or taken back."""

    redirect_uri: str | None = None
    """Of a code, where it was sent."""


class FreshToken(msgspec.Struct, frozen=True, kw_only=True):
    """A refresh token about to be given out."""

    token_hash: str
    """Its digest."""

    access_token_id: str
    """The access token that goes with it."""

    expires_at: float
    """When it ends, in Unix seconds."""


def add_app(connection: Connection, app: OAuthApp) -> None:
    """Register an app."""
    connection.execute(insert(oauth_apps).values(msgspec.structs.asdict(app)))


def find_app(connection: Connection, client_id: str) -> OAuthApp | None:
    """Find an app by its public name."""
    query = select(oauth_apps).where(oauth_apps.c.client_id == client_id)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else OAuthApp(**row)


def add_code(
    connection: Connection, code_hash: str, *, app: OAuthApp, expires_at: float, **whose: Any
) -> None:
    """Store a fresh code as the beginning of a family."""
    connection.execute(
        insert(authorization_codes).values(
            code_hash=code_hash,
            family=random_id("fam_"),
            client_id=app.client_id,
            redirect_uri=app.redirect_uri,
            expires_at=expires_at,
            **whose,
        )
    )


def find_code(connection: Connection, code_hash: str) -> Grant | None:
    """Find what a code stands for."""
    table = authorization_codes
    row = connection.execute(select(table).where(table.c.code_hash == code_hash)).first()
    if row is None:
        return None
    return _grant(row, used=row.used_at is not None, redirect_uri=row.redirect_uri)


def find_refresh_token(connection: Connection, token_hash: str) -> Grant | None:
    """Find what a refresh token stands for."""
    table = refresh_tokens
    row = connection.execute(select(table).where(table.c.token_hash == token_hash)).first()
    if row is None:
        return None
    return _grant(row, used=row.used_at is not None or row.revoked_at is not None)


def spend(
    connection: Connection, presented: str, grant: Grant, fresh: FreshToken, *, now: float
) -> bool:
    """Trade a code or refresh token for a fresh refresh token, once.

    Args:
        connection: The transaction.
        presented: The hash of what is traded.
        grant: What it stands for.
        fresh: What is given for it.
        now: Unix seconds.

    Returns:
        Whether it was still unused; of two requests at the same time one gets False.
    """
    table, key = _kept_in(grant)
    change = update(table).where(key == presented, *_unused(table)).values(used_at=now)
    if connection.execute(change).rowcount == 0:
        return False
    add_refresh_token(connection, grant, fresh)
    for outdated in (authorization_codes, refresh_tokens):
        connection.execute(delete(outdated).where(outdated.c.expires_at < now - _KEEP))
    return True


def add_refresh_token(connection: Connection, grant: Grant, fresh: FreshToken) -> None:
    """Store a refresh token of a family."""
    connection.execute(
        insert(refresh_tokens).values(
            token_hash=fresh.token_hash,
            family=grant.family,
            client_id=grant.client_id,
            user_id=grant.user_id,
            organization_id=grant.organization_id,
            scopes=list(grant.scopes),
            access_token_id=fresh.access_token_id,
            expires_at=fresh.expires_at,
        )
    )


def revoke_family(connection: Connection, family: str, *, now: float, since: float) -> list[str]:
    """End every refresh token of a family.

    Args:
        family: The family.
        now: Unix seconds.
        since: Access tokens replaced before this moment have expired by themselves.

    Returns:
        The identifiers of its access tokens that may still be good.
    """
    table = refresh_tokens
    members = table.c.family == family
    alive = or_(table.c.used_at.is_(None), table.c.used_at >= since)
    tokens: Sequence[str] = (
        connection.execute(select(table.c.access_token_id).where(members, alive)).scalars().all()
    )
    change = update(table).where(members, table.c.revoked_at.is_(None))
    connection.execute(change.values(revoked_at=now))
    return list(tokens)


def _kept_in(grant: Grant) -> tuple[Table, Any]:
    if grant.redirect_uri is not None:
        return authorization_codes, authorization_codes.c.code_hash
    return refresh_tokens, refresh_tokens.c.token_hash


def _unused(table: Table) -> tuple[Any, ...]:
    return tuple(table.c[name].is_(None) for name in ("used_at", "revoked_at") if name in table.c)


def _grant(row: Any, *, used: bool, redirect_uri: str | None = None) -> Grant:
    return Grant(
        family=row.family,
        client_id=row.client_id,
        user_id=row.user_id,
        organization_id=row.organization_id,
        scopes=tuple(row.scopes),
        expires_at=row.expires_at,
        used=used,
        redirect_uri=redirect_uri,
    )
