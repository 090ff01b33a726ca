"""People on the wire, and ``/users/me``."""

from typing import Any

from failwell.apis.ixon.caller import caller_of
from failwell.apis.ixon.fields import Fields
from failwell.apis.ixon.operations import for_person
from failwell.apis.ixon.people_rows import change_person, find_person
from failwell.apis.ixon.rows import Row
from failwell.apis.ixon.wire import item, one, reply
from failwell.core.clock import timestamp
from failwell.server.operation import Call, Operation, Reply
from failwell.server.schemas import MOMENT, OPTIONAL_MOMENT, Schema, text
from failwell.stores.database import Database

__all__ = ["PERSON", "PERSON_FIELDS", "People", "shown_person"]

_NAME: Schema = text(1, 255)
_LANGUAGE: Schema = {"type": "string", "pattern": "^[a-z]{2}$"}
_PHONE: Schema = {
    "type": ["string", "null"],
    "minLength": 3,
    "maxLength": 16,
    "pattern": r"^\+[0-9]{2,15}$",
}

PERSON: Schema = item(
    type={"const": "person"},
    name=_NAME,
    emailAddress={"type": "string"},
    language=_LANGUAGE,
    phoneNumber=_PHONE,
    registeredOn=MOMENT,
    otpAuth={
        "type": "object",
        "properties": {
            "required": {"type": "boolean"},
            "deviceName": {"type": ["string", "null"]},
            "registeredOn": OPTIONAL_MOMENT,
            "type": {"type": ["string", "null"]},
        },
    },
)
"""A person."""

PERSON_FIELDS = Fields(
    "type",
    "name",
    "emailAddress",
    "language",
    "phoneNumber",
    "registeredOn",
    otpAuth=("required", "deviceName", "registeredOn", "type"),
)
"""What can be chosen of a person."""

_CHANGES: Schema = {
    "type": "object",
    "properties": {"name": _NAME, "language": _LANGUAGE, "phoneNumber": _PHONE},
}
_QUERY: Schema = {"type": "object", "properties": {"fields": PERSON_FIELDS.schema}}
_COLUMNS = {"name": "name", "language": "language", "phoneNumber": "phone_number"}


def shown_person(row: Row) -> dict[str, Any]:
    """Write a person for the wire."""
    enrolled = row["otp_secret"] is not None
    return {
        "publicId": row["id"],
        "type": "person",
        "name": row["name"],
        "emailAddress": row["email_address"],
        "language": row["language"],
        "phoneNumber": row["phone_number"],
        "registeredOn": timestamp(row["created_at"]),
        "otpAuth": {
            "required": enrolled,
            "deviceName": row["otp_device_name"],
            "registeredOn": timestamp(row["otp_registered_at"]),
            "type": "app" if enrolled else None,
        },
    }


class People:
    """The endpoints of the person who is calling.

    Args:
        database: ``ixon.db``.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, call: Call) -> Reply:
        """Read who is calling."""
        person = caller_of(call).person
        row = await self._database.read(lambda connection: find_person(connection, person))
        shown = PERSON_FIELDS.choose(shown_person(row), call.query.get("fields"))
        return reply("MyUser", shown)

    async def change(self, call: Call) -> Reply:
        """Change the members that are given."""
        person = caller_of(call).person
        changes = {
            column: call.body[name] for name, column in _COLUMNS.items() if name in call.body
        }
        row = await self._database.write(
            lambda connection: change_person(connection, person, changes)
        )
        return reply("MyUser", shown_person(row))

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            for_person(
                "MyUser",
                "GET",
                "/users/me",
                self.get,
                summary="Read who is calling.",
                query=_QUERY,
                returns=one("MyUser", PERSON),
            ),
            for_person(
                "MyUser",
                "PATCH",
                "/users/me",
                self.change,
                summary="Change one's own name, language or phone number.",
                body=_CHANGES,
                returns=one("MyUser", PERSON),
            ),
        )
