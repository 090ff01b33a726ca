"""Tokens: made at a log-in, or by name and for longer; seen and revoked by their owners."""

from typing import Any

from failwell.apis.apinizer.authentication import API, BEARER, TOKEN
from failwell.apis.apinizer.wire import (
    ADMIN,
    DONE,
    OPTIONAL_MOMENT,
    SUCCEEDED,
    future,
    successes,
    successful,
    written_moment,
)
from failwell.core.clock import Clock
from failwell.core.exceptions import AuthenticationError, NotFoundError
from failwell.core.situation import Situation
from failwell.security.keys import random_id
from failwell.security.tokens import SignedTokens
from failwell.server.operation import Call, Operation, Reply
from failwell.server.schemas import NAME, Schema, answer, identifier
from failwell.stores.accounts import User
from failwell.stores.credentials import Credential, CredentialStore, IssuedCredential
from failwell.stores.issuing import issue_signed_token

__all__ = ["Tokens", "issue_token"]

_ID = identifier("tok_1234567890abcdef")
_NEW: Schema = {
    "type": "object",
    "properties": {
        "name": NAME,
        "expireDate": {**OPTIONAL_MOMENT, "description": "Never when left out."},
    },
    "required": ["name"],
}
_MADE: Schema = answer(
    success={"type": "boolean"},
    id=_ID,
    token={"type": "string", "description": "Shown this once."},
)
_TOKEN: Schema = answer(
    id=_ID,
    name={"type": ["string", "null"]},
    createdDate={"type": "string", "format": "date-time"},
    expireDate=OPTIONAL_MOMENT,
    lastUsedDate=OPTIONAL_MOMENT,
)


async def issue_token(
    credentials: CredentialStore,
    signer: SignedTokens,
    *,
    tenant_id: str,
    user_id: str,
    name: str,
    lifetime: float | None,
    clock: Clock,
    roles: tuple[str, ...] = (),
    plan: str | None = None,
) -> IssuedCredential:
    """Sign a token of a user and note it, so that it can be revoked.

    Args:
        credentials: Where it is noted.
        signer: Signs it.
        tenant_id: The installation.
        user_id: Its user.
        name: What it is called.
        lifetime: Seconds it is good; ``None`` for good.
        clock: Where the time comes from.
        roles: Roles of its own in every project; those of its user when there are none.
        plan: Its plan.
    """
    return await issue_signed_token(
        credentials,
        signer,
        token_id=random_id("tok_"),
        api=API,
        kind=TOKEN,
        tenant_id=tenant_id,
        user_id=user_id,
        name=name,
        scopes=roles,
        lifetime=lifetime,
        clock=clock,
        plan=plan,
    )


class Tokens:
    """Makes tokens, and the endpoints of those that were made.

    Args:
        credentials: Where tokens are noted.
        signer: Signs them.
        clock: Where the time comes from.
        seconds: How long those of a log-in are good.
    """

    def __init__(
        self, credentials: CredentialStore, *, signer: SignedTokens, clock: Clock, seconds: int
    ) -> None:
        self._credentials = credentials
        self._signer = signer
        self._clock = clock
        self.seconds = seconds
        """Seconds that the token of a log-in is good."""

    async def log_in(self, user: User) -> str:
        """Make the token of a user who has just logged in."""
        issued = await issue_token(
            self._credentials,
            self._signer,
            tenant_id=user.tenant_id,
            user_id=user.id,
            name="auth/token",
            lifetime=self.seconds,
            clock=self._clock,
        )
        return issued.secret

    async def create(self, call: Call) -> Reply:
        """Make a token that lasts until a date, or for good."""
        now, own = self._clock.now(), await self._own(call)
        until = future("expireDate", call.body.get("expireDate"), now=now)
        issued = await issue_token(
            self._credentials,
            self._signer,
            tenant_id=call.tenant,
            user_id=str(own.user_id),
            name=call.body["name"],
            lifetime=None if until is None else until - now,
            clock=self._clock,
            # A token that was given few roles makes none with more.
            roles=own.scopes,
        )
        body = {"success": True, "id": issued.credential.id, "token": issued.secret}
        return Reply(body=body, headers=(("Cache-Control", "no-store"),))

    async def _own(self, call: Call) -> Credential:
        own = await self._credentials.get(call.caller.id, api=API, tenant_id=call.tenant)
        if own is None:
            raise AuthenticationError(reason="revoked", field="Authorization")
        return own

    async def list(self, call: Call) -> Reply:
        """List the caller's tokens that still work, oldest first."""
        now = self._clock.now()
        found = await self._credentials.list(api=API, kind=TOKEN, tenant_id=call.tenant)
        own = [each for each in found if each.user_id == call.caller.user]
        return successful([_shown(each) for each in own if each.refusal(now) is None])

    async def get(self, call: Call) -> Reply:
        """Read a token, but for its secret."""
        return Reply(body=_shown(await self._find(call)))

    async def delete(self, call: Call) -> Reply:
        """Revoke a token, for good."""
        found = await self._find(call)
        if not await self._credentials.revoke(found.id, api=API, tenant_id=call.tenant):
            raise _unknown(call)
        return Reply(body=SUCCEEDED)

    async def _find(self, call: Call) -> Credential:
        """Find a token of the caller; administrators find those of everybody."""
        found = await self._credentials.get(call.path["tokenId"], api=API, tenant_id=call.tenant)
        if found is None or found.kind != TOKEN:
            raise _unknown(call)
        if found.user_id != call.caller.user and ADMIN not in call.caller.scopes:
            raise _unknown(call)
        return found

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="GET",
                path="/auth/tokens",
                handler=self.list,
                id="listTokens",
                summary="List your tokens.",
                tags=("auth",),
                auth=BEARER,
                returns=successes(_TOKEN),
            ),
            Operation(
                method="POST",
                path="/auth/tokens",
                handler=self.create,
                id="createPersonalToken",
                summary="Make a token that lasts longer; it is shown once.",
                tags=("auth",),
                auth=BEARER,
                body=_NEW,
                status=201,
                returns=_MADE,
                situations=(Situation.UNPROCESSABLE,),
            ),
            Operation(
                method="GET",
                path="/auth/tokens/{tokenId}",
                handler=self.get,
                id="getToken",
                summary="Read a token.",
                tags=("auth",),
                auth=BEARER,
                returns=_TOKEN,
                situations=(Situation.NOT_FOUND,),
            ),
            Operation(
                method="DELETE",
                path="/auth/tokens/{tokenId}",
                handler=self.delete,
                id="revokeToken",
                summary="Revoke a token.",
                tags=("auth",),
                auth=BEARER,
                returns=DONE,
                situations=(Situation.NOT_FOUND,),
            ),
        )


def _shown(credential: Credential) -> dict[str, Any]:
    return {
        "id": credential.id,
        "name": credential.name,
        "createdDate": written_moment(credential.created_at),
        "expireDate": written_moment(credential.expires_at),
        "lastUsedDate": written_moment(credential.last_used_at),
    }


def _unknown(call: Call) -> NotFoundError:
    return NotFoundError(resource_type="Token", resource_id=call.path["tokenId"])
