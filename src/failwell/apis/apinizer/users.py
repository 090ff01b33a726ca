"""Users of an installation: who can log in, and who is shut out for a while."""

from typing import Any

from sqlalchemy import Connection

from failwell.apis.apinizer.authentication import API, BEARER
from failwell.apis.apinizer.people_rows import (
    Row,
    add_person,
    change_person,
    find_person,
    list_people,
    person_named,
)
from failwell.apis.apinizer.wire import (
    ADMIN,
    DONE,
    NAME,
    ROLES,
    SUCCEEDED,
    successes,
    successful,
)
from failwell.core.clock import Clock
from failwell.core.exceptions import ConflictError
from failwell.core.situation import Situation
from failwell.security.keys import random_id
from failwell.security.passwords import Passwords
from failwell.server.operation import Call, Operation, Reply
from failwell.server.schemas import Schema, answer, text
from failwell.stores.accounts import AccountStore
from failwell.stores.database import Database

__all__ = ["Users"]

_PASSWORD = text(1, 200)
_ENABLED: Schema = {"type": "boolean", "description": "Whether the user may log in."}
_ROLES: Schema = {**ROLES, "description": "Roles in every project of the installation."}
_NEW: Schema = {
    "type": "object",
    "properties": {"username": NAME, "password": _PASSWORD, "roleNameList": _ROLES},
    "required": ["username", "password"],
}
_CHANGES: Schema = {
    "type": "object",
    "properties": {"password": _PASSWORD, "roleNameList": _ROLES, "enabled": _ENABLED},
    "minProperties": 1,
}
_USER: Schema = answer(username=NAME, enabled=_ENABLED, roleNameList=_ROLES)


class Users:
    """The endpoints of users, for administrators.

    Args:
        database: ``apinizer.db``.
        accounts: Where log-ins are kept.
        passwords: Hashes passwords.
        clock: Where the time comes from.
    """

    def __init__(
        self, database: Database, *, accounts: AccountStore, passwords: Passwords, clock: Clock
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._passwords = passwords
        self._clock = clock

    async def list(self, call: Call) -> Reply:
        """List the users of the installation by name."""
        tenant = call.tenant
        rows = await self._database.read(lambda connection: list_people(connection, tenant))
        return successful([_user(row) for row in rows])

    async def create(self, call: Call) -> Reply:
        """Make a user who can log in."""
        tenant, body, now = call.tenant, call.body, self._clock.now()
        hashed = await self._passwords.hash(body["password"])
        user_id = await self._account(tenant, body["username"], hashed)
        roles = body.get("roleNameList", [])
        await self._database.write(
            lambda connection: add_person(
                connection, tenant, user_id, body["username"], roles=roles, now=now
            )
        )
        return Reply(body=SUCCEEDED)

    async def _account(self, tenant: str, username: str, hashed: str) -> str:
        """Make the log-in, or go on with one that an interrupted request has left behind."""
        try:
            made = await self._accounts.add_user(
                username, api=API, user_id=random_id("usr_"), tenant_id=tenant, password_hash=hashed
            )
        except ConflictError as error:
            left = await self._left_behind(tenant, username)
            if left is None:
                raise ConflictError(
                    resource_type="User", field="username", value=username
                ) from error
            await self._accounts.set_password_hash(left, hashed)
            return left
        return made.id

    async def _left_behind(self, tenant: str, username: str) -> str | None:
        user = await self._accounts.find_user(username, api=API)
        if user is None or user.tenant_id != tenant:
            return None
        person = await self._database.read(
            lambda connection: find_person(connection, tenant, user.id)
        )
        return user.id if person is None else None

    async def change(self, call: Call) -> Reply:
        """Change the members that are given."""
        tenant, username, body = call.tenant, call.path["username"], call.body
        changes = {
            column: body[name]
            for name, column in (("enabled", "enabled"), ("roleNameList", "roles"))
            if name in body
        }

        def change(connection: Connection) -> Row:
            found = person_named(connection, tenant, username)
            change_person(connection, tenant, found["user_id"], changes)
            return found

        found = await self._database.write(change)
        if "password" in body:
            hashed = await self._passwords.hash(body["password"])
            await self._accounts.set_password_hash(found["user_id"], hashed)
        return Reply(body=SUCCEEDED)

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="GET",
                path="/users/",
                handler=self.list,
                id="listUsers",
                summary="List the users of the installation.",
                tags=("users",),
                auth=BEARER,
                scopes=(ADMIN,),
                returns=successes(_USER),
            ),
            Operation(
                method="POST",
                path="/users/",
                handler=self.create,
                id="createUser",
                summary="Create a user who can log in.",
                tags=("users",),
                auth=BEARER,
                scopes=(ADMIN,),
                body=_NEW,
                status=201,
                returns=DONE,
                situations=(Situation.CONFLICT,),
            ),
            Operation(
                method="PATCH",
                path="/users/{username}/",
                handler=self.change,
                id="changeUser",
                summary="Change a password or roles, or shut a user out.",
                tags=("users",),
                auth=BEARER,
                scopes=(ADMIN,),
                body=_CHANGES,
                returns=DONE,
                situations=(Situation.NOT_FOUND,),
            ),
        )


def _user(row: Row) -> dict[str, Any]:
    return {
        "username": row["username"],
        "enabled": row["enabled"],
        "roleNameList": row["roles"],
    }
