"""API keys: made, listed and deleted with another key.

A key gives no more than it has: its keys have no permission that it lacks, a test key
makes, sees and deletes test keys only, and nobody deletes a key that can do more.
"""

from typing import Any

from failwell.apis.agenthuman.authentication import API, API_KEY, new_key
from failwell.apis.agenthuman.wire import BY_KEY, ENVIRONMENTS, SCOPES, good, owner_of, success
from failwell.core.clock import timestamp
from failwell.core.exceptions import NotFoundError, PermissionDeniedError
from failwell.core.situation import Situation
from failwell.security.keys import random_id
from failwell.server.operation import Call, Operation, Reply
from failwell.server.schemas import MOMENT, NAME, OPTIONAL_MOMENT, Schema, answer, identifier
from failwell.stores.credentials import Credential, CredentialStore

__all__ = ["ApiKeys"]

_LIVE = ENVIRONMENTS[0]
_LIVE_ACCESS = "environment:live"

_ENVIRONMENT: Schema = {"type": "string", "enum": list(ENVIRONMENTS)}
_PERMISSIONS: Schema = {
    "type": "array",
    "items": {"type": "string", "enum": list(SCOPES)},
    "minItems": 1,
    "maxItems": len(SCOPES),
    "uniqueItems": True,
}
_NEW: Schema = {
    "type": "object",
    "properties": {
        "name": NAME,
        "environment": {**_ENVIRONMENT, "description": "That of the calling key if left out."},
        "permissions": {**_PERMISSIONS, "description": "Those of the calling key if left out."},
    },
    "required": ["name"],
}
_KEY: Schema = answer(
    key_id=identifier("key_1234567890abcdef"),
    name={"type": ["string", "null"]},
    environment=_ENVIRONMENT,
    permissions={"type": "array", "items": {"type": "string"}},
    created_at=MOMENT,
    expires_at=OPTIONAL_MOMENT,
    last_used_at=OPTIONAL_MOMENT,
)
_MESSAGE: Schema = {"type": "string"}


class ApiKeys:
    """The endpoints of API keys.

    Args:
        credentials: Where keys are kept.
    """

    def __init__(self, credentials: CredentialStore) -> None:
        self._credentials = credentials

    async def create(self, call: Call) -> Reply:
        """Make a key that may do no more than the calling one."""
        environment = call.body.get("environment", _environment(call))
        permissions = call.body.get("permissions", call.caller.scopes)
        _check_grant(call, environment, permissions)
        issued = await self._credentials.issue(
            new_key(environment),
            credential_id=random_id("key_"),
            api=API,
            kind=API_KEY,
            tenant_id=call.tenant,
            user_id=call.caller.user,
            name=call.body["name"],
            scopes=[each for each in SCOPES if each in permissions],
            environment=environment,
        )
        return Reply(
            body=success(
                api_key=issued.secret,
                key=_key(issued.credential),
                message="API key created successfully",
            )
        )

    async def list(self, call: Call) -> Reply:
        """List the keys of the account, oldest first."""
        found = await self._credentials.list(api=API, kind=API_KEY, tenant_id=call.tenant)
        seen = [_key(credential) for credential in found if _visible(call, credential)]
        return Reply(body=success(api_keys=seen))

    async def delete(self, call: Call) -> Reply:
        """Delete a key; it opens nothing from now on."""
        key_id = call.path["key_id"]
        found = await self._credentials.get(key_id, api=API, tenant_id=call.tenant)
        if found is None or found.kind != API_KEY or not _visible(call, found):
            raise NotFoundError(resource_type="api_key", resource_id=key_id)
        _check_grant(call, found.environment or _LIVE, found.scopes)
        if not await self._credentials.revoke(key_id, api=API, tenant_id=call.tenant):
            raise NotFoundError(resource_type="api_key", resource_id=key_id)
        return Reply(body=success(message="API key deleted successfully"))

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="POST",
                path="/api-keys",
                handler=self.create,
                id="createApiKey",
                summary="Make an API key; it is shown once.",
                tags=("api-keys",),
                auth=BY_KEY,
                body=_NEW,
                status=201,
                returns=good(
                    api_key={"type": "string", "description": "The key, shown this once."},
                    key=_KEY,
                    message=_MESSAGE,
                ),
                situations=(Situation.NO_PERMISSION,),
            ),
            Operation(
                method="GET",
                path="/api-keys",
                handler=self.list,
                id="listApiKeys",
                summary="List API keys.",
                tags=("api-keys",),
                auth=BY_KEY,
                returns=good(api_keys={"type": "array", "items": _KEY}),
            ),
            Operation(
                method="DELETE",
                path="/api-keys/{key_id}",
                handler=self.delete,
                id="deleteApiKey",
                summary="Delete an API key.",
                tags=("api-keys",),
                auth=BY_KEY,
                returns=good(message=_MESSAGE),
                situations=(Situation.NOT_FOUND, Situation.NO_PERMISSION),
            ),
        )


def _environment(call: Call) -> str:
    return owner_of(call).environment


def _visible(call: Call, credential: Credential) -> bool:
    return _environment(call) in (_LIVE, credential.environment)


def _check_grant(call: Call, environment: str, permissions: Any) -> None:
    """Let a caller pass who has everything that a key has."""
    if environment == _LIVE != _environment(call):
        raise PermissionDeniedError(required=[_LIVE_ACCESS], provided=[])
    missing = [each for each in permissions if each not in call.caller.scopes]
    if missing:
        raise PermissionDeniedError(required=missing[:1], provided=list(call.caller.scopes))


def _key(credential: Credential) -> dict[str, Any]:
    return {
        "key_id": credential.id,
        "name": credential.name,
        "environment": credential.environment or _LIVE,
        "permissions": list(credential.scopes),
        "created_at": timestamp(credential.created_at),
        "expires_at": timestamp(credential.expires_at),
        "last_used_at": timestamp(credential.last_used_at),
    }
