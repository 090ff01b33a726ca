"""People, their second factor and the devices they trust; each function is one step."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from failwell.apis.ixon.rows import Row
from failwell.apis.ixon.tables import people, trusted_devices
from failwell.security.totp import matching_step

__all__ = [
    "change_person",
    "disable_otp",
    "enable_otp",
    "ensure_person",
    "find_person",
    "fitting_step",
    "note_wrong_code",
    "set_pending_otp",
    "trust_device",
    "use_step",
]

_MOST_WRONG = 10
_REFUSED_SECONDS = 600.0


def ensure_person(
    connection: Connection, user_id: str, *, email_address: str, name: str, now: float
) -> Row:
    """Find a person, or note one who can log in already."""
    row = {
        "id": user_id,
        "email_address": email_address,
        "name": name,
        "language": "en",
        "created_at": now,
        "otp_wrong": 0,
    }
    connection.execute(upsert(people).values(row).on_conflict_do_nothing())
    return find_person(connection, user_id)


def find_person(connection: Connection, user_id: str) -> Row:
    """Find a person; there is one behind every token."""
    query = select(people).where(people.c.id == user_id)
    return dict(connection.execute(query).mappings().one())


def change_person(connection: Connection, user_id: str, changes: Mapping[str, Any]) -> Row:
    """Change some members of a person and return the whole."""
    if changes:
        connection.execute(update(people).where(people.c.id == user_id).values(**changes))
    return find_person(connection, user_id)


def set_pending_otp(connection: Connection, user_id: str, secret: str) -> bool:
    """Offer a secret to a person; says whether there was no second factor yet."""
    change = update(people).where(people.c.id == user_id, people.c.otp_secret.is_(None))
    return connection.execute(change.values(otp_pending=secret)).rowcount > 0


def enable_otp(
    connection: Connection,
    user_id: str,
    secret: str,
    *,
    device_name: str | None,
    step: int | None,
    now: float,
) -> None:
    """Make a secret the second factor of a person.

    Args:
        connection: A writer.
        user_id: The person.
        secret: The secret.
        device_name: What the person calls the device with the secret.
        step: Step of the code that proved it.
        now: Unix seconds.
    """
    change = update(people).where(people.c.id == user_id)
    connection.execute(
        change.values(
            otp_secret=secret,
            otp_pending=None,
            otp_device_name=device_name,
            otp_registered_at=now,
            otp_last_step=step,
        )
    )


def disable_otp(connection: Connection, user_id: str) -> None:
    """Take the second factor from a person, and with it the trust in devices."""
    change = update(people).where(people.c.id == user_id)
    connection.execute(
        change.values(
            otp_secret=None, otp_pending=None, otp_device_name=None, otp_registered_at=None
        )
    )
    connection.execute(delete(trusted_devices).where(trusted_devices.c.user_id == user_id))


def use_step(connection: Connection, user_id: str, step: int) -> bool:
    """Use up a code; says whether nobody was faster."""
    fresh = or_(people.c.otp_last_step.is_(None), people.c.otp_last_step < step)
    change = update(people).where(people.c.id == user_id, fresh)
    return connection.execute(change.values(otp_last_step=step, otp_wrong=0)).rowcount > 0


def fitting_step(person: Row, code: str, *, now: float) -> int | None:
    """Find the step of a person's code; ``None`` when it is not good, or too many were not.

    Args:
        person: The row of the person.
        code: As the person typed it.
        now: Unix seconds.
    """
    secret, until = person["otp_secret"], person["otp_refused_until"]
    if secret is None or (until is not None and now < until):
        return None
    return matching_step(secret, code, now=now, last_step=person["otp_last_step"])


def note_wrong_code(connection: Connection, user_id: str, *, now: float) -> None:
    """Count a wrong code; after ten in a row none is good for a while (RFC 4226, 7.3)."""
    own = people.c.id == user_id
    connection.execute(update(people).where(own).values(otp_wrong=people.c.otp_wrong + 1))
    connection.execute(
        update(people)
        .where(own, people.c.otp_wrong >= _MOST_WRONG)
        .values(otp_wrong=0, otp_refused_until=now + _REFUSED_SECONDS)
    )


def trust_device(
    connection: Connection, user_id: str, *, identifier_hash: str, name: str, now: float
) -> None:
    """Let a person log in from a device without a code from now on."""
    row = {
        "user_id": user_id,
        "identifier_hash": identifier_hash,
        "name": name,
        "created_at": now,
    }
    statement = upsert(trusted_devices).values(row)
    connection.execute(statement.on_conflict_do_update(set_={"name": name}))
