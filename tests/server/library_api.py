"""A small API for tests, and a caller that speaks ASGI to it without a socket."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from failwell.core.contract import Contract
from failwell.core.exceptions import (
    AuthenticationError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
)
from failwell.core.situation import Situation
from failwell.server.frameworks.starlette import build_api
from failwell.server.guards.quota import QuotaGuard
from failwell.server.headers import Headers
from failwell.server.operation import FORM, Call, Operation, Reply
from failwell.server.principal import Principal
from failwell.stores.quota import QuotaPolicy
from failwell.stores.quota_memory import MemoryQuotaStore

CONNIX = Contract.bundled("connix")
KEY = (b"x-api-key", b"cx_reader")
WRITER = (b"x-api-key", b"cx_writer")
JSON_TYPE = (b"content-type", b"application/json")

NEW_BOOK = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 50, "pattern": r"\S"},
        "config": {
            "type": "object",
            "properties": {"temperature": {"type": "number", "minimum": 0, "maximum": 2}},
        },
    },
    "required": ["name"],
}
BOOK = {
    "type": "object",
    "title": "Book",
    "properties": {"id": {"type": "string"}, "name": {"type": "string"}},
    "required": ["id", "name"],
}
SEARCH = {
    "type": "object",
    "properties": {
        "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
        "sort": {"type": "string", "enum": ["name", "-name"]},
    },
}


class Keys:
    """Knows two keys: one may read, one may also write."""

    async def authenticate(self, headers: Headers, *, accepted: tuple[str, ...]) -> Principal:
        key = headers.get("X-API-Key")
        if key is None:
            raise AuthenticationError(situation=Situation.NO_CREDENTIALS)
        if key == "cx_reader":
            return Principal(id="reader", kind="api_key", scopes=("books:read",))
        if key == "cx_writer":
            return Principal(id="writer", kind="api_key", scopes=("books:read", "books:write"))
        if key == "token":
            return Principal(id="token", kind="bearer", scopes=("books:read",))
        raise AuthenticationError(reason="unknown")


async def list_books(call: Call) -> Reply:
    return Reply(body=dict(call.query))


async def add_book(call: Call) -> Reply:
    if call.body["name"] == "taken":
        raise ConflictError(resource_type="book", field="name", value="taken")
    return Reply(body={"id": "book_1", "name": call.body["name"]})


async def read_book(call: Call) -> Reply:
    raise NotFoundError(resource_type="book", resource_id=call.path["book_id"])


async def remove_book(_call: Call) -> Reply:
    return Reply()


async def trade(call: Call) -> Reply:
    return Reply(body=call.body, headers=(("Cache-Control", "no-store"),))


async def shelf_exists(call: Call) -> None:
    if call.path["shelf_id"] != "shelf_1":
        raise NotFoundError(resource_type="shelf", resource_id=call.path["shelf_id"])


async def clear_shelf(_call: Call) -> Reply:
    raise PermissionDeniedError(required=["admin"], provided=[])


def operations() -> tuple[Operation, ...]:
    """What the API does."""
    return (
        Operation(
            method="GET",
            path="/books",
            handler=list_books,
            id="listBooks",
            summary="List books.",
            auth=("api_key",),
            query=SEARCH,
        ),
        Operation(
            method="POST",
            path="/books",
            handler=add_book,
            id="addBook",
            summary="Add a book.",
            auth=("api_key",),
            scopes=("books:write",),
            body=NEW_BOOK,
            status=201,
            returns=BOOK,
            situations=(Situation.CONFLICT,),
        ),
        Operation(
            method="GET",
            path="/books/{book_id}",
            handler=read_book,
            id="readBook",
            summary="Read a book.",
            auth=("api_key",),
            returns=BOOK,
            situations=(Situation.NOT_FOUND,),
        ),
        Operation(
            method="DELETE",
            path="/books/{book_id}",
            handler=remove_book,
            id="removeBook",
            summary="Remove a book.",
            auth=("api_key",),
            status=204,
        ),
        Operation(
            method="DELETE",
            path="/shelves/{shelf_id}",
            handler=clear_shelf,
            id="clearShelf",
            summary="Clear a shelf.",
            auth=("api_key",),
            scopes=("books:write",),
            existence=shelf_exists,
        ),
        Operation(
            method="POST",
            path="/token",
            handler=trade,
            id="trade",
            summary="Trade a code for a token.",
            media=FORM,
            body={
                "type": "object",
                "properties": {"code": {"type": "string", "minLength": 1}},
                "required": ["code"],
            },
            prefix="/oauth2",
        ),
    )


def quota(limit: int, *, clock: Any = None, seconds: float = 60.0) -> QuotaGuard:
    """A quota of some calls a minute, the same for everybody."""
    policy = QuotaPolicy("minute", limit, seconds, "1 minute")
    return QuotaGuard(MemoryQuotaStore(), lambda _principal: (policy,), clock=clock)


def library(*more: Operation, **options: Any) -> Any:
    """Build the API, inside Connix's contract."""
    options.setdefault("authenticator", Keys())
    return build_api((*operations(), *more), CONNIX, prefix="/api/v1", **options)


class Answer(msgspec.Struct):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def error(self) -> Mapping[str, Any]:
        return self.json["error"]


async def call(
    app: Any,
    method: str,
    path: str,
    *headers: tuple[bytes, bytes],
    body: bytes | Sequence[bytes] = b"",
    search: bytes = b"",
    address: str = "192.0.2.1",
) -> Answer:
    """Send one request and collect the answer; several chunks of body are sent as they are."""
    chunks = [body] if isinstance(body, bytes) else list(body)
    waiting = [
        {"type": "http.request", "body": chunk, "more_body": index + 1 < len(chunks)}
        for index, chunk in enumerate(chunks)
    ]
    sent: list[Mapping[str, Any]] = []

    async def receive() -> Any:
        if waiting:
            return waiting.pop(0)
        return await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    fields = [(b"host", b"library.test"), *headers]
    if isinstance(body, bytes) and body:
        fields.append((b"content-length", b"%d" % len(body)))
    elif not isinstance(body, bytes):
        fields.append((b"transfer-encoding", b"chunked"))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode("utf-8", "surrogateescape"),
        "root_path": "",
        "query_string": search,
        "headers": fields,
        "client": (address, 50_000),
        "server": ("library.test", 80),
    }
    await app(scope, receive, send)
    start, *rest = sent
    return Answer(
        start["status"],
        {name.decode(): value.decode("latin-1") for name, value in start["headers"]},
        b"".join(message.get("body", b"") for message in rest),
    )
