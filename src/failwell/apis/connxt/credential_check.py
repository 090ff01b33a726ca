"""Credentials of PSPs: held against the schema of their flow target, which is ours.

Callers bring the credential only; a schema is never theirs, and is compiled once.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import jsonschema_rs
import msgspec
from sqlalchemy import Connection

from failwell.apis.connxt.flow_rows import Row, find_target
from failwell.apis.connxt.psp_rows import find_psp
from failwell.apis.connxt.psp_schemas import LONGEST_CREDENTIAL
from failwell.apis.connxt.wire import owner_of, rejected
from failwell.core.exceptions import NotFoundError
from failwell.core.fault import Violation
from failwell.core.strict_json import JsonError, parse
from failwell.server.operation import Call
from failwell.stores.database import Database

__all__ = ["CredentialCheck", "fits", "schema_text"]

_MISMATCH = rejected("schema_mismatch", "Credential does not match credentialSchema", "credential")

_encoder = msgspec.json.Encoder()


class CredentialCheck:
    """Checks of a body that need its flow target; what else is wrong with it does not matter.

    Args:
        database: ``connxt.db``.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_new(self, call: Call) -> tuple[Violation, ...]:
        """Hold a credential against the schema of the target that the body names."""
        body = call.body if isinstance(call.body, dict) else {}
        target_id, owner = body.get("flowTargetId"), owner_of(call)
        if not isinstance(target_id, str):
            return ()
        return await self._check(
            body.get("credential"), lambda connection: find_target(connection, owner, target_id)
        )

    async def of_changes(self, call: Call) -> tuple[Violation, ...]:
        """Hold a credential against the schema of the target that the PSP has."""
        body = call.body if isinstance(call.body, dict) else {}
        psp_id, owner = call.path["pspId"], owner_of(call)

        def target(connection: Connection) -> Row:
            psp = find_psp(connection, owner, psp_id)
            return find_target(connection, owner, psp["flow_target_id"])

        return await self._check(body.get("credential"), target)

    async def _check(
        self, credential: Any, find: Callable[[Connection], Row]
    ) -> tuple[Violation, ...]:
        if not _readable(credential):
            return ()
        try:
            target = await self._database.read(find)
        except NotFoundError:
            # That is for the handler to say: what is wrong with the body comes first.
            return ()
        return () if fits(credential, target["credential_schema"]) else (_MISMATCH,)


def schema_text(schema: Mapping[str, Any]) -> str:
    """Write a credentialSchema as the text that PSPs carry."""
    return _encoder.encode(schema).decode()


def fits(credential: str, schema: Mapping[str, Any]) -> bool:
    """Tell whether a credential is JSON that its schema accepts.

    Args:
        credential: The text as the caller sent it.
        schema: The credentialSchema of the flow target.

    Examples:
        >>> fits('{"apiKey": 1}', {"properties": {"apiKey": {"type": "string"}}})
        False
    """
    try:
        value = parse(credential.encode("utf-8", "surrogatepass"), max_depth=20)
    except JsonError:
        return False
    return bool(_compiled(schema_text(schema)).is_valid(value))


def _readable(credential: Any) -> bool:
    return isinstance(credential, str) and 0 < len(credential.strip()) <= LONGEST_CREDENTIAL


@lru_cache(maxsize=64)
def _compiled(schema: str) -> jsonschema_rs.Draft7Validator:
    return jsonschema_rs.Draft7Validator(msgspec.json.decode(schema), offline=True)
