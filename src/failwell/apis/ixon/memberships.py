"""Who belongs to a company: its people, its groups, and who has which role in which group."""

from typing import Any

from sqlalchemy import Connection, select

from failwell.apis.ixon.fields import Fields
from failwell.apis.ixon.listing import Filters, Listing
from failwell.apis.ixon.moments import seconds_of
from failwell.apis.ixon.operations import for_company
from failwell.apis.ixon.people import PERSON, PERSON_FIELDS, shown_person
from failwell.apis.ixon.role_rows import add_membership, find_group, find_role, is_member
from failwell.apis.ixon.roles import check_granted
from failwell.apis.ixon.rows import Row
from failwell.apis.ixon.tables import groups, memberships, people
from failwell.apis.ixon.wire import (
    PUBLIC_ID,
    found_in_body,
    item,
    items_of,
    listed,
    one,
    one_or_list,
    same_form,
)
from failwell.core.clock import Clock, timestamp
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.server.schemas import OPTIONAL_MOMENT, Schema, answer, text
from failwell.stores.database import Database

__all__ = ["Memberships"]

_NAMED: Schema = answer(publicId=PUBLIC_ID)
_MEMBERS: dict[str, Schema] = {
    "user": _NAMED,
    "group": _NAMED,
    "role": _NAMED,
    "expiresOn": OPTIONAL_MOMENT,
}
_NEW: Schema = {
    "type": "object",
    "properties": _MEMBERS,
    "required": ["user", "group", "role"],
}
_MEMBERSHIP: Schema = item(**_MEMBERS)
_FIELDS = Fields("expiresOn", user=("publicId",), group=("publicId",), role=("publicId",))
_GROUP: Schema = item(name=text(1, 255))


def _shown(row: Row) -> dict[str, Any]:
    return {
        "publicId": row["id"],
        "user": {"publicId": row["user_id"]},
        "group": {"publicId": row["group_id"]},
        "role": {"publicId": row["role_id"]},
        "expiresOn": timestamp(row["expires_at"]),
    }


def _shown_group(row: Row) -> dict[str, Any]:
    return {"publicId": row["id"], "name": row["name"]}


_LIST = Listing("UserMembershipList", memberships.c.id, _shown, _FIELDS)
_PEOPLE = Listing(
    "UserList",
    people.c.id,
    shown_person,
    PERSON_FIELDS,
    Filters(publicId=people.c.id, name=people.c.name, emailAddress=people.c.email_address),
)
_GROUPS = Listing("GroupList", groups.c.id, _shown_group, Fields("name"))


class Memberships:
    """The endpoints of memberships.

    Args:
        database: ``ixon.db``.
        clock: Where the time comes from.
    """

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list(self, call: Call) -> Reply:
        """List who has which role."""
        query = select(memberships).where(memberships.c.company_id == call.tenant)
        return await _LIST.answer(self._database, call, query)

    async def list_people(self, call: Call) -> Reply:
        """List the people of the company."""
        members = select(memberships.c.user_id).where(memberships.c.company_id == call.tenant)
        query = select(people).where(people.c.id.in_(members))
        return await _PEOPLE.answer(self._database, call, query)

    async def list_groups(self, call: Call) -> Reply:
        """List the groups of the company."""
        query = select(groups).where(groups.c.company_id == call.tenant)
        return await _GROUPS.answer(self._database, call, query)

    async def create(self, call: Call) -> Reply:
        """Give people of the company roles; all of them or none."""
        now = self._clock.now()

        def add(connection: Connection) -> list[dict[str, str]]:
            return [
                {"publicId": _add(connection, call, place, each, now=now)}
                for place, each in items_of(call.body)
            ]

        made = await self._database.write(add)
        return same_form("UserMembershipList", call.body, made)

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            for_company(
                "UserList",
                "GET",
                "/users",
                self.list_people,
                permission="users:view",
                summary="List the people of the company.",
                query=_PEOPLE.query,
                returns=listed("UserList", PERSON),
            ),
            for_company(
                "GroupList",
                "GET",
                "/groups",
                self.list_groups,
                summary="List groups.",
                query=_GROUPS.query,
                returns=listed("GroupList", _GROUP),
            ),
            for_company(
                "UserMembershipList",
                "GET",
                "/users/memberships",
                self.list,
                permission="users:view",
                summary="List who has which role in which group.",
                query=_LIST.query,
                returns=listed("UserMembershipList", _MEMBERSHIP),
            ),
            for_company(
                "UserMembershipList",
                "POST",
                "/users/memberships",
                self.create,
                permission="users:manage",
                summary="Give people of the company roles.",
                body=one_or_list(_NEW),
                status=201,
                returns={
                    "anyOf": [
                        one("UserMembershipList", _NAMED),
                        listed("UserMembershipList", _NAMED),
                    ]
                },
                situations=(Situation.NOT_FOUND, Situation.CONFLICT, Situation.NO_PERMISSION),
            ),
        )


def _add(
    connection: Connection, call: Call, place: tuple[int, ...], given: Row, *, now: float
) -> str:
    company = call.tenant
    user, group, role = (given[name]["publicId"] for name in ("user", "group", "role"))
    found_in_body(is_member(connection, company, user), "user", *place, "user", "publicId")
    found_in_body(find_group(connection, company, group), "group", *place, "group", "publicId")
    granted = found_in_body(
        find_role(connection, company, role), "role", *place, "role", "publicId"
    )
    check_granted(call, granted["permissions"])
    expires_on = given.get("expiresOn")
    values = {
        "user_id": user,
        "group_id": group,
        "role_id": role,
        "expires_at": None if expires_on is None else seconds_of(expires_on),
    }
    return add_membership(connection, company, values, now=now, place=place)
