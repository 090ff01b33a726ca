"""Who is calling AgentHuman: a key in ``x-api-key``."""

import string

from failwell.apis.agenthuman.wire import ENVIRONMENTS
from failwell.core.clock import Clock
from failwell.security.keys import KeyPattern
from failwell.server.authentication import KeyAuthenticator
from failwell.stores.credentials import CredentialStore

__all__ = ["API", "API_KEY", "SECURITY", "authenticator", "new_key"]

API = "agenthuman"
"""The name its credentials are stored under."""

API_KEY = "api-key"
"""Kind of credential: a key for programs."""

SECURITY = {"api_key": {"type": "apiKey", "in": "header", "name": "x-api-key"}}
"""The security schemes of the documents."""

_PATTERNS = {
    environment: KeyPattern(f"ah_{environment}_", 32, string.ascii_letters + string.digits)
    for environment in ENVIRONMENTS
}


def new_key(environment: str) -> str:
    """Make the secret of a key; its beginning shows what it opens."""
    return _PATTERNS[environment].generate()


def authenticator(credentials: CredentialStore, *, clock: Clock) -> KeyAuthenticator:
    """Make what finds the principal behind a key.

    Args:
        credentials: Where keys are kept.
        clock: Where the time comes from.
    """
    return KeyAuthenticator(
        credentials, api=API, header="x-api-key", matches=_looks_like_a_key, clock=clock
    )


def _looks_like_a_key(text: str) -> bool:
    return any(pattern.matches(text) for pattern in _PATTERNS.values())
