"""Credentials: who is calling, and may they do this?"""

from failwell.core.exceptions import AuthenticationError, PermissionDeniedError
from failwell.core.situation import Situation
from failwell.server.exchange import Exchange
from failwell.server.guards.quota import QuotaGuard
from failwell.server.headers import Headers
from failwell.server.principal import Authenticator, Principal

__all__ = ["CredentialsGuard", "check_scopes"]


class CredentialsGuard:
    """Lets callers with good credentials pass, and notes in the exchange who they are.

    Args:
        authenticator: Knows the credentials.
        quota: Counts the refused ones by address.
    """

    def __init__(self, authenticator: Authenticator, *, quota: QuotaGuard | None = None) -> None:
        self._authenticator = authenticator
        self._quota = quota

    async def check(
        self, exchange: Exchange, headers: Headers, accepted: tuple[str, ...], address: str
    ) -> Principal:
        """Find out who is calling.

        Args:
            exchange: The request.
            headers: Its header fields.
            accepted: Kinds of credentials that will do.
            address: Where it comes from.

        Raises:
            AuthenticationError: No good credentials of an accepted kind.
            RateLimitError: None for too many times.
        """
        try:
            principal = await self._authenticate(headers, accepted)
        except AuthenticationError:
            if self._quota is not None:
                await self._quota.count_refused_credentials(exchange, address)
            raise
        exchange.principal = principal
        return principal

    async def _authenticate(self, headers: Headers, accepted: tuple[str, ...]) -> Principal:
        principal = await self._authenticator.authenticate(headers, accepted=accepted)
        if principal.kind not in accepted:
            raise AuthenticationError(situation=Situation.BAD_CREDENTIALS, reason="wrong_method")
        return principal


def check_scopes(principal: Principal, required: tuple[str, ...]) -> None:
    """Let a principal with every required scope pass.

    Raises:
        PermissionDeniedError: One is missing; with both lists.
    """
    if not set(required) <= set(principal.scopes):
        raise PermissionDeniedError(required=list(required), provided=list(principal.scopes))
