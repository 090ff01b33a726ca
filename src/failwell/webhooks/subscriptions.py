"""Subscriptions: which endpoints are told of a fault.

Looked at once, when the fault happens: a filter that is edited later changes nothing about
what was matched before. An endpoint is told so many events a minute; what is beyond is counted
and becomes one summary.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from failwell.stores.endpoints import Endpoint
from failwell.stores.faults import FaultRecord
from failwell.stores.outbox import NewDelivery
from failwell.webhooks.filters import matches
from failwell.webhooks.payload import (
    OCCURRED,
    Event,
    Payload,
    event_of,
    new_delivery,
    standard,
)

__all__ = ["WINDOW", "KnownEndpoints", "Matched", "Subscriptions"]

WINDOW = 60
"""Seconds of a flood window; windows begin at whole minutes."""


class KnownEndpoints(Protocol):
    """Who wants to be told; an `failwell.stores.endpoints.EndpointStore`, of which this is all."""

    @property
    def known(self) -> tuple[Endpoint, ...]:
        """Every endpoint: the same tuple until something changes."""
        ...


class Matched(msgspec.Struct, frozen=True):
    """What a fault means for webhooks."""

    deliveries: tuple[NewDelivery, ...] = ()
    """What has to be told, to be stored with the record."""

    flooded: tuple[tuple[str, int, str, int], ...] = ()
    """Endpoint, window, code, how many: beyond the rate limit of the endpoint."""


_NOBODY = Matched()
_Audience = tuple[str | None, str | None]


class Subscriptions:
    """Matches faults with endpoints.

    Args:
        endpoints: Who wants to be told.
        payloads: Shape -> how bodies of it are written; `standard` is always known.
        flood_per_minute: Most events of one minute that one endpoint is told one by one.
    """

    def __init__(
        self,
        endpoints: KnownEndpoints,
        *,
        payloads: Mapping[str, Payload],
        flood_per_minute: int = 5000,
    ) -> None:
        self._endpoints = endpoints
        self._payloads = payloads
        self._most = flood_per_minute
        self._seen: tuple[Endpoint, ...] | None = None
        self._index: Mapping[_Audience, Sequence[Endpoint]] = {}
        self._told: dict[str, tuple[int, int]] = {}

    def interested(self, api: str, tenant: str | None) -> bool:
        """Tell whether anybody may want to know of a fault, before it is looked at.

        Args:
            api: The API it happened in.
            tenant: Whose call it was.
        """
        index = self._current()
        return bool(index) and any(audience in index for audience in _audiences(api, tenant))

    def match(self, record: FaultRecord) -> Matched:
        """Find out who has to be told of a fault, and write what they are told."""
        index = self._current()
        wanting = [
            endpoint
            for audience in _audiences(record.api, record.tenant)
            for endpoint in index.get(audience, ())
            if matches(endpoint.filters, record)
        ]
        return self._told_to(wanting, record) if wanting else _NOBODY

    def _told_to(self, wanting: Sequence[Endpoint], record: FaultRecord) -> Matched:
        event, bodies = event_of(record), dict[str, bytes]()
        window = int(record.at // WINDOW) * WINDOW
        deliveries, flooded = [], []
        for endpoint in wanting:
            if self._has_room(endpoint, window):
                body = self._body(event, endpoint.shape, bodies)
                deliveries.append(new_delivery(event, endpoint, payloads=self._payloads, body=body))
            else:
                flooded.append((endpoint.id, window, record.code, 1))
        return Matched(tuple(deliveries), tuple(flooded))

    def _body(self, event: Event, shape: str, written: dict[str, bytes]) -> bytes:
        if shape not in written:
            written[shape] = self._payloads.get(shape, standard)(event)
        return written[shape]

    def _has_room(self, endpoint: Endpoint, window: int) -> bool:
        since, count = self._told.get(endpoint.id, (window, 0))
        if since != window:
            count = 0
        self._told[endpoint.id] = window, count + 1
        return count < self._most

    def _current(self) -> Mapping[_Audience, Sequence[Endpoint]]:
        known = self._endpoints.known
        if known is not self._seen:
            self._index = _indexed(known)
            ids = {endpoint.id for endpoint in known}
            self._told = {name: told for name, told in self._told.items() if name in ids}
            self._seen = known
        return self._index


def _audiences(api: str, tenant: str | None) -> Sequence[_Audience]:
    if tenant is None:
        return (api, None), (None, None)
    return (api, tenant), (api, None), (None, tenant), (None, None)


def _indexed(known: Sequence[Endpoint]) -> Mapping[_Audience, Sequence[Endpoint]]:
    index = defaultdict[_Audience, list[Endpoint]](list)
    for endpoint in known:
        # A summary stands for these, so whoever wants them gets it too.
        if OCCURRED in endpoint.events:
            index[endpoint.api, endpoint.tenant].append(endpoint)
    return dict(index)
