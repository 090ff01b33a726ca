"""PSPs: payment gateways that an environment has set up with its own credentials."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from failwell.apis.connxt.credential_check import CredentialCheck
from failwell.apis.connxt.flow_rows import find_target, targets_by_id
from failwell.apis.connxt.identifiers import PSP as PSP_ID
from failwell.apis.connxt.psp_rows import Row, add_psp, change_psp, find_psp, list_psps
from failwell.apis.connxt.psp_schemas import NEW_PSP, PSP, PSP_CHANGES, PSP_LIST, PSP_QUERY
from failwell.apis.connxt.psp_view import psp_view
from failwell.apis.connxt.wire import AUTH, ENABLED, Owner, answered, owner_of, rejected
from failwell.core.clock import Clock
from failwell.core.exceptions import NotFoundError, ValidationError
from failwell.core.situation import Situation
from failwell.security.encryption import Vault
from failwell.server.operation import Call, Operation, Reply
from failwell.stores.database import Database

__all__ = ["Psps", "credential_place"]

_FILTERS = {"flowTargetId": "flow_target_id", "name": "name", "status": "status"}


def credential_place(psp_id: str) -> str:
    """Name the place that the credential of a PSP is sealed for."""
    return f"connxt psp {psp_id}"


class Psps:
    """The endpoints of PSPs.

    Args:
        database: ``connxt.db``.
        vault: Seals credentials.
        clock: Where the time comes from.
    """

    def __init__(self, database: Database, *, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._check = CredentialCheck(database)

    async def create(self, call: Call) -> Reply:
        """Set up a PSP with its operations."""
        owner, body, now = owner_of(call), call.body, self._clock.now()
        psp_id = PSP_ID.generate()
        psp = {
            "id": psp_id,
            "name": body["name"],
            "logo": body.get("logo"),
            "credential": self._sealed(psp_id, body["credential"]),
            "flow_target_id": body["flowTargetId"],
            "status": ENABLED,
            "created_at": now,
            "created_by": owner.environment_id,
            **_touched(owner, now),
        }

        def create(connection: Connection) -> tuple[Row, Row]:
            target = _usable(find_target(connection, owner, body["flowTargetId"]))
            _check_operations(target, body["operations"])
            return add_psp(connection, owner, psp, body["operations"]), target

        return self._reply(*await self._database.write(create))

    async def list(self, call: Call) -> Reply:
        """List the PSPs of the environment."""
        owner, query = owner_of(call), dict(call.query)
        window = {name: query.pop(name) for name in ("limit", "offset")}
        wanted = {_FILTERS[name]: value for name, value in query.items()}
        rows, targets = await self._database.read(
            lambda connection: (
                list_psps(connection, owner, wanted, **window),
                targets_by_id(connection, owner),
            )
        )
        found = [psp_view(row, targets[row["flow_target_id"]]) for row in rows]
        return Reply(body=answered(found, now=self._clock.now()))

    async def get(self, call: Call) -> Reply:
        """Read a PSP."""
        owner, psp_id = owner_of(call), call.path["pspId"]

        def look_up(connection: Connection) -> tuple[Row, Row]:
            psp = find_psp(connection, owner, psp_id)
            return psp, find_target(connection, owner, psp["flow_target_id"])

        return self._reply(*await self._database.read(look_up))

    async def change(self, call: Call) -> Reply:
        """Change the members that are given."""
        owner, psp_id, body = owner_of(call), call.path["pspId"], call.body
        changes = {name: body[name] for name in ("name", "logo", "status") if name in body}
        changes |= _touched(owner, self._clock.now())
        if "credential" in body:
            changes["credential"] = self._sealed(psp_id, body["credential"])

        def change(connection: Connection) -> tuple[Row, Row]:
            psp = find_psp(connection, owner, psp_id)
            target = find_target(connection, owner, psp["flow_target_id"])
            _check_operations(target, body.get("operations", ()))
            return change_psp(connection, owner, psp_id, changes, body.get("operations")), target

        return self._reply(*await self._database.write(change))

    def _sealed(self, psp_id: str, credential: str) -> str:
        return self._vault.seal(credential, place=credential_place(psp_id))

    def _reply(self, psp: Row, target: Row) -> Reply:
        return Reply(body=answered(psp_view(psp, target), now=self._clock.now()))

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="POST",
                path="/psps/external",
                handler=self.create,
                id="createPsp",
                summary="Set up a PSP.",
                tags=("psps",),
                auth=AUTH,
                scopes=("psps:write",),
                body=NEW_PSP,
                further_check=self._check.of_new,
                returns=PSP,
                situations=(Situation.NOT_FOUND, Situation.CONFLICT),
            ),
            Operation(
                method="GET",
                path="/psps",
                handler=self.list,
                id="listPsps",
                summary="List the PSPs of the environment, oldest first.",
                tags=("psps",),
                auth=AUTH,
                scopes=("psps:read",),
                query=PSP_QUERY,
                returns=PSP_LIST,
            ),
            Operation(
                method="GET",
                path="/psps/{pspId}",
                handler=self.get,
                id="getPsp",
                summary="Read a PSP.",
                tags=("psps",),
                auth=AUTH,
                scopes=("psps:read",),
                returns=PSP,
                situations=(Situation.NOT_FOUND,),
            ),
            Operation(
                method="PUT",
                path="/psps/{pspId}",
                handler=self.change,
                id="changePsp",
                summary="Change a PSP; what is left out stays as it is.",
                tags=("psps",),
                auth=AUTH,
                scopes=("psps:write",),
                body=PSP_CHANGES,
                further_check=self._check.of_changes,
                returns=PSP,
                situations=(Situation.NOT_FOUND, Situation.CONFLICT),
            ),
        )


def _touched(owner: Owner, now: float) -> dict[str, Any]:
    return {"updated_at": now, "updated_by": owner.environment_id}


def _usable(target: Row) -> Row:
    if target["status"] != ENABLED:
        raise NotFoundError(resource_type="flow target", resource_id=target["id"])
    return target


def _check_operations(target: Row, operations: Iterable[Mapping[str, Any]]) -> None:
    """Check that a target has the actions and definitions that operations name, each once."""
    known = {action["id"]: action["definition_id"] for action in target["actions"]}
    twice = []
    seen = set()
    for index, operation in enumerate(operations):
        action_id, definition_id = operation["flowActionId"], operation["flowDefinitionId"]
        if action_id not in known:
            raise NotFoundError(resource_type="flow action", resource_id=action_id)
        if known[action_id] != definition_id:
            raise NotFoundError(resource_type="flow definition", resource_id=definition_id)
        if action_id in seen:
            where = ("operations", index, "flowActionId")
            twice.append(rejected("invalid", "Flow action ID is used twice", *where))
        seen.add(action_id)
    if twice:
        raise ValidationError(situation=Situation.INVALID, violations=twice)
