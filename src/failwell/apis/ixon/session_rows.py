"""What a call with credentials needs to know, read in one go."""

import msgspec
from sqlalchemy import Connection, or_, select

from failwell.apis.ixon.rows import Row, all_rows, first_row
from failwell.apis.ixon.tables import access_tokens, applications, memberships, people, roles
from failwell.apis.ixon.tables import trusted_devices as devices

__all__ = ["Login", "Session", "application_exists", "find_login", "find_session"]


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a token, its application and its person's place in a company."""

    application_known: bool
    """Whether the application exists."""

    token: Row | None
    """The token, if it belongs to the application."""

    roles: tuple[Row, ...]
    """The person's roles in the company; a person without any is no member."""


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of somebody who logs in."""

    application_known: bool
    """Whether the application exists."""

    person: Row | None
    """The person."""

    device_trusted: bool
    """Whether the person trusts the device."""


def application_exists(connection: Connection, application_id: str) -> bool:
    """Tell whether there is an application."""
    query = select(applications.c.id).where(applications.c.id == application_id)
    return connection.execute(query).first() is not None


def find_session(
    connection: Connection,
    *,
    token_id: str | None,
    application_id: str,
    company_id: str | None,
    now: float,
) -> Session:
    """Read what a call with a token needs to know.

    Args:
        connection: A reader.
        token_id: The token; ``None`` when there is none of that secret.
        application_id: As the caller says.
        company_id: As the caller says; ``None`` when the call concerns no company.
        now: Unix seconds; memberships end.
    """
    query = select(access_tokens).where(
        access_tokens.c.id == token_id, access_tokens.c.application_id == application_id
    )
    token = None if token_id is None else first_row(connection, query)
    found = () if token is None else _roles(connection, token["user_id"], company_id, now)
    return Session(
        application_known=application_exists(connection, application_id), token=token, roles=found
    )


def _roles(
    connection: Connection, user_id: str, company_id: str | None, now: float
) -> tuple[Row, ...]:
    query = (
        select(roles)
        .join(memberships, memberships.c.role_id == roles.c.id)
        .where(
            memberships.c.user_id == user_id,
            memberships.c.company_id == company_id,
            or_(memberships.c.expires_at.is_(None), memberships.c.expires_at > now),
        )
    )
    return tuple(all_rows(connection, query))


def find_login(
    connection: Connection,
    *,
    user_id: str | None,
    application_id: str,
    device_hash: str | None,
) -> Login:
    """Read what a log-in needs to know.

    Args:
        connection: A reader.
        user_id: The person; ``None`` when there is none of that e-mail address.
        application_id: As the caller says.
        device_hash: Hash of what the caller says of its device.
    """
    query = select(people).where(people.c.id == user_id)
    trusted = select(devices.c.name).where(
        devices.c.user_id == user_id, devices.c.identifier_hash == device_hash
    )
    return Login(
        application_known=application_exists(connection, application_id),
        person=first_row(connection, query),
        device_trusted=connection.execute(trusted).first() is not None,
    )
