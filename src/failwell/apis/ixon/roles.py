"""Roles: what people may do in a company, and whether they need a second factor for it."""

from typing import Any

from sqlalchemy import Connection, select

from failwell.apis.ixon.fields import Fields
from failwell.apis.ixon.listing import Filters, Listing
from failwell.apis.ixon.operations import for_company
from failwell.apis.ixon.permissions import SCOPES
from failwell.apis.ixon.public_ids import public_ids
from failwell.apis.ixon.role_rows import add_role, change_role
from failwell.apis.ixon.rows import Row
from failwell.apis.ixon.tables import roles
from failwell.apis.ixon.wire import (
    PUBLIC_ID,
    item,
    items_of,
    listed,
    one,
    one_or_list,
    reply,
    same_form,
)
from failwell.core.clock import Clock
from failwell.core.exceptions import NotFoundError, PermissionDeniedError
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.server.schemas import Schema, answer, text
from failwell.stores.database import Database

__all__ = ["Roles", "check_granted"]

_DESCRIPTION: Schema = {**text(0, 255), "type": ["string", "null"]}
_PERMISSION: Schema = answer(publicId={"type": "string", "enum": list(SCOPES)})

_MEMBERS: dict[str, Schema] = {
    "name": text(1, 255),
    "description": _DESCRIPTION,
    "enforce2fa": {
        "type": "boolean",
        "description": "Whether tokens have to be made with a second factor.",
    },
    "enforceSso": {"type": "boolean", "description": "Kept, but there is no single sign-on."},
    "permissions": {"type": "array", "items": _PERMISSION, "maxItems": 100},
}
_ROLE: Schema = item(**_MEMBERS)
_NEW: Schema = {"type": "object", "properties": _MEMBERS, "required": ["name"]}
_CHANGES: Schema = {"type": "object", "properties": _MEMBERS}
_CREATED: Schema = answer(publicId=PUBLIC_ID)
_FIELDS = Fields("name", "description", "enforce2fa", "enforceSso", permissions=("publicId",))
_COLUMNS = {
    "name": "name",
    "description": "description",
    "enforce2fa": "enforce2fa",
    "enforceSso": "enforce_sso",
}


def _shown(row: Row) -> dict[str, Any]:
    return {
        "publicId": row["id"],
        "name": row["name"],
        "description": row["description"],
        "enforce2fa": row["enforce2fa"],
        "enforceSso": row["enforce_sso"],
        "permissions": [{"publicId": each} for each in row["permissions"]],
    }


_FILTERS = Filters(publicId=roles.c.id, name=roles.c.name, description=roles.c.description)
_LIST = Listing("RoleList", roles.c.id, _shown, _FIELDS, _FILTERS)


class Roles:
    """The endpoints of roles.

    Args:
        database: ``ixon.db``.
        clock: Where the time comes from.
    """

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list(self, call: Call) -> Reply:
        """List the roles of the company."""
        query = select(roles).where(roles.c.company_id == call.tenant)
        return await _LIST.answer(self._database, call, query)

    async def create(self, call: Call) -> Reply:
        """Make one role or several; all of them or none."""
        given = [_values(call, each) for _, each in items_of(call.body)]
        tenant, names = call.tenant, public_ids(self._clock.now(), len(given))

        def add(connection: Connection) -> None:
            for role_id, values in zip(names, given, strict=True):
                add_role(connection, tenant, role_id, values)

        await self._database.write(add)
        return same_form("RoleList", call.body, [{"publicId": each} for each in names])

    async def change(self, call: Call) -> Reply:
        """Change the members that are given."""
        role_id, changes, tenant = call.path["public_id"], _values(call, call.body), call.tenant
        row = await self._database.write(
            lambda connection: change_role(connection, tenant, role_id, changes)
        )
        if row is None:
            raise NotFoundError(resource_type="role", resource_id=role_id)
        return reply("Role", _shown(row))

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            for_company(
                "RoleList",
                "GET",
                "/roles",
                self.list,
                summary="List roles.",
                query=_LIST.query,
                returns=listed("RoleList", _ROLE),
            ),
            for_company(
                "RoleList",
                "POST",
                "/roles",
                self.create,
                permission="roles:manage",
                summary="Make one role or several.",
                body=one_or_list(_NEW),
                status=201,
                returns={"anyOf": [one("RoleList", _CREATED), listed("RoleList", _CREATED)]},
                situations=(Situation.NO_PERMISSION,),
            ),
            for_company(
                "Role",
                "PATCH",
                "/roles/{public_id}",
                self.change,
                permission="roles:manage",
                summary="Change a role, or whether it asks for a second factor.",
                body=_CHANGES,
                returns=one("Role", _ROLE),
                situations=(Situation.NOT_FOUND, Situation.NO_PERMISSION),
            ),
        )


def _values(call: Call, given: Row) -> dict[str, Any]:
    values = {column: given[name] for name, column in _COLUMNS.items() if name in given}
    if "permissions" in given:
        named = {each["publicId"] for each in given["permissions"]}
        values["permissions"] = [each for each in SCOPES if each in named]
        check_granted(call, values["permissions"])
    return values


def check_granted(call: Call, permissions: list[str]) -> None:
    """Let nobody give away what they do not have.

    Args:
        call: Who gives.
        permissions: What is given.

    Raises:
        PermissionDeniedError: The caller has less.
    """
    if not set(permissions) <= set(call.caller.scopes):
        raise PermissionDeniedError(required=permissions, provided=list(call.caller.scopes))
