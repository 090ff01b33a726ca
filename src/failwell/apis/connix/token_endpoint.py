"""``/oauth2/token``: apps trade codes and refresh tokens for access tokens.

Errors are in Connix's envelope like everywhere else, not in the form of RFC 6749: a code
or refresh token that opens nothing is a 401.
"""

import base64
import binascii
from urllib.parse import unquote_plus

from failwell.apis.connix.oauth_rows import (
    Grant,
    OAuthApp,
    find_app,
    find_code,
    find_refresh_token,
)
from failwell.apis.connix.tokens import TokenPair, Tokens
from failwell.core.clock import Clock
from failwell.core.exceptions import AuthenticationError
from failwell.core.situation import Situation
from failwell.security.keys import digest, same
from failwell.server.operation import FORM, Call, Operation, Reply
from failwell.server.schemas import Schema, answer
from failwell.stores.database import Database

__all__ = ["TokenEndpoint"]

_TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": 2048}


def _needs(grant_type: str, *fields: str) -> Schema:
    chosen = {"properties": {"grant_type": {"const": grant_type}}, "required": ["grant_type"]}
    return {"if": chosen, "then": {"required": list(fields)}}


_REQUEST: Schema = {
    "type": "object",
    "properties": {
        "grant_type": {"type": "string", "enum": ["authorization_code", "refresh_token"]},
        "code": _TEXT,
        "redirect_uri": _TEXT,
        "refresh_token": _TEXT,
        "client_id": {**_TEXT, "description": "Or by HTTP Basic, with the secret."},
        "client_secret": _TEXT,
    },
    "required": ["grant_type"],
    "allOf": [
        _needs("authorization_code", "code", "redirect_uri"),
        _needs("refresh_token", "refresh_token"),
    ],
}

_TOKENS: Schema = answer(
    access_token={"type": "string"},
    token_type={"type": "string", "enum": ["Bearer"]},
    expires_in={"type": "integer"},
    refresh_token={"type": "string", "description": "Good once, for 30 days."},
    scope={"type": "string"},
)


class TokenEndpoint:
    """The endpoint of tokens.

    Args:
        database: ``connix.db``.
        tokens: Trades grants for tokens.
        clock: Where the time comes from.
    """

    def __init__(self, database: Database, *, tokens: Tokens, clock: Clock) -> None:
        self._database = database
        self._tokens = tokens
        self._clock = clock

    async def trade(self, call: Call) -> Reply:
        """Trade a code or a refresh token for an access token and a new refresh token."""
        app = await self._app(call)
        by_code = call.body["grant_type"] == "authorization_code"
        presented = call.body["code" if by_code else "refresh_token"]
        find = find_code if by_code else find_refresh_token
        grant = await self._database.read(lambda connection: find(connection, digest(presented)))
        good = await self._good(grant, app, call.body.get("redirect_uri"))
        pair = await self._tokens.trade(presented, good)
        if pair is None:
            raise _refused("revoked")
        return Reply(body=_tokens(pair), headers=(("Cache-Control", "no-store"),))

    async def _app(self, call: Call) -> OAuthApp:
        client_id, secret = _client(call)
        app = await self._database.read(lambda connection: find_app(connection, client_id))
        # Compared even when there is no such app, so that both take the same time.
        good = same(digest(secret), "" if app is None else app.secret_hash)
        if app is None or not good:
            raise _refused("unknown")
        return app

    async def _good(self, grant: Grant | None, app: OAuthApp, redirect_uri: str | None) -> Grant:
        if grant is None or grant.client_id != app.client_id:
            raise _refused("unknown")
        if grant.used:
            await self._tokens.end_family(grant)
            raise _refused("revoked")
        if grant.expires_at <= self._clock.now():
            raise _refused("expired")
        if grant.redirect_uri not in (None, redirect_uri):
            raise _refused("unknown")
        return grant

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoint."""
        return (
            Operation(
                method="POST",
                path="/oauth2/token",
                prefix="",
                handler=self.trade,
                id="tradeToken",
                summary="Trade a code or refresh token for an access token.",
                tags=("oauth",),
                body=_REQUEST,
                media=FORM,
                returns=_TOKENS,
                situations=(Situation.BAD_CREDENTIALS,),
            ),
        )


def _client(call: Call) -> tuple[str, str]:
    """Read who the app says it is: in the form, or by HTTP Basic (RFC 6749, 2.3.1)."""
    scheme, _, encoded = call.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return call.body.get("client_id", ""), call.body.get("client_secret", "")
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        raise _refused("malformed") from None
    return unquote_plus(name), unquote_plus(secret)


def _refused(reason: str) -> AuthenticationError:
    return AuthenticationError(reason=reason)


def _tokens(pair: TokenPair) -> dict[str, str | int]:
    return {
        "access_token": pair.access_token,
        "token_type": "Bearer",
        "expires_in": pair.expires_in,
        "refresh_token": pair.refresh_token,
        "scope": " ".join(pair.scopes),
    }
