"""Samples: a webhook that somebody asked for, sent at once, its answer shown to who asked."""

from collections.abc import Mapping

import msgspec

from failwell.core.clock import Clock
from failwell.core.exceptions import NotFoundError
from failwell.stores.endpoints import EndpointStore
from failwell.stores.outbox import Attempt, NewDelivery, OutboxStore
from failwell.webhooks.payload import Payload, new_delivery, sample_event
from failwell.webhooks.sending import Sender

__all__ = ["Sample", "Samples"]

_WORKER = "sample"


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """A sample that was sent, and what came back."""

    delivery: NewDelivery
    """The delivery: ``delivered``, or ``exhausted``, for a sample is sent once."""

    attempt: Attempt
    """Its attempt."""


class Samples:
    """Sends samples, signed and shaped like the real ones and marked ``"test": true``.

    A disabled endpoint can be sent one too: that is how its owner finds out whether it works
    again. Samples are kept in the log and count for nothing.

    Args:
        outbox: Where they are logged.
        endpoints: Where they go.
        sender: Makes attempts.
        payloads: How bodies of each shape are written.
        clock: The wall clock.
    """

    def __init__(
        self,
        outbox: OutboxStore,
        endpoints: EndpointStore,
        sender: Sender,
        *,
        payloads: Mapping[str, Payload],
        clock: Clock,
    ) -> None:
        self._outbox = outbox
        self._endpoints = endpoints
        self._sender = sender
        self._payloads = payloads
        self._clock = clock

    async def send(
        self, endpoint_id: str, *, api: str | None = None, tenant: str | None = None
    ) -> Sample:
        """Send a sample to one endpoint and wait for its answer.

        Args:
            endpoint_id: The endpoint.
            api: Whose API it has to be of; ``None`` for any.
            tenant: Whose it has to be; ``None`` for anybody's.

        Raises:
            NotFoundError: There is no such endpoint.
        """
        endpoint = await self._endpoints.get(endpoint_id, api=api, tenant=tenant)
        if endpoint is None:
            raise NotFoundError(resource_type="webhook", resource_id=endpoint_id)
        event = sample_event(endpoint, now=self._clock.now())
        delivery = new_delivery(event, endpoint, payloads=self._payloads)
        attempt = await self._sender.attempt(delivery, endpoint, number=1, worker=_WORKER)
        state = "exhausted" if attempt.error else "delivered"
        sample = Sample(delivery=msgspec.structs.replace(delivery, state=state), attempt=attempt)
        await self._outbox.log_sample(sample.delivery, attempt)
        return sample
