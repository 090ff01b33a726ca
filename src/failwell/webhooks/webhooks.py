"""Webhooks, put together: one object for a process, for its faces and for its companions."""

import random as randomness
from collections.abc import Callable, Mapping

from failwell.core.clock import Clock, SystemClock
from failwell.stores.endpoints import Endpoint, EndpointStore
from failwell.stores.faults import FloodStore
from failwell.stores.outbox import Delivery, OutboxStore, Recovery, RecoveryStore
from failwell.webhooks.courier import Courier
from failwell.webhooks.dispatcher import Dispatcher
from failwell.webhooks.flood import FloodSummaries
from failwell.webhooks.payload import Payload
from failwell.webhooks.policy import DispatchPolicy
from failwell.webhooks.probation import Probation
from failwell.webhooks.recovery import Recoveries
from failwell.webhooks.redelivery import Redelivery
from failwell.webhooks.sample import Sample, Samples
from failwell.webhooks.secret import Sealer
from failwell.webhooks.sending import Post, Sender
from failwell.webhooks.steady_clock import SteadyClock
from failwell.webhooks.tally import Tally
from failwell.webhooks.tidying import Tidying

__all__ = ["Webhooks"]


class Webhooks:
    """Sends what is in the outbox, and does what owners of endpoints ask for.

    Methods that take `api` and `tenant` find only what belongs to both; ``None`` is for
    operators, who see everything.

    Args:
        outbox: Deliveries.
        recoveries: Jobs that requeue what failed.
        endpoints: Where deliveries go.
        floods: Counts of what was beyond the rate limit of an endpoint.
        post: Sends requests, an `failwell.outbound.attempt.AttemptSender`; closed by who made it.
        sealer: Opens the secrets of endpoints.
        payloads: How bodies of each shape are written.
        clock: Where the time comes from.
        policy: How much at once, how long, how often; the usual one by default.
        random: Gives numbers from 0 up to 1.
        alone: Whether no other process shares the outbox.
    """

    def __init__(
        self,
        *,
        outbox: OutboxStore,
        recoveries: RecoveryStore,
        endpoints: EndpointStore,
        floods: FloodStore,
        post: Post,
        sealer: Sealer,
        payloads: Mapping[str, Payload],
        clock: Clock | None = None,
        policy: DispatchPolicy | None = None,
        random: Callable[[], float] = randomness.random,
        alone: bool = True,
    ) -> None:
        clock, policy = clock or SystemClock(), policy or DispatchPolicy()
        steady = SteadyClock(clock)
        sender = Sender(
            post, sealer=sealer, clock=clock, connect=policy.connect_timeout, total=policy.timeout
        )
        self._courier = Courier(
            outbox,
            endpoints,
            sender,
            clock=clock,
            steady=steady,
            policy=policy,
            random=random,
            alone=alone,
        )
        self._recoveries = Recoveries(recoveries, endpoints, clock=steady, wake=self.wake)
        summaries = FloodSummaries(
            floods, endpoints, payloads=payloads, clock=clock, wake=self.wake
        )
        self._dispatcher = Dispatcher(
            self._courier,
            policy=policy,
            chores=(Tidying(outbox, clock=steady), summaries, self._recoveries),
        )
        self._samples = Samples(outbox, endpoints, sender, payloads=payloads, clock=clock)
        self._redelivery = Redelivery(outbox, clock=steady, wake=self.wake)
        self._probation = Probation(endpoints, clock=steady, wake=self.wake)

    @property
    def courier(self) -> Courier:
        """What claims, sends and settles, one step at a time."""
        return self._courier

    @property
    def tally(self) -> Tally:
        """What was sent since the start, for `/metrics`."""
        return self._courier.tally

    async def start(self) -> None:
        """Send from now on, beside the requests."""
        await self._dispatcher.start()

    async def close(self) -> None:
        """Let attempts under way end, and stop."""
        await self._dispatcher.close()

    def wake(self) -> None:
        """Say that there are new deliveries; without it the next poll would find them."""
        self._dispatcher.wake()

    async def run_due(self) -> int:
        """Send everything that is due now and wait for the answers; returns how many attempts."""
        return await self._dispatcher.run_due()

    async def send_sample(
        self, endpoint_id: str, *, api: str | None = None, tenant: str | None = None
    ) -> Sample:
        """Send a sample to one endpoint and wait for its answer; see `Samples.send`."""
        return await self._samples.send(endpoint_id, api=api, tenant=tenant)

    async def redeliver(
        self,
        delivery_id: str,
        *,
        api: str | None = None,
        tenant: str | None = None,
        force: bool = False,
    ) -> Delivery:
        """Send a delivery again; see `Redelivery.redeliver`."""
        return await self._redelivery.redeliver(delivery_id, api=api, tenant=tenant, force=force)

    async def recover(
        self,
        endpoint_id: str,
        *,
        since: float,
        until: float,
        api: str | None = None,
        tenant: str | None = None,
    ) -> Recovery:
        """Send again what failed in a range of time; see `Recoveries.begin`."""
        return await self._recoveries.begin(
            endpoint_id, since=since, until=until, api=api, tenant=tenant
        )

    async def recovery(
        self,
        endpoint_id: str,
        recovery_id: str,
        *,
        api: str | None = None,
        tenant: str | None = None,
    ) -> Recovery:
        """Look up how far a recovery is; see `Recoveries.find`."""
        return await self._recoveries.find(endpoint_id, recovery_id, api=api, tenant=tenant)

    async def enable(
        self, endpoint_id: str, *, api: str | None = None, tenant: str | None = None
    ) -> Endpoint:
        """Enable an endpoint that is disabled; see `Probation.enable`."""
        return await self._probation.enable(endpoint_id, api=api, tenant=tenant)

    async def disable(
        self, endpoint_id: str, *, api: str | None = None, tenant: str | None = None
    ) -> Endpoint:
        """Disable an endpoint and park what waits for it; see `Probation.disable`."""
        return await self._probation.disable(endpoint_id, api=api, tenant=tenant)
