"""Apinizer's log-in: a user name and a password become a token (``auth/token``)."""

from failwell.client.auth.oauth2 import OAuth2
from failwell.client.auth.protocol import AuthTools, Grant
from failwell.client.steps import Steps

__all__ = ["ApinizerLogin"]


class ApinizerLogin:
    """Logs in to Apinizer, and again whenever its token has run out or was revoked.

    Apinizer takes OAuth's client credentials, in the form, and gives no refresh token. With a
    personal token from its console use `Bearer` instead.

    Args:
        username: The user name.
        password: The password.
        url: Where to log in; a relative address is one of the client's base URL.
        leeway: Seconds before its end from which a token is renewed; at most a quarter of
            its life.
    """

    def __init__(
        self,
        username: str,
        password: str,
        *,
        url: str = "auth/token",
        leeway: float = 30.0,
    ) -> None:
        self._oauth2 = OAuth2(url, username, password, leeway=leeway, credentials_in="form")

    def __repr__(self) -> str:
        return "ApinizerLogin(***)"

    def set_credentials(self, *, username: str, password: str) -> None:
        """Go on as somebody else, or with a new password."""
        self._oauth2.set_credentials(client_id=username, client_secret=password)

    def grant(self, tools: AuthTools) -> Steps[Grant]:
        """Give the token; log in if there is none or it is about to end."""
        return (yield from self._oauth2.grant(tools))

    def renew(self, spent: Grant, tools: AuthTools) -> Steps[Grant | None]:
        """Give a newer token than the one that was refused; log in unless somebody has."""
        return (yield from self._oauth2.renew(spent, tools))
