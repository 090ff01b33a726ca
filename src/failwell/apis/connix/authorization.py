"""``/oauth2/authorize``: a person logs in and lets an app act for them."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from failwell.apis.connix.authentication import API
from failwell.apis.connix.login_page import LOGIN_HEADERS, login_page
from failwell.apis.connix.oauth_rows import OAuthApp, add_code, find_app
from failwell.apis.connix.wire import SCOPES
from failwell.core.clock import Clock
from failwell.core.exceptions import AuthenticationError
from failwell.core.situation import Situation
from failwell.security.keys import KeyPattern, digest
from failwell.security.passwords import Passwords
from failwell.server.operation import FORM, Call, Operation, Reply
from failwell.server.schemas import Schema
from failwell.stores.accounts import AccountStore, User
from failwell.stores.database import Database

__all__ = ["Authorization"]

_CODE = KeyPattern("cxc_", 48)
_CODE_SECONDS = 600.0
_TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": 2048}

_ASKED: Mapping[str, Schema] = {
    "response_type": {"type": "string", "enum": ["code"], "default": "code"},
    "client_id": _TEXT,
    "redirect_uri": _TEXT,
    "scope": {
        "type": "string",
        "maxLength": 2048,
        "pattern": f"^((?:{'|'.join(SCOPES)})(?: |$))*$",
        "description": f"Separated by spaces, of: {' '.join(SCOPES)}. All of them by default.",
    },
    "state": {"type": "string", "maxLength": 2048, "description": "Comes back unchanged."},
}
_QUERY: Schema = {
    "type": "object",
    "properties": _ASKED,
    "required": ["client_id", "redirect_uri"],
}
_LOGIN: Schema = {
    "type": "object",
    "properties": {
        "email": {"type": "string", "minLength": 1, "maxLength": 320},
        "password": {"type": "string", "minLength": 1, "maxLength": 1024},
        **_ASKED,
    },
    "required": ["email", "password", "client_id", "redirect_uri"],
}


class Authorization:
    """The endpoints of logging in.

    Args:
        database: ``connix.db``.
        accounts: Where people are kept.
        passwords: Checks passwords.
        clock: Where the time comes from.
    """

    def __init__(
        self,
        database: Database,
        *,
        accounts: AccountStore,
        passwords: Passwords,
        clock: Clock,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._passwords = passwords
        self._clock = clock

    async def page(self, call: Call) -> Reply:
        """Show the log-in page of an app that may ask."""
        app, scopes = await self._asked(call.query)
        return _page(app, scopes, call.query)

    async def log_in(self, call: Call) -> Reply:
        """Check e-mail and password, then send the app a code."""
        app, scopes = await self._asked(call.body)
        user = await self._user(call.body["email"], call.body["password"])
        if user is None and "text/html" in call.headers.get("Accept", ""):
            return _page(app, scopes, call.body, refused=True)
        if user is None:
            raise AuthenticationError(reason="unknown", field="email")
        code = await self._code(app, user, scopes)
        return Reply(headers=(("Location", _back(call.body, code)), ("Cache-Control", "no-store")))

    async def _asked(self, given: Mapping[str, Any]) -> tuple[OAuthApp, tuple[str, ...]]:
        app = await self._database.read(lambda connection: find_app(connection, given["client_id"]))
        # Never redirect to an address that was not registered: it would get the code.
        if app is None or given["redirect_uri"] != app.redirect_uri:
            raise AuthenticationError(reason="unknown", field="client_id")
        return app, _scopes(given.get("scope", ""))

    async def _user(self, email: str, password: str) -> User | None:
        user = await self._accounts.find_user(email, api=API)
        stored = None if user is None else user.password_hash
        check = await self._passwords.check(password, stored)
        return user if check.matches else None

    async def _code(self, app: OAuthApp, user: User, scopes: tuple[str, ...]) -> str:
        code, now = _CODE.generate(), self._clock.now()
        await self._database.write(
            lambda connection: add_code(
                connection,
                digest(code),
                app=app,
                expires_at=now + _CODE_SECONDS,
                user_id=user.id,
                organization_id=user.tenant_id,
                scopes=list(scopes),
            )
        )
        return code

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="GET",
                path="/oauth2/authorize",
                prefix="",
                handler=self.page,
                id="showLogin",
                summary="Show the log-in page.",
                tags=("oauth",),
                query=_QUERY,
                situations=(Situation.BAD_CREDENTIALS,),
            ),
            Operation(
                method="POST",
                path="/oauth2/authorize",
                prefix="",
                handler=self.log_in,
                id="logIn",
                summary="Log in and send the app a code.",
                tags=("oauth",),
                body=_LOGIN,
                media=FORM,
                status=302,
                situations=(Situation.BAD_CREDENTIALS,),
            ),
        )


def _scopes(text: str) -> tuple[str, ...]:
    asked = text.split()
    return tuple(scope for scope in SCOPES if scope in asked) or SCOPES


def _page(
    app: OAuthApp, scopes: tuple[str, ...], given: Mapping[str, Any], *, refused: bool = False
) -> Reply:
    kept = {name: str(given[name]) for name in _ASKED if name in given}
    page = login_page(app.name, scopes, kept, refused=refused)
    return Reply(status=200, body=page, headers=LOGIN_HEADERS, media="text/html; charset=utf-8")


def _back(given: Mapping[str, Any], code: str) -> str:
    answer = {"code": code} | {name: given[name] for name in ("state",) if name in given}
    joint = "&" if "?" in given["redirect_uri"] else "?"
    return f"{given['redirect_uri']}{joint}{urlencode(answer)}"
