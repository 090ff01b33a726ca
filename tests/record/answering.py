"""An API in memory with a recorder, and what it recorded: for tests of the record's making."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from failwell.core.contract import Contract
from failwell.server.exchange import Exchange, Message, Scope
from failwell.server.failwell import Failwell
from failwell.server.fault_recorder import FaultRecorder
from failwell.stores.faults import FaultRecord, RecordBatch
from failwell.stores.outbox import NewDelivery

CONNIX = Contract.bundled("connix")

Handler = Callable[[Exchange, Scope], Awaitable[None]]


class Answered(msgspec.Struct):
    """One response."""

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def request_id(self) -> str:
        return self.headers["x-request-id"]


class Shelf:
    """A store that takes batches, or does what it is told to do instead."""

    def __init__(self) -> None:
        self.batches: dict[str, RecordBatch] = {}
        self.offered: list[RecordBatch] = []
        self.refusal: BaseException | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.taken = asyncio.Event()

    async def append(self, batch: RecordBatch) -> None:
        self.offered.append(batch)
        await self.gate.wait()
        if self.refusal is not None:
            raise self.refusal
        self.batches.setdefault(batch.id, batch)
        self.taken.set()

    @property
    def records(self) -> list[FaultRecord]:
        return [record for batch in self.batches.values() for record in batch.records]

    @property
    def total(self) -> int:
        return sum(n for batch in self.batches.values() for _, _, n in batch.counts)


class Fan:
    """A subscriber of everything; one delivery for each record."""

    def __init__(self, *, wants: bool = True, flooded: tuple = ()) -> None:
        self.wants, self.flooded = wants, flooded

    def interested(self, _api: str, _tenant: str | None, /) -> bool:
        return self.wants

    def match(self, record: FaultRecord, /) -> Any:
        delivery = NewDelivery(
            id=f"dlv_{record.request_id}",
            event_id=f"msg_{record.request_id}",
            endpoint_id="whk_1",
            api=record.api,
            tenant=record.tenant,
            event_type="error.occurred",
            body=b"{}",
            created_at=record.at,
        )
        return Match((delivery,), self.flooded)


class Match(msgspec.Struct, frozen=True):
    """What there is to tell of a record."""

    deliveries: tuple[NewDelivery, ...]
    flooded: tuple[tuple[str, int, str, int], ...]


def api(handler: Handler, recorder: FaultRecorder, **options: Any) -> Failwell:
    """Put a handler inside Connix's contract."""

    async def app(scope: Scope, _receive: Any, send: Any) -> None:
        await handler(scope["failwell"], scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return Failwell(app, CONNIX, faults=recorder, **options)


async def ask(
    app: Failwell,
    path: str = "/api/v1/projects",
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    query: str = "",
) -> Answered:
    """Send one request without a socket."""
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "http_version": "1.1",
        "headers": [(k.lower().encode(), v.encode()) for k, v in (headers or {}).items()],
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    fields = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Answered(sent[0]["status"], fields, msgspec.json.decode(body) if body else None)
