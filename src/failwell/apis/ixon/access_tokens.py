"""Access tokens: made with e-mail and password, seen and revoked by their person."""

from collections.abc import Iterable
from typing import Any

from failwell.apis.ixon.access_token_rows import find_token, own_tokens, remove_tokens
from failwell.apis.ixon.access_token_schemas import (
    CREATED_FIELDS,
    CREATED_TOKEN,
    NEW_TOKEN,
    NEW_TOKEN_HEADERS,
    NEW_TOKEN_QUERY,
    TOKEN,
    TOKEN_FIELDS,
    TOKEN_NAMES,
    TOKEN_QUERY,
)
from failwell.apis.ixon.authentication import ACCESS_TOKEN, API, DEVICE
from failwell.apis.ixon.caller import Caller, caller_of
from failwell.apis.ixon.listing import Listing
from failwell.apis.ixon.operations import for_person
from failwell.apis.ixon.people import shown_person
from failwell.apis.ixon.people_rows import find_person
from failwell.apis.ixon.rows import Row
from failwell.apis.ixon.tables import access_tokens
from failwell.apis.ixon.tokens import NewToken, Tokens
from failwell.apis.ixon.wire import (
    found_in_body,
    items_of,
    listed,
    nothing,
    one,
    reply,
)
from failwell.core.clock import Clock, timestamp
from failwell.core.exceptions import NotFoundError, ValidationError
from failwell.core.fault import Location, Violation
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.stores.credentials import CredentialStore
from failwell.stores.database import Database

__all__ = ["AccessTokens"]

_LONGEST_USER_AGENT = 500


def _shown(row: Row) -> dict[str, Any]:
    return {
        "publicId": row["id"],
        "expiresOn": timestamp(row["expires_at"]),
        "created": {
            "ip": row["ip"],
            "on": timestamp(row["created_at"]),
            "userAgent": row["user_agent"],
        },
        "scope": row["scope"],
    }


_LIST = Listing("AccessTokenList", access_tokens.c.id, _shown, TOKEN_FIELDS)


