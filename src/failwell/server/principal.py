"""Who is calling, and what finds that out."""

from typing import Protocol, runtime_checkable

from failwell.core.fault import Violation
from failwell.server.exchange import Principal
from failwell.server.headers import Headers

__all__ = ["Authenticator", "FormAuthenticator", "Principal", "quota_key"]


class Authenticator(Protocol):
    """Turns the credentials of a request into a principal."""

    async def authenticate(self, headers: Headers, *, accepted: tuple[str, ...]) -> Principal:
        """Find out who is calling.

        Args:
            headers: Header fields of the request.
            accepted: Kinds of credentials the operation accepts; only these need a look.

        Raises:
            AuthenticationError: There are none (``no_credentials``), they are not good
                (``bad_credentials``), or they were (``expired_credentials``).
        """
        ...


@runtime_checkable
class FormAuthenticator(Authenticator, Protocol):
    """Knows how credentials have to be written, and says what is wrong before it looks them up.

    For APIs that report faults of several header fields in one answer.
    """

    def header_flaws(self, headers: Headers, *, accepted: tuple[str, ...]) -> tuple[Violation, ...]:
        """List what is wrong with the form of the credentials; needs no look-up.

        Args:
            headers: Header fields of the request.
            accepted: Kinds of credentials the operation accepts.
        """
        ...


def quota_key(principal: Principal) -> str:
    """Name the quota a principal uses up: its partition, or else the credential itself."""
    return principal.partition or f"{principal.kind}:{principal.id}"
