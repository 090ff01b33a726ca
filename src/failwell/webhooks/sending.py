"""Sending a delivery once: sign, post, tell what happened. What follows is decided elsewhere."""

import math
from typing import NamedTuple, Protocol

from failwell.core.clock import Clock
from failwell.outbound.attempt import Attempted
from failwell.stores.endpoints import Endpoint, EndpointSecret
from failwell.stores.outbox import Attempt, NewDelivery
from failwell.webhooks.secret import Sealer, signing_keys
from failwell.webhooks.signature import signed_headers

__all__ = ["Post", "Sender"]

_MOST_OPENED = 10_000


class Post(Protocol):
    """Sends one request within bounds and never raises; see `failwell.outbound.attempt`."""

    async def post(
        self,
        url: str,
        *,
        headers: tuple[tuple[str, str], ...],
        body: bytes,
        connect: float,
        total: float,
    ) -> Attempted:
        """Send a request, and say what became of it."""
        ...


class _Opened(NamedTuple):
    """Keys of an endpoint, and what they hold for."""

    secrets: tuple[EndpointSecret, ...]
    until: float
    keys: tuple[bytes, ...]


class Sender:
    """Makes attempts: the same id and bytes each time, a timestamp and signature of its own.

    Args:
        post: Sends requests.
        sealer: Opens the secrets of endpoints.
        clock: The wall clock: receivers compare timestamps with theirs.
        connect: Seconds until there is a connection.
        total: Seconds for everything.
    """

    def __init__(
        self, post: Post, *, sealer: Sealer, clock: Clock, connect: float, total: float
    ) -> None:
        self._post = post
        self._sealer = sealer
        self._opened: dict[str, _Opened] = {}
        self._clock = clock
        self._connect = connect
        self._total = total

    async def attempt(
        self, delivery: NewDelivery, endpoint: Endpoint, *, number: int, worker: str
    ) -> Attempt:
        """Send a delivery once.

        Args:
            delivery: What to send.
            endpoint: Where to.
            number: Which attempt of the delivery it is, 1 for the first.
            worker: Who sends it.
        """
        at = self._clock.now()
        headers = self._headers(delivery, endpoint, number, at)
        became = await self._post.post(
            endpoint.url,
            headers=headers,
            body=delivery.body,
            connect=self._connect,
            total=self._total,
        )
        return Attempt(
            delivery_id=delivery.id,
            number=number,
            at=at,
            seconds=became.seconds,
            url=endpoint.url,
            request_headers=headers,
            status=became.status,
            response_headers=became.headers,
            response_body=became.body,
            error=became.error,
            worker=worker,
        )

    def _headers(
        self, delivery: NewDelivery, endpoint: Endpoint, number: int, at: float
    ) -> tuple[tuple[str, str], ...]:
        keys = self._keys(endpoint, at)
        return (
            ("content-type", "application/json"),
            ("user-agent", "failwell-webhooks"),
            *signed_headers(keys, event_id=delivery.event_id, now=at, body=delivery.body),
            ("webhook-attempt", str(number)),
        )

    def _keys(self, endpoint: Endpoint, now: float) -> tuple[bytes, ...]:
        """Keys that sign now; opened once, since opening costs more than signing."""
        opened = self._opened.get(endpoint.id)
        if opened is None or opened.secrets != endpoint.secrets or now >= opened.until:
            keys = signing_keys(endpoint, self._sealer, now=now)
            ends = (each.expires_at for each in endpoint.secrets if each.expires_at is not None)
            until = min((end for end in ends if end > now), default=math.inf)
            if len(self._opened) >= _MOST_OPENED:
                self._opened.clear()
            opened = self._opened[endpoint.id] = _Opened(endpoint.secrets, until, keys)
        return opened.keys
