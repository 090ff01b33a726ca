"""Credentials of a project: names and passwords that its proxies accept."""

from typing import Any

from sqlalchemy import Connection

from failwell.apis.apinizer.access import Access
from failwell.apis.apinizer.authentication import BEARER
from failwell.apis.apinizer.credential_rows import (
    Row,
    add_credential,
    list_credentials,
    remove_credential,
)
from failwell.apis.apinizer.network_schema import NETWORK
from failwell.apis.apinizer.project_rows import find_project
from failwell.apis.apinizer.wire import (
    DONE,
    MANAGE,
    NAME,
    OPTIONAL_MOMENT,
    SECURE,
    SUCCEEDED,
    future,
    successes,
    successful,
    written_moment,
)
from failwell.core.clock import Clock
from failwell.core.situation import Situation
from failwell.security.passwords import Passwords
from failwell.server.operation import Call, Operation, Reply
from failwell.server.schemas import DESCRIPTION, Schema, answer, text
from failwell.stores.database import Database

__all__ = ["ProjectCredentials"]

_PATH = "/projects/{projectName}/credentials/"
_EMAIL: Schema = {"type": "string", "format": "email", "minLength": 1, "maxLength": 254}
_ROLE_NAMES: Schema = {"type": "array", "items": text(1, 100), "maxItems": 50}
_NETWORKS: Schema = {
    "type": "array",
    "items": NETWORK,
    "maxItems": 100,
    "description": "Addresses and networks it may call from; any when there are none.",
}
_SHARED: dict[str, Schema] = {
    "email": _EMAIL,
    "fullName": text(1, 200),
    "description": DESCRIPTION,
    "username": {**NAME, "description": "Unique over all projects of the installation."},
}
_LATER: dict[str, Schema] = {
    "roleNameList": _ROLE_NAMES,
    "enabled": {"type": "boolean"},
    "ipList": _NETWORKS,
    "expireDate": OPTIONAL_MOMENT,
}
_NEW: Schema = {
    "type": "object",
    "properties": {**_SHARED, "password": text(1, 200), **_LATER},
    "required": ["email", "fullName", "username", "password"],
}
_CREDENTIAL: Schema = answer(**_SHARED, password={"type": "null"}, **_LATER)


class ProjectCredentials:
    """The endpoints of credentials.

    Args:
        database: ``apinizer.db``.
        passwords: Hashes passwords.
        clock: Where the time comes from.
    """

    def __init__(self, database: Database, *, passwords: Passwords, clock: Clock) -> None:
        self._database = database
        self._access = Access(database)
        self._passwords = passwords
        self._clock = clock

    async def list(self, call: Call) -> Reply:
        """List the credentials of a project, but for their passwords."""
        rows = await self._database.read(
            lambda connection: list_credentials(connection, _project_id(connection, call))
        )
        return successful([_credential(row) for row in rows])

    async def create(self, call: Call) -> Reply:
        """Make a credential."""
        body, now = call.body, self._clock.now()
        expires_at = future("expireDate", body.get("expireDate"), now=now)
        members = {
            "username": body["username"],
            "email": body["email"],
            "full_name": body["fullName"],
            "description": body.get("description"),
            "password_hash": await self._passwords.hash(body["password"]),
            "role_names": body.get("roleNameList", []),
            "enabled": body.get("enabled", True),
            "addresses": body.get("ipList", []),
            "expires_at": expires_at,
        }
        await self._database.write(
            lambda connection: add_credential(
                connection, call.tenant, _project_id(connection, call), members, now=now
            )
        )
        return Reply(body=SUCCEEDED)

    async def delete(self, call: Call) -> Reply:
        """Delete a credential."""
        username = call.path["username"]
        await self._database.write(
            lambda connection: remove_credential(
                connection, _project_id(connection, call), username
            )
        )
        return Reply(body=SUCCEEDED)

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        may_change = self._access.needs(SECURE, MANAGE)
        return (
            Operation(
                method="GET",
                path=_PATH,
                handler=self.list,
                id="listCredentials",
                summary="List the credentials of a project.",
                tags=("credentials",),
                auth=BEARER,
                existence=self._access.needs(),
                returns=successes(_CREDENTIAL),
                situations=(Situation.NO_PERMISSION,),
            ),
            Operation(
                method="POST",
                path=_PATH,
                handler=self.create,
                id="createCredential",
                summary="Create a credential for callers of the proxies of a project.",
                tags=("credentials",),
                auth=BEARER,
                existence=may_change,
                body=_NEW,
                returns=DONE,
                situations=(
                    Situation.NO_PERMISSION,
                    Situation.CONFLICT,
                    Situation.UNPROCESSABLE,
                ),
            ),
            Operation(
                method="DELETE",
                path=f"{_PATH}{{username}}/",
                handler=self.delete,
                id="deleteCredential",
                summary="Delete a credential.",
                tags=("credentials",),
                auth=BEARER,
                existence=may_change,
                returns=DONE,
                situations=(Situation.NO_PERMISSION, Situation.NOT_FOUND),
            ),
        )


def _project_id(connection: Connection, call: Call) -> str:
    project = find_project(connection, call.tenant, call.path["projectName"])
    return str(project["id"])


def _credential(row: Row) -> dict[str, Any]:
    return {
        "email": row["email"],
        "fullName": row["full_name"],
        "description": row["description"],
        "username": row["username"],
        "password": None,
        "roleNameList": row["role_names"],
        "enabled": row["enabled"],
        "ipList": row["addresses"],
        "expireDate": written_moment(row["expires_at"]),
    }
