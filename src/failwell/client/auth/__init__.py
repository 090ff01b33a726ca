"""Log-ins: how a client proves who it is, and how it stays proven."""

from failwell.client.auth.apinizer import ApinizerLogin
from failwell.client.auth.fixed import ApiKey, Bearer
from failwell.client.auth.ixon import IxonLogin
from failwell.client.auth.oauth2 import OAuth2
from failwell.client.auth.protocol import Auth, AuthTools, Grant
from failwell.client.auth.tokens import Tokens

__all__ = [
    "ApiKey",
    "ApinizerLogin",
    "Auth",
    "AuthTools",
    "Bearer",
    "Grant",
    "IxonLogin",
    "OAuth2",
    "Tokens",
]
