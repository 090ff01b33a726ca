"""Credentials that never change by themselves: API keys and ready-made tokens."""

from collections.abc import Mapping

from failwell.client.auth.protocol import AuthTools, Grant
from failwell.client.steps import Steps
from failwell.core.catalogue import Auth as Place
from failwell.core.contract import Contract

__all__ = ["ApiKey", "Bearer"]

_HEADER = Place(where="header", name="Authorization", scheme="Bearer")


class ApiKey:
    """An API key, put where the contract says: a header field, the query or a cookie.

    Args:
        key: The key.
        header: Name of a header field that carries it as it is, whatever the contract says.
            Without both it goes into ``Authorization`` as a bearer token.
    """

    def __init__(self, key: str, header: str | None = None) -> None:
        self._key = key
        self._header = header
        self._placed: tuple[Contract | None, Grant] | None = None

    def __repr__(self) -> str:
        return "ApiKey(***)"

    def grant(self, tools: AuthTools) -> Steps[Grant]:
        """Give the key; nothing is sent for it."""
        yield from ()  # a generator that asks for nothing
        placed = self._placed
        # Clients with different contracts may share it; most often there is one.
        if placed is None or placed[0] is not tools.contract:
            placed = self._placed = (tools.contract, self._place(tools.contract))
        return placed[1]

    def _place(self, contract: Contract | None) -> Grant:
        if self._header is not None:
            return Grant(headers={self._header: self._key}, secrets=(self._key,))
        place = contract.auth if contract is not None else None
        return _placed(place or _HEADER, self._key)

    def renew(self, spent: Grant, tools: AuthTools) -> Steps[Grant | None]:
        """Give nothing: a key that was refused stays refused."""
        yield from ()
        return None


class Bearer:
    """A token that somebody else keeps good, sent as ``Authorization: Bearer``.

    Args:
        token: The token.
    """

    def __init__(self, token: str) -> None:
        self._grant = _placed(_HEADER, token)

    def __repr__(self) -> str:
        return "Bearer(***)"

    def grant(self, tools: AuthTools) -> Steps[Grant]:
        """Give the token; nothing is sent for it."""
        yield from ()
        return self._grant

    def renew(self, spent: Grant, tools: AuthTools) -> Steps[Grant | None]:
        """Give nothing: a token that was refused stays refused."""
        yield from ()
        return None


def _placed(place: Place, secret: str) -> Grant:
    text = secret if place.scheme is None else f"{place.scheme} {secret}"
    carried: Mapping[str, str] = {place.name: text}
    if place.where == "query":
        return Grant(params=carried, secrets=(secret,))
    if place.where == "cookie":
        return Grant(cookies=carried, secrets=(secret,))
    return Grant(headers=carried, secrets=(secret,))
