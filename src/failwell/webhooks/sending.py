"""Sending a delivery once: sign, post, tell what happened. What follows is decided elsewhere."""

from typing import Protocol

from failwell.core.clock import Clock
from failwell.outbound.attempt import Attempted
from failwell.stores.endpoints import Endpoint
from failwell.stores.outbox import Attempt, NewDelivery
from failwell.webhooks.secret import Sealer, signing_keys
from failwell.webhooks.signature import signed_headers

__all__ = ["Post", "Sender"]


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
        keys = signing_keys(endpoint, self._sealer, now=at)
        return (
            ("content-type", "application/json"),
            ("user-agent", "failwell-webhooks"),
            *signed_headers(keys, event_id=delivery.event_id, now=at, body=delivery.body),
            ("webhook-attempt", str(number)),
        )
