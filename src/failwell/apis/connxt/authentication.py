"""Who is calling Connxt: an environment, by its token in ``X-SECRET-TOKEN``."""

import string

from failwell.core.clock import Clock
from failwell.security.keys import KeyPattern
from failwell.server.authentication import KeyAuthenticator
from failwell.stores.credentials import CredentialStore

__all__ = ["API", "HEADER", "SECRET_TOKEN", "SECURITY", "TOKEN_PATTERN", "authenticator"]

API = "connxt"
"""The name its credentials are stored under."""

SECRET_TOKEN = "secret-token"  # noqa: S105  # names a kind, holds no secret
"""Kind of credential: the token of an environment."""

HEADER = "X-SECRET-TOKEN"
"""The header field of the token."""

TOKEN_PATTERN = KeyPattern("sec_", 26, string.digits + string.ascii_letters)
"""How every token looks."""

SECURITY = {"secret_token": {"type": "apiKey", "in": "header", "name": HEADER}}
"""The security scheme of the documents."""


def authenticator(credentials: CredentialStore, *, clock: Clock) -> KeyAuthenticator:
    """Make what finds the environment behind a token.

    Args:
        credentials: Where tokens are kept.
        clock: Where the time comes from.
    """
    return KeyAuthenticator(
        credentials,
        api=API,
        kind="secret_token",
        stored_kind=SECRET_TOKEN,
        header=HEADER,
        matches=TOKEN_PATTERN.matches,
        clock=clock,
    )