class AccessTokens:
    """The endpoints of access tokens.

    Args:
        database: ``ixon.db``.
        credentials: Where the hashes of tokens are kept.
        tokens: Makes tokens.
        clock: Where the time comes from.
    """

    def __init__(
        self, database: Database, *, credentials: CredentialStore, tokens: Tokens, clock: Clock
    ) -> None:
        self._database = database
        self._credentials = credentials
        self._tokens = tokens
        self._clock = clock

    async def create(self, call: Call) -> Reply:
        """Make a token for the person who logs in."""
        caller, body = caller_of(call), call.body
        issued = await self._tokens.issue(
            NewToken(
                user_id=caller.person,
                home=caller.home,
                application=caller.application,
                lifetime=body["expiresIn"],
                second_factor=caller.second_factor,
                otp_step=caller.otp_step,
                trusted_device=_trusted_device(call, caller),
                scope=body.get("scope"),
                ip=call.address or None,
                user_agent=call.headers.get("User-Agent", "")[:_LONGEST_USER_AGENT] or None,
            )
        )
        person = await self._database.read(
            lambda connection: find_person(connection, caller.person)
        )
        shown = {
            "publicId": issued.credential.id,
            "expiresOn": timestamp(issued.credential.expires_at),
            "secretId": issued.secret,
            "user": shown_person(person),
        }
        asked = call.query.get("fields")
        return reply("AccessTokenCreateResponse", CREATED_FIELDS.choose(shown, asked))

    async def list(self, call: Call) -> Reply:
        """List one's own tokens."""
        caller = caller_of(call)
        live = await self._live(caller)
        query = own_tokens(caller.person, now=self._clock.now())
        return await _LIST.answer(self._database, call, query, keep=lambda row: row["id"] in live)

    async def get(self, call: Call) -> Reply:
        """Read one of one's own tokens."""
        return await self._show("AccessToken", call, call.path["public_id"])

    async def get_mine(self, call: Call) -> Reply:
        """Read the token of this call."""
        return await self._show("MyAccessToken", call, caller_of(call).id)

    async def delete(self, call: Call) -> Reply:
        """Revoke one of one's own tokens."""
        await self._find(call, call.path["public_id"])
        await self._revoke(caller_of(call), [call.path["public_id"]])
        return reply("AccessToken")

    async def delete_mine(self, call: Call) -> Reply:
        """Revoke the token of this call."""
        await self._revoke(caller_of(call), [caller_of(call).id])
        return reply("MyAccessToken")

    async def delete_several(self, call: Call) -> Reply:
        """Revoke the tokens that are named; without a body all of one's own."""
        caller = caller_of(call)
        named = await self._live(caller)
        if call.body is not None:
            for place, each in items_of(call.body):
                given = each["publicId"]
                found_in_body(each if given in named else None, "access_token", *place, "publicId")
            named = {each["publicId"] for _, each in items_of(call.body)}
        await self._revoke(caller, named)
        return reply("AccessTokenList")

    async def _show(self, kind: str, call: Call, token_id: str) -> Reply:
        row = await self._find(call, token_id)
        return reply(kind, TOKEN_FIELDS.choose(_shown(row), call.query.get("fields")))

    async def _find(self, call: Call, token_id: str) -> Row:
        person, now = caller_of(call).person, self._clock.now()
        row = await self._database.read(
            lambda connection: find_token(connection, person, token_id, now=now)
        )
        known = await self._credentials.get(token_id, api=API, tenant_id=caller_of(call).home)
        if row is None or known is None:
            raise NotFoundError(resource_type="access_token", resource_id=token_id)
        return row

    async def _live(self, caller: Caller) -> set[str]:
        """Name the tokens of a person that nobody took back, the operator included."""
        found = await self._credentials.list(api=API, kind=ACCESS_TOKEN, tenant_id=caller.home)
        now = self._clock.now()
        return {
            each.id for each in found if each.user_id == caller.person and each.refusal(now) is None
        }

    async def _revoke(self, caller: Caller, token_ids: Iterable[str]) -> None:
        names = tuple(token_ids)
        for each in names:
            await self._credentials.revoke(each, api=API, tenant_id=caller.home)
        await self._database.write(
            lambda connection: remove_tokens(connection, caller.person, names)
        )

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (*self._of_all(), *self._of_one())

    def _of_all(self) -> tuple[Operation, ...]:
        path = "/access-tokens"
        return (
            for_person(
                "AccessTokenList",
                "GET",
                path,
                self.list,
                summary="List one's own tokens.",
                query=_LIST.query,
                returns=listed("AccessTokenList", TOKEN),
            ),
            for_person(
                "AccessTokenList",
                "POST",
                path,
                self.create,
                summary="Make a token with e-mail address, one-time password and password.",
                headers=NEW_TOKEN_HEADERS,
                auth=("basic",),
                scopes=(),
                query=NEW_TOKEN_QUERY,
                body=NEW_TOKEN,
                status=201,
                returns=one("AccessTokenCreateResponse", CREATED_TOKEN),
                situations=(Situation.SECOND_FACTOR,),
            ),
            for_person(
                "AccessTokenList",
                "DELETE",
                path,
                self.delete_several,
                summary="Revoke some of one's own tokens, or all of them.",
                body=TOKEN_NAMES,
                body_required=False,
                returns=nothing("AccessTokenList"),
                situations=(Situation.NOT_FOUND,),
            ),
        )

    def _of_one(self) -> tuple[Operation, ...]:
        of_one = {
            "AccessToken": ("/access-tokens/{public_id}", self.get, self.delete),
            "MyAccessToken": ("/access-tokens/me", self.get_mine, self.delete_mine),
        }
        reading = tuple(
            for_person(
                rel,
                "GET",
                path,
                get,
                summary="Read a token, but for its secret.",
                query=TOKEN_QUERY,
                returns=one(rel, TOKEN),
                situations=(Situation.NOT_FOUND,),
            )
            for rel, (path, get, _) in of_one.items()
        )
        revoking = tuple(
            for_person(
                rel,
                "DELETE",
                path,
                delete,
                summary="Revoke a token.",
                returns=nothing(rel),
                situations=(Situation.NOT_FOUND,),
            )
            for rel, (path, _, delete) in of_one.items()
        )
        return (*reading, *revoking)


def _trusted_device(call: Call, caller: Caller) -> tuple[str, str] | None:
    """Find the device that the caller wants to be trusted, where a code vouches for it."""
    name = call.body.get("trustedDeviceName")
    if name is None or caller.otp_step is None:
        return None
    identifier = call.headers.get(DEVICE)
    if identifier is None:
        absent = Violation(code="required_header", location=Location((DEVICE,), "header"))
        raise ValidationError(violations=[absent])
    return identifier, name
