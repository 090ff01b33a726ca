"""``auth/token``: a user name and a password become a token.

It takes OAuth's client credentials, whose names the user name and password travel under.
The grant is checked by its name: another one is a bad request and not a bad value.
"""

from failwell.apis.apinizer.authentication import API
from failwell.apis.apinizer.people_rows import note_login
from failwell.apis.apinizer.tokens import Tokens
from failwell.core.clock import Clock
from failwell.core.exceptions import AuthenticationError
from failwell.core.situation import Situation
from failwell.security.passwords import Passwords
from failwell.server.operation import FORM, Call, Operation, Reply
from failwell.server.schemas import Schema, answer, text
from failwell.stores.accounts import AccountStore, User
from failwell.stores.database import Database

__all__ = ["TokenEndpoint"]

_REQUEST: Schema = {
    "type": "object",
    "properties": {
        "grant_type": {"type": "string", "enum": ["client_credentials"]},
        "client_id": text(1, 200, description="The user name."),
        "client_secret": text(1, 200, description="The password."),
    },
    "required": ["grant_type", "client_id", "client_secret"],
}
_TOKEN: Schema = answer(
    access_token={"type": "string"},
    token_type={"type": "string", "enum": ["Bearer"]},
    expires_in={"type": "integer", "minimum": 1},
)


class TokenEndpoint:
    """The endpoint that gives out tokens.

    Args:
        database: ``apinizer.db``.
        accounts: Where log-ins are kept.
        passwords: Checks passwords.
        tokens: Makes tokens.
        clock: Where the time comes from.
    """

    def __init__(
        self,
        database: Database,
        *,
        accounts: AccountStore,
        passwords: Passwords,
        tokens: Tokens,
        clock: Clock,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._passwords = passwords
        self._tokens = tokens
        self._clock = clock

    async def trade(self, call: Call) -> Reply:
        """Trade a user name and a password for a token."""
        user = await self._user(call.body["client_id"], call.body["client_secret"])
        now = self._clock.now()
        may_enter = await self._database.write(
            lambda connection: note_login(connection, user.tenant_id, user.id, now=now)
        )
        if not may_enter:
            raise _refused("disabled")
        secret = await self._tokens.log_in(user)
        body = {
            "access_token": secret,
            "token_type": "Bearer",
            "expires_in": self._tokens.seconds,
        }
        return Reply(body=body, headers=(("Cache-Control", "no-store"),))

    async def _user(self, username: str, password: str) -> User:
        user = await self._accounts.find_user(username, api=API)
        # Compared even when there is no such user, so that both take the same time.
        check = await self._passwords.check(password, None if user is None else user.password_hash)
        if user is None or not check.matches:
            raise _refused("unknown")
        return user

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoint."""
        return (
            Operation(
                method="POST",
                path="/auth/token",
                handler=self.trade,
                id="createToken",
                summary="Trade a user name and a password for a token.",
                tags=("auth",),
                body=_REQUEST,
                media=FORM,
                returns=_TOKEN,
                situations=(Situation.BAD_CREDENTIALS,),
            ),
        )


def _refused(reason: str) -> AuthenticationError:
    return AuthenticationError(reason=reason, field="client_secret")
