"""API keys: made, seen, changed and revoked by people, that is with an access token.

A key here is the same thing as one issued on the command line: a credential of the shared
store, which keeps its hash.
"""

from datetime import datetime
from typing import Any

import msgspec

from failwell.apis.connix.authentication import API, API_KEY, KEY_PATTERN
from failwell.apis.connix.wire import SCOPES, rejected
from failwell.core.clock import Clock, timestamp
from failwell.core.exceptions import NotFoundError, PermissionDeniedError, ValidationError
from failwell.core.situation import Situation
from failwell.security.keys import random_id
from failwell.server.operation import Call, Operation, Reply
from failwell.server.schemas import (
    DESCRIPTION,
    MOMENT,
    NAME,
    OPTIONAL_MOMENT,
    Schema,
    answer,
    identifier,
)
from failwell.stores.credentials import Credential, CredentialStore

__all__ = ["ApiKeys"]

_YEAR = 31_536_000
_LONGEST = 100 * _YEAR

_SCOPES: Schema = {
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
        "description": DESCRIPTION,
        "scopes": {**_SCOPES, "description": "Those of the access token when left out."},
        "expires_at": {**OPTIONAL_MOMENT, "description": "Never when left out."},
    },
    "required": ["name"],
}
_CHANGES: Schema = {
    "type": "object",
    "properties": {"name": NAME, "description": DESCRIPTION, "scopes": _SCOPES},
}
_KEY: Schema = answer(
    id=identifier("key_1234567890abcdef"),
    name={"type": ["string", "null"]},
    description=DESCRIPTION,
    scopes={"type": "array", "items": {"type": "string"}},
    created_at=MOMENT,
    expires_at=OPTIONAL_MOMENT,
    last_used=OPTIONAL_MOMENT,
)
_WITH_SECRET: Schema = answer(
    **_KEY["properties"], key={"type": "string", "description": "Shown this once."}
)
_LIST: Schema = answer(api_keys={"type": "array", "items": _KEY})


class ApiKeys:
    """The endpoints of API keys.

    Args:
        credentials: Where keys are kept.
        clock: Where the time comes from.
    """

    def __init__(self, credentials: CredentialStore, *, clock: Clock) -> None:
        self._credentials = credentials
        self._clock = clock

    async def create(self, call: Call) -> Reply:
        """Make a key that may do no more than its maker."""
        caller, body = call.caller, call.body
        issued = await self._credentials.issue(
            KEY_PATTERN.generate(),
            credential_id=random_id("key_"),
            api=API,
            kind=API_KEY,
            tenant_id=call.tenant,
            user_id=caller.user,
            name=body["name"],
            description=body.get("description"),
            scopes=_granted(call, body.get("scopes", caller.scopes)),
            expires_at=_expiry(body.get("expires_at"), now=self._clock.now()),
        )
        shown = _key(issued.credential)
        first = {name: shown.pop(name) for name in ("id", "name", "description")}
        return Reply(body=first | {"key": issued.secret} | shown)

    async def list(self, call: Call) -> Reply:
        """List the keys of the organization, oldest first."""
        found = await self._credentials.list(api=API, kind=API_KEY, tenant_id=call.tenant)
        return Reply(body={"api_keys": [_key(credential) for credential in found]})

    async def get(self, call: Call) -> Reply:
        """Read a key, but for its secret."""
        return Reply(body=_key(await self._find(call)))

    async def change(self, call: Call) -> Reply:
        """Change the members that are given."""
        await self._find(call)
        scopes = call.body.get("scopes", msgspec.UNSET)
        changed = await self._credentials.update(
            call.path["key_id"],
            api=API,
            tenant_id=call.tenant,
            name=call.body.get("name", msgspec.UNSET),
            description=call.body.get("description", msgspec.UNSET),
            scopes=scopes if scopes is msgspec.UNSET else _granted(call, scopes),
        )
        if changed is None:
            raise _unknown(call)
        return Reply(body=_key(changed))

    async def delete(self, call: Call) -> Reply:
        """Revoke a key, for good."""
        await self._find(call)
        key_id, tenant = call.path["key_id"], call.tenant
        if not await self._credentials.revoke(key_id, api=API, tenant_id=tenant):
            raise _unknown(call)
        return Reply()

    async def _find(self, call: Call) -> Credential:
        key_id, tenant = call.path["key_id"], call.tenant
        found = await self._credentials.get(key_id, api=API, tenant_id=tenant)
        if found is None or found.kind != API_KEY:
            raise _unknown(call)
        return found

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="GET",
                path="/auth/api-keys",
                handler=self.list,
                id="listApiKeys",
                summary="List API keys.",
                tags=("auth",),
                auth=("bearer",),
                returns=_LIST,
            ),
            Operation(
                method="POST",
                path="/auth/api-keys",
                handler=self.create,
                id="createApiKey",
                summary="Make an API key; its secret is shown once.",
                tags=("auth",),
                auth=("bearer",),
                body=_NEW,
                status=201,
                returns=_WITH_SECRET,
                situations=(Situation.NO_PERMISSION, Situation.UNPROCESSABLE),
            ),
            Operation(
                method="GET",
                path="/auth/api-keys/{key_id}",
                handler=self.get,
                id="getApiKey",
                summary="Read an API key.",
                tags=("auth",),
                auth=("bearer",),
                returns=_KEY,
                situations=(Situation.NOT_FOUND,),
            ),
            Operation(
                method="PATCH",
                path="/auth/api-keys/{key_id}",
                handler=self.change,
                id="changeApiKey",
                summary="Change an API key or what it may do.",
                tags=("auth",),
                auth=("bearer",),
                body=_CHANGES,
                returns=_KEY,
                situations=(Situation.NOT_FOUND, Situation.NO_PERMISSION),
            ),
            Operation(
                method="DELETE",
                path="/auth/api-keys/{key_id}",
                handler=self.delete,
                id="deleteApiKey",
                summary="Revoke an API key.",
                tags=("auth",),
                auth=("bearer",),
                status=204,
                situations=(Situation.NOT_FOUND,),
            ),
        )


def _granted(call: Call, asked: Any) -> tuple[str, ...]:
    """Let nobody give away what they do not have."""
    wanted = tuple(scope for scope in SCOPES if scope in asked)
    if not set(wanted) <= set(call.caller.scopes):
        raise PermissionDeniedError(required=list(wanted), provided=list(call.caller.scopes))
    return wanted


def _expiry(text: str | None, *, now: float) -> float | None:
    if text is None:
        return None
    try:
        expires_at = datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError) as error:
        # RFC 3339 knows leap seconds, the calendar of Python does not.
        detail = "Expires at must be a valid RFC 3339 date and time"
        raise rejected("invalid_format", detail, "expires_at") from error
    if not now < expires_at <= now + _LONGEST:
        reason = "in the future" if expires_at <= now else "within 100 years"
        raise ValidationError(
            situation=Situation.UNPROCESSABLE,
            field="expires_at",
            reason=f"Expires at must be {reason}",
        )
    return expires_at


def _unknown(call: Call) -> NotFoundError:
    return NotFoundError(resource_type="api_key", resource_id=call.path["key_id"])


def _key(credential: Credential) -> dict[str, Any]:
    return {
        "id": credential.id,
        "name": credential.name,
        "description": credential.description,
        "scopes": list(credential.scopes),
        "created_at": timestamp(credential.created_at),
        "expires_at": timestamp(credential.expires_at),
        "last_used": timestamp(credential.last_used_at),
    }
