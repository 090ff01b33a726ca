"""Fault records: every error response, how often each kind occurs, and what was told of it.

Moments are Unix seconds; a minute or hour is named by the moment it begins.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

import msgspec

from failwell.core.fault import Severity
from failwell.stores.outbox import NewDelivery

__all__ = [
    "UNMATCHED",
    "FaultRecord",
    "FaultStore",
    "FloodStore",
    "Kind",
    "Rate",
    "RateQuery",
    "RecordBatch",
    "RecordQuery",
]

UNMATCHED = "_unmatched"
"""The route of requests that no route matches: scanners make up new paths without end."""


class Kind(NamedTuple):
    """What errors are counted by. Every value comes from a contract or a route table."""

    api: str
    route: str
    code: str
    status: int
    planned: bool
    """Whether a maintenance window answered: counted apart."""


class FaultRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One error response, redacted, as operators look it up."""

    request_id: str
    """Name of the exchange."""

    at: float
    """When it was answered."""

    api: str
    """Name of the API's contract."""

    route: str
    """Route template, or `UNMATCHED`."""

    method: str
    """The request method."""

    code: str
    """The error code."""

    status: int
    """The HTTP status."""

    severity: Severity
    """How much an operator should care."""

    situation: str | None = None
    """What happened, before the API named it."""

    failure: str | None = None
    """Class of what broke, from a closed list (``database``); see `failwell.server.failure`."""

    message: str | None = None
    """The sentence the caller was given."""

    parent_id: str | None = None
    """The caller's own id for the exchange."""

    tenant: str | None = None
    """Whose call it was."""

    user_id: str | None = None
    """The person behind it."""

    credential_id: str | None = None
    """Name of the credential, never the credential."""

    environment: str | None = None
    """The tenant's environment, for APIs with several."""

    affected: tuple[str, ...] = ()
    """Ids in path and params: what the fault is about."""

    headers: tuple[tuple[str, str], ...] = ()
    """Header fields of the answer, redacted."""

    body: str = ""
    """The body as sent, redacted."""

    seconds: float = 0.0
    """How long the answer took."""

    planned: bool = False
    """Whether a maintenance window answered."""

    cause: str | None = None
    """The trace of what was raised; for operators only and kept in a table of its own.

    Left out (``None``) by every reading method but `FaultStore.cause`.
    """

    @property
    def kind(self) -> Kind:
        """What it is counted by."""
        return Kind(self.api, self.route, self.code, self.status, self.planned)


class RecordBatch(msgspec.Struct, frozen=True, kw_only=True):
    """What is recorded together, in one transaction."""

    id: str
    """Its name, random: a batch that is loaded twice counts once."""

    records: tuple[FaultRecord, ...] = ()
    """The records; of a flood only a sample."""

    counts: tuple[tuple[int, Kind, int], ...] = ()
    """Minute, kind, how many: exact, also where records are a sample."""

    deliveries: tuple[NewDelivery, ...] = ()
    """What webhooks have to tell of the records."""

    flooded: tuple[tuple[str, int, str, int], ...] = ()
    """Endpoint, window, code, how many: events beyond the rate limit of an endpoint."""


class RecordQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which records to list; what is ``None`` does not matter."""

    api: str | None = None
    route: str | None = None
    code: str | None = None
    status: int | None = None
    severity: Severity | None = None
    tenant: str | None = None
    since: float | None = None
    until: float | None = None
    before_seq: int | None = None
    """Only older ones: the number of the last one on the page before."""
    limit: int = 50


class RateQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which counts to add up, and by what."""

    since: float
    until: float
    step: Literal["minute", "hour"] = "hour"
    """Minutes are kept for 48 hours, hours for 13 months."""
    by: tuple[Literal["moment", "api", "route", "code", "status", "planned"], ...] = ("moment",)
    """What stays apart; everything else is added up."""
    api: str | None = None
    route: str | None = None
    code: str | None = None
    status: int | None = None
    status_from: int | None = None
    """Only this status and higher ones: 500 for errors of the server."""
    planned: bool | None = None
    limit: int = 10_000


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """One sum; what it was not asked to keep apart is ``None``."""

    count: int
    moment: int | None = None
    api: str | None = None
    route: str | None = None
    code: str | None = None
    status: int | None = None
    planned: bool | None = None


class FaultStore(Protocol):
    """Where fault records are kept."""

    async def append(self, batch: RecordBatch) -> None:
        """Store a batch, all of it or nothing; once, however often it is given."""
        ...

    async def find(self, request_id: str) -> tuple[FaultRecord, ...]:
        """Find what carries this id, as ours or as the caller's own, newest first."""
        ...

    async def cause(self, request_id: str) -> str | None:
        """Find the private cause of a fault."""
        ...

    async def list(self, query: RecordQuery) -> tuple[tuple[int, FaultRecord], ...]:
        """List records with their numbers, newest first."""
        ...

    async def rates(self, query: RateQuery) -> tuple[Rate, ...]:
        """Add up counts, by moment and then the largest first."""
        ...

    async def oldest(self) -> float | None:
        """Tell how far back records reach."""
        ...

    async def trim(
        self, *, before: float, rows: int, size: int, portion: int = 500
    ) -> Mapping[str, int]:
        """Forget what is too old or too much, one portion; says how much of each table went."""
        ...


class FloodStore(Protocol):
    """What the rate limits of endpoints left untold; `FaultStore.append` adds to it.

    A row is endpoint, window (the moment it begins), code, how many.
    """

    async def closed(
        self, *, before: int, limit: int = 1000
    ) -> tuple[tuple[str, int, str, int], ...]:
        """List rows of windows that began before a moment, by endpoint and window.

        A window is given as a whole or, when it is beyond the limit, not at all; the first
        one always is.
        """
        ...

    async def told(
        self, deliveries: Sequence[NewDelivery], rows: Sequence[tuple[str, int, str, int]]
    ) -> None:
        """Enqueue what tells of some rows, and take their counts off, in one transaction.

        What was counted after `closed` gave the rows stays for the next time.
        """
        ...
