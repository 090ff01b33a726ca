"""Endpoints: where webhooks go, who asked for them, and how they are doing.

Moments are Unix seconds.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

import msgspec

__all__ = [
    "Endpoint",
    "EndpointChanges",
    "EndpointSecret",
    "EndpointState",
    "EndpointStore",
    "OperationalEvent",
]

EndpointState = Literal["active", "probing", "disabled"]
"""``probing``: enabled again; one delivery has to arrive before the others follow."""


class EndpointSecret(msgspec.Struct, frozen=True, kw_only=True):
    """One secret of an endpoint, as it lies in the database."""

    sealed: str
    """Encrypted by a `failwell.security.encryption.Vault`, bound to the endpoint's id."""

    expires_at: float | None = None
    """When it stops signing; ``None`` for the current one."""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One address that wants to be told."""

    id: str
    """Its identifier, ``whk_`` and 16 hexadecimal digits."""

    api: str | None
    """The API it was registered with; ``None`` for an operator's, which hears of every API."""

    tenant: str | None
    """Whose it is; ``None`` for an operator's, which hears of every tenant."""

    url: str
    """Where it is."""

    events: tuple[str, ...]
    """Event types it wants."""

    filters: Mapping[str, tuple[str, ...]]
    """Key -> accepted values, see `failwell.webhooks.filters`."""

    secrets: tuple[EndpointSecret, ...]
    """What signs, the newest first; at most three."""

    shape: str = "standard"
    """How its bodies look: ``standard``, or the name of an API with a body of its own."""

    state: EndpointState = "active"
    """Whether anything is sent."""

    disabled_reason: str | None = None
    """``failing``, ``gone`` or ``manual``."""

    disabled_at: float | None = None
    """Since when it is disabled."""

    paused_until: float | None = None
    """Nothing is sent before this moment: throttled, or cooling down."""

    failing_since: float | None = None
    """When the first of the failures began that no success has followed."""

    failed_attempts: int = 0
    """Attempts that failed since the last success."""

    failed_deliveries: int = 0
    """Deliveries that failed at least once since the last success."""

    warned: int = 0
    """The highest percentage of the way to being disabled that was warned of."""

    last_success_at: float | None = None
    """When something was delivered last."""

    schedule: tuple[float, ...] | None = None
    """Its own waits between attempts, in seconds; ``None`` for the usual ones."""

    created_at: float
    """When it was registered."""

    updated_at: float
    """When it was changed by its owner."""


class EndpointChanges(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What changes about an endpoint; what is left out stays."""

    url: str | msgspec.UnsetType = msgspec.UNSET
    events: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    filters: Mapping[str, tuple[str, ...]] | msgspec.UnsetType = msgspec.UNSET
    secrets: tuple[EndpointSecret, ...] | msgspec.UnsetType = msgspec.UNSET
    schedule: tuple[float, ...] | msgspec.UnsetType | None = msgspec.UNSET
    state: EndpointState | msgspec.UnsetType = msgspec.UNSET
    disabled_reason: str | msgspec.UnsetType | None = msgspec.UNSET
    disabled_at: float | msgspec.UnsetType | None = msgspec.UNSET
    paused_until: float | msgspec.UnsetType | None = msgspec.UNSET
    failing_since: float | msgspec.UnsetType | None = msgspec.UNSET
    failed_attempts: int | msgspec.UnsetType = msgspec.UNSET
    failed_deliveries: int | msgspec.UnsetType = msgspec.UNSET
    warned: int | msgspec.UnsetType = msgspec.UNSET
    updated_at: float | msgspec.UnsetType = msgspec.UNSET


class OperationalEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something operators should know about webhooks themselves; never sent through a webhook."""

    at: float
    """When."""

    type: str
    """``delivery.exhausted``, ``endpoint.warning``, ``endpoint.disabled``, ``endpoint.enabled``."""

    endpoint_id: str
    """The endpoint."""

    tenant: str | None
    """Whose it is."""

    data: Mapping[str, object]
    """URL, event type, last answer, percentage: what a person needs to act."""

    seq: int = 0
    """Its place in the order; given by the store."""


class EndpointStore(Protocol):
    """Where endpoints are kept."""

    @property
    def known(self) -> tuple[Endpoint, ...]:
        """Every endpoint, as of the latest `reload` or change; read for each fault, never waits."""
        ...

    async def reload(self) -> tuple[Endpoint, ...]:
        """Read them anew, for what other processes have changed."""
        ...

    async def add(self, endpoint: Endpoint, *, most: int | None = None) -> bool:
        """Store a new one; says no when its tenant has `most` already."""
        ...

    async def get(
        self, endpoint_id: str, *, api: str | None = None, tenant: str | None = None
    ) -> Endpoint | None:
        """Look one up, within an API and a tenant if given."""
        ...

    async def list(
        self, *, api: str | None = None, tenant: str | None = None
    ) -> tuple[Endpoint, ...]:
        """List them, oldest first."""
        ...

    async def update(self, endpoint_id: str, changes: EndpointChanges) -> Endpoint | None:
        """Change what is given; ``None`` when there is no such endpoint."""
        ...

    async def remove(self, endpoint_id: str, *, now: float) -> bool:
        """Forget one and cancel what waits for it; its deliveries stay readable."""
        ...

    async def enable(self, endpoint_id: str, *, paused_until: float) -> Endpoint | None:
        """Make a disabled one probing and its parked deliveries pending again."""
        ...

    async def disable(self, endpoint_id: str, *, reason: str, now: float) -> Endpoint | None:
        """Disable one, and park what waits for it."""
        ...

    async def tell(self, events: Sequence[OperationalEvent]) -> None:
        """Store operational events."""
        ...

    async def told(
        self, *, endpoint_id: str | None = None, limit: int = 50
    ) -> tuple[OperationalEvent, ...]:
        """List operational events, newest first."""
        ...
