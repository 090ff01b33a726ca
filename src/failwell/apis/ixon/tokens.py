"""Making access tokens: noted here with what they may do, and as a hash in the shared store."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection

from failwell.apis.ixon.access_token_rows import add_token
from failwell.apis.ixon.authentication import ACCESS_TOKEN, API, refused
from failwell.apis.ixon.people_rows import trust_device, use_step
from failwell.apis.ixon.permissions import SCOPES, UNRESTRICTED
from failwell.apis.ixon.public_ids import SECRET, public_id
from failwell.core.clock import Clock
from failwell.security.keys import digest
from failwell.stores.credentials import CredentialStore, IssuedCredential
from failwell.stores.database import Database

__all__ = ["NewToken", "Tokens"]


class NewToken(msgspec.Struct, frozen=True, kw_only=True):
    """What a token is made with."""

    user_id: str
    """The person it speaks for."""

    home: str
    """The company that the log-in was made for."""

    application: str
    """The application it belongs to."""

    lifetime: float
    """Seconds it is good for."""

    second_factor: bool = False
    """Whether the person proved more than to know a password."""

    otp_step: int | None = None
    """The code to be used up."""

    trusted_device: tuple[str, str] | None = None
    """Identifier and name of a device to be trusted from now on."""

    scope: Mapping[str, Any] | None = None
    """What it may do; ``None`` for everything."""

    permissions: tuple[str, ...] = SCOPES
    """What it may use of the permissions of its person."""

    ip: str | None = None
    """Where it was made."""

    user_agent: str | None = None
    """With what it was made."""


class Tokens:
    """Makes access tokens.

    Args:
        database: ``ixon.db``.
        credentials: Where their hashes are kept.
        clock: Where the time comes from.
    """

    def __init__(self, database: Database, credentials: CredentialStore, *, clock: Clock) -> None:
        self._database = database
        self._credentials = credentials
        self._clock = clock

    async def issue(self, new: NewToken) -> IssuedCredential:
        """Make a token.

        Raises:
            AuthenticationError: The one-time password has been used in the meantime.
        """
        now = self._clock.now()
        row: dict[str, Any] = {
            "id": public_id(now),
            "user_id": new.user_id,
            "application_id": new.application,
            "second_factor": new.second_factor,
            "scope": dict(new.scope or UNRESTRICTED),
            "ip": new.ip,
            "user_agent": new.user_agent,
            "created_at": now,
            "expires_at": now + new.lifetime,
        }
        await self._database.write(lambda connection: _note(connection, new, row, now))
        return await self._credentials.issue(
            SECRET.generate(),
            credential_id=row["id"],
            api=API,
            kind=ACCESS_TOKEN,
            tenant_id=new.home,
            user_id=new.user_id,
            scopes=new.permissions,
            expires_at=row["expires_at"],
        )


def _note(connection: Connection, new: NewToken, row: dict[str, Any], now: float) -> None:
    # Used up here and not where it was checked: a mistake in the body costs nobody a code.
    if new.otp_step is not None and not use_step(connection, new.user_id, new.otp_step):
        raise refused("one_time_password")
    if new.trusted_device is not None:
        identifier, name = new.trusted_device
        hashed = digest(identifier.lower())
        trust_device(connection, new.user_id, identifier_hash=hashed, name=name, now=now)
    add_token(connection, row, now=now)
