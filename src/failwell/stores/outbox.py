"""The outbox: what webhooks still have to tell, and what became of it.

A delivery is one event to one endpoint, all attempts together; its row is the whole state of
it, so whoever takes over after a killed process knows what to do. Moments are Unix seconds.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

import msgspec

from failwell.core.fault import Severity
from failwell.stores.endpoints import Endpoint, OperationalEvent

__all__ = [
    "Attempt",
    "AttemptError",
    "Delivery",
    "DeliveryQuery",
    "DeliveryState",
    "NewDelivery",
    "OutboxStore",
    "Outcome",
    "Recovery",
    "RecoveryStore",
    "Requeued",
]

DeliveryState = Literal[
    "pending", "delivered", "exhausted", "refused", "parked", "skipped_disabled", "cancelled"
]
"""Where a delivery stands.

``pending`` waits for its next attempt; ``exhausted`` has had its last one; ``refused`` was ended
by the receiver (``webhook-delivery: abort-message``); ``parked`` waits for a disabled endpoint;
``skipped_disabled`` was never tried, because its endpoint was disabled when the event happened;
``cancelled`` lost its endpoint.
"""

AttemptError = Literal[
    "timeout", "dns", "connect", "tls", "http", "blocked", "invalid_target", "oversize"
]
"""Why an attempt failed."""

Requeued = Literal["requeued", "running", "pending", "disabled", "gone"]
"""Whether a delivery is sent again, or why not.

``running``: an attempt is under way; ``pending``: it will be sent anyway; ``disabled``: its
endpoint is; ``gone``: there is no such delivery, or its endpoint was deleted.
"""


class NewDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event for one endpoint, as it enters the outbox."""

    id: str
    """Its identifier, ``dlv_`` and 16 hexadecimal digits."""

    event_id: str
    """The event, ``msg_`` and letters or digits: the ``webhook-id`` of every attempt."""

    endpoint_id: str
    """Where it goes. With `event_id` unique: an event is enqueued once for an endpoint."""

    api: str | None
    """The API it happened in; ``None`` for events of none."""

    tenant: str | None
    """Whose endpoint it is; ``None`` for an operator's."""

    event_type: str
    """``error.occurred``, ``error.summary``, ..."""

    body: bytes
    """The exact bytes that are signed and sent, on every attempt."""

    created_at: float
    """When the event happened."""

    request_id: str | None = None
    """The exchange it tells of, where it tells of one."""

    code: str | None = None
    """The error code."""

    status: int | None = None
    """The HTTP status."""

    severity: Severity | None = None
    """How much an operator should care."""

    route: str | None = None
    """The route template."""

    state: DeliveryState = "pending"
    """``pending`` or ``skipped_disabled``; what a sample became when it was sent on the spot."""

    test: bool = False
    """Whether it is a sample somebody asked for."""


class Delivery(NewDelivery, frozen=True, kw_only=True):
    """A delivery as it stands."""

    seq: int
    """Its place in the order of arrival."""

    attempts: int = 0
    """How often it was sent."""

    tries: int = 0
    """How far it is on its schedule: `attempts`, unless a redelivery has begun a new one."""

    next_at: float | None = None
    """When it is sent next; ``None`` unless pending."""

    leased_by: str | None = None
    """The worker that is sending it."""

    leased_until: float | None = None
    """When another worker may take it over."""

    finished_at: float | None = None
    """When it left ``pending`` for good."""

    last_status: int | None = None
    """Status of the latest answer."""

    last_error: AttemptError | None = None
    """Why the latest attempt failed."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One sending of a delivery, as it is kept for people who look for a fault."""

    delivery_id: str
    """The delivery."""

    number: int
    """1 for the first."""

    at: float
    """When it began."""

    seconds: float
    """How long it took."""

    url: str
    """Where it went."""

    request_headers: tuple[tuple[str, str], ...]
    """Header fields sent; the signature as it was, secrets masked."""

    status: int | None
    """Status of the answer, if there was one."""

    response_headers: tuple[tuple[str, str], ...] = ()
    """Header fields of the answer, bounded."""

    response_body: bytes = b""
    """The first 4 KiB of the answer."""

    error: AttemptError | None = None
    """Why it failed; ``None`` when it was delivered."""

    worker: str = ""
    """Who sent it: the name under which it was claimed."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What an attempt changes: the attempt itself, and where its delivery stands now."""

    attempt: Attempt
    """The attempt."""

    endpoint_id: str
    """The endpoint it went to."""

    state: DeliveryState
    """The state the delivery is in now."""

    next_at: float | None = None
    """When it is sent next; only while ``pending``."""

    throttle_until: float | None = None
    """Nothing goes to this endpoint before this moment."""

    disable: str | None = None
    """Disable the endpoint for this reason, and park what waits for it."""


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """A job that requeues what failed in a range of time, oldest first."""

    id: str
    """Its identifier, ``rcv_`` and 16 hexadecimal digits."""

    endpoint_id: str
    """The endpoint."""

    since: float
    """Events from this moment on."""

    until: float
    """Events before this moment."""

    total: int
    """How many deliveries it found when it began."""

    done: int
    """How many of them were requeued."""

    state: Literal["running", "done", "cancelled"]
    """Whether it still works."""

    created_at: float
    """When it was asked for."""


class DeliveryQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which deliveries to list; what is ``None`` does not matter."""

    endpoint_id: str | None = None
    tenant: str | None = None
    api: str | None = None
    request_id: str | None = None
    state: DeliveryState | None = None
    since: float | None = None
    until: float | None = None
    before_seq: int | None = None
    """Only older ones: the `seq` of the last one on the page before."""
    limit: int = 50


class OutboxStore(Protocol):
    """Where deliveries are kept. Every method is one transaction."""

    async def enqueue(self, deliveries: Sequence[NewDelivery]) -> int:
        """Add deliveries that are not in it yet; returns how many were added.

        What comes for an endpoint that was disabled in the meantime is skipped, and what comes
        for one that is gone is cancelled: both can be read, neither is sent.
        """
        ...

    async def claim(
        self, worker: str, *, now: float, limit: int, lease: float, cap: int
    ) -> tuple[Delivery, ...]:
        """Take due deliveries, oldest first, and lease them to a worker.

        Args:
            worker: Who takes them; a name of its own for each claim, so that an outcome tells
                which lease it belongs to. ``process/7`` is released with ``process``.
            now: The moment.
            limit: Most of them.
            lease: Seconds until others may take them over.
            cap: Most of one endpoint that are leased at once, those already leased included;
                a probing endpoint gets one. Endpoints that are disabled or throttled get none.
        """
        ...

    async def settle(
        self,
        outcomes: Sequence[Outcome],
        *,
        now: float,
        events: Sequence[OperationalEvent] = (),
    ) -> tuple[Endpoint, ...]:
        """Store what became of attempts, and what follows for their endpoints.

        Counts successes and failures of each endpoint, throttles it, disables it and parks what
        waits for it where an outcome says so; a success makes a probing one active. An outcome
        of a lease that was lost (the delivery is leased under another name than the attempt's
        worker, or not at all) only adds its attempt. A lease that ran out and was taken by
        nobody is not lost.

        Args:
            outcomes: What became of attempts.
            now: The moment.
            events: What operators should know of it, stored with it.

        Returns:
            The endpoints that were touched, as they stand now; those that are well and had
            nothing but successes may be missing.
        """
        ...

    async def release(self, worker: str | None = None) -> int:
        """Void the leases of a worker and its claims, or of everybody; returns how many."""
        ...

    async def next_due(self, now: float) -> float | None:
        """Tell when the next pending delivery is due, leases and throttles considered."""
        ...

    async def get(self, delivery_id: str, *, tenant: str | None = None) -> Delivery | None:
        """Look one up, within a tenant if given."""
        ...

    async def list(self, query: DeliveryQuery) -> tuple[Delivery, ...]:
        """List deliveries, newest first."""
        ...

    async def attempts(self, delivery_id: str) -> tuple[Attempt, ...]:
        """List the attempts of a delivery, first one first."""
        ...

    async def requeue(self, delivery_id: str, *, now: float, force: bool = False) -> Requeued:
        """Send a delivery again from the start of its schedule, under the same event id.

        Args:
            delivery_id: The delivery.
            now: The moment.
            force: Also while an attempt is running, whose lease is lost then, or pending.
        """
        ...

    async def log_sample(self, delivery: NewDelivery, attempt: Attempt) -> None:
        """Store a sample that was sent on the spot, for reading; it counts for nothing."""
        ...

    async def clamp(self, *, latest: float) -> int:
        """Bring moments that a clock set in the far future forward; returns how many."""
        ...

    async def tidy(self, *, now: float) -> int:
        """Bring a portion of what waits in line with where it is to go; returns how many.

        What waits for an endpoint that was disabled, enabled or deleted follows in portions.
        """
        ...

    async def backlog(self, now: float) -> Mapping[str, tuple[int, float]]:
        """Tell for each endpoint how many are pending and since when the oldest is due."""
        ...

    async def trim(self, *, before: float, portion: int = 500) -> int:
        """Forget a portion of what ended before a moment; says how many deliveries went.

        Their attempts go with them, and so do operational events and recoveries of that age.
        """
        ...


class RecoveryStore(Protocol):
    """Where recoveries are kept. Every method is one transaction."""

    async def begin(self, recovery: Recovery) -> Recovery:
        """Store a new one, with the total of failed deliveries in its range.

        Failed is what is exhausted, refused, parked or was skipped for a disabled endpoint.
        """
        ...

    async def recovery(self, recovery_id: str) -> Recovery | None:
        """Look one up."""
        ...

    async def running(self) -> tuple[Recovery, ...]:
        """List those that still work, oldest first."""
        ...

    async def advance(self, recovery_id: str, *, limit: int, now: float) -> Recovery | None:
        """Requeue the next failed deliveries of its range, oldest first, each of them once.

        Without any left it is done; it is cancelled when its endpoint is disabled or gone.
        """
        ...
