"""Log-ins: how a client proves who it is, and how it stays proven."""

from failwell.client.auth.fixed import ApiKey, Bearer
from failwell.client.auth.protocol import Auth, AuthTools, Grant

__all__ = ["ApiKey", "Auth", "AuthTools", "Bearer", "Grant"]
