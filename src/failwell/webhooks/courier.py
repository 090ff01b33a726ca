"""The courier: claims deliveries, makes their attempts, stores what follows.

What the dispatcher does again and again, one step at a time; it has no loop and no task of its
own. Every step is safe to be cut off: what was claimed and not settled is taken over when its
lease ends.
"""

import logging
import secrets
from collections.abc import Callable, Sequence
from typing import NamedTuple

from failwell.core.clock import Clock
from failwell.stores.endpoints import (
    Endpoint,
    EndpointChanges,
    EndpointStore,
    OperationalEvent,
)
from failwell.stores.outbox import Delivery, OutboxStore, Outcome
from failwell.webhooks import operational
from failwell.webhooks.health import decline, warning_due
from failwell.webhooks.policy import DispatchPolicy
from failwell.webhooks.schedule import longest_wait
from failwell.webhooks.sending import Sender
from failwell.webhooks.steady_clock import SteadyClock
from failwell.webhooks.tally import Tally
from failwell.webhooks.verdict import LONGEST_PAUSE, verdict

__all__ = ["Courier", "Done"]

_log = logging.getLogger(__name__)


class Done(NamedTuple):
    """An attempt that was made, and what follows from it."""

    delivery: Delivery
    endpoint: Endpoint
    outcome: Outcome


class Courier:
    """One worker of an outbox.

    Args:
        outbox: Where deliveries are.
        endpoints: Where they go.
        sender: Makes attempts.
        clock: The wall clock.
        steady: The clock that schedules follow.
        policy: How much at once, how long, how often.
        random: Gives numbers from 0 up to 1.
        alone: Whether no other worker shares the outbox, so that leases found at the start are
            those of a process that ended.
    """

    def __init__(
        self,
        outbox: OutboxStore,
        endpoints: EndpointStore,
        sender: Sender,
        *,
        clock: Clock,
        steady: SteadyClock,
        policy: DispatchPolicy,
        random: Callable[[], float],
        alone: bool = True,
    ) -> None:
        self.tally = Tally()
        self._name = f"worker_{secrets.token_hex(4)}"
        self._outbox = outbox
        self._endpoints = endpoints
        self._sender = sender
        self._clock = clock
        self._steady = steady
        self._policy = policy
        self._random = random
        self._alone = alone
        self._claims = 0
        self._known: tuple[Endpoint, ...] = ()
        self._by_id: dict[str, Endpoint] = {}

    async def take_over(self) -> None:
        """Begin where the last process ended: its leases are void, its clock may have been wrong.

        No moment may be farther away than the longest wait: a clock that was in the next year
        for an hour would otherwise keep deliveries back for a year.
        """
        known = await self._endpoints.reload()
        if self._alone:
            await self._outbox.release()
        schedules = (each.schedule for each in known if each.schedule)
        farthest = max(map(longest_wait, (self._policy.schedule, *schedules)))
        await self._outbox.clamp(latest=self._steady.now() + max(farthest, LONGEST_PAUSE))

    async def claim(self, limit: int) -> tuple[Delivery, ...]:
        """Take at most so many of the deliveries that are due."""
        self._claims += 1
        return await self._outbox.claim(
            f"{self._name}/{self._claims}",
            now=self._steady.now(),
            limit=limit,
            lease=self._policy.lease,
            cap=self._policy.cap,
        )

    async def deliver(self, delivery: Delivery) -> Done | None:
        """Make one attempt.

        Returns:
            What became of it; ``None`` if it could not even be tried: its endpoint was deleted
            just now, or its secret cannot be opened with the key at hand. It is tried again
            when its lease has ended.
        """
        try:
            endpoint = await self._endpoint(delivery.endpoint_id)
            return None if endpoint is None else await self._attempted(delivery, endpoint)
        except Exception as error:
            # Only the class: the text of an exception may hold what it failed at.
            reason = type(error).__name__
            _log.warning("delivery %s could not be sent: %s", delivery.id, reason)
            return None

    async def settle(self, done: Sequence[Done]) -> None:
        """Store what became of attempts, all of it in one transaction."""
        if not done:
            return
        touched = await self._outbox.settle(
            [each.outcome for each in done],
            now=self._steady.now(),
            events=self._events(done),
        )
        for each in done:
            self.tally.note(each.outcome, each.delivery)
        try:
            await self._watch(touched, done)
        except Exception:
            # The attempts are stored; the next failure asks the same question again.
            _log.warning("the health of endpoints could not be stored", exc_info=True)

    async def next_due(self) -> float | None:
        """Seconds until the next delivery is due, ``None`` without any."""
        now = self._steady.now()
        due = await self._outbox.next_due(now)
        return None if due is None else max(due - now, 0.0)

    async def release(self) -> None:
        """Give back what was claimed and not settled."""
        await self._outbox.release(self._name)

    async def _attempted(self, delivery: Delivery, endpoint: Endpoint) -> Done:
        attempt = await self._sender.attempt(
            delivery,
            endpoint,
            number=delivery.attempts + 1,
            worker=delivery.leased_by or self._name,
        )
        outcome = verdict(
            attempt,
            delivery,
            endpoint,
            now=self._steady.now(),
            schedule=endpoint.schedule or self._policy.schedule,
            random=self._random,
        )
        return Done(delivery, endpoint, outcome)

    async def _endpoint(self, endpoint_id: str) -> Endpoint | None:
        known = self._endpoints.known
        if known is not self._known:
            self._known = known
            self._by_id = {endpoint.id: endpoint for endpoint in known}
        endpoint = self._by_id.get(endpoint_id)
        # How often probing has failed is not part of the picture that every fault looks at.
        if endpoint is None or endpoint.state == "probing":
            return await self._endpoints.get(endpoint_id)
        return endpoint

    def _events(self, done: Sequence[Done]) -> list[OperationalEvent]:
        now = self._clock.now()
        events = [
            operational.exhausted(each.delivery, each.endpoint, each.outcome.attempt, at=now)
            for each in done
            if each.outcome.state == "exhausted"
        ]
        gone = {
            each.endpoint.id: each
            for each in done
            if each.outcome.disable and self._is_enabled(each.endpoint)
        }
        return events + [
            operational.disabled(
                each.endpoint,
                each.outcome.disable or "",
                at=now,
                delivery=each.delivery,
                attempt=each.outcome.attempt,
            )
            for each in gone.values()
        ]

    def _is_enabled(self, endpoint: Endpoint) -> bool:
        """Whether it still is: answers to attempts that ran together come one after the other."""
        return all(
            each.state != "disabled" for each in self._endpoints.known if each.id == endpoint.id
        )

    async def _watch(self, touched: Sequence[Endpoint], done: Sequence[Done]) -> None:
        """Warn about endpoints that decline, and give up those that have."""
        last = {each.endpoint.id: each for each in done if each.outcome.attempt.error}
        for endpoint in touched:
            if endpoint.id in last and endpoint.state != "disabled":
                await self._judge(endpoint, last[endpoint.id])

    async def _judge(self, endpoint: Endpoint, last: Done) -> None:
        health, now = self._policy.health, self._clock.now()
        percentage = decline(endpoint, now=now, policy=health)
        told: list[OperationalEvent] = []
        delivery, attempt = last.delivery, last.outcome.attempt
        if mark := warning_due(endpoint, percentage, policy=health):
            await self._endpoints.update(endpoint.id, EndpointChanges(warned=mark))
            told.append(operational.warned(endpoint, mark, delivery, attempt, at=now))
        if percentage >= 100:
            await self._endpoints.disable(endpoint.id, reason="failing", now=self._steady.now())
            told.append(
                operational.disabled(
                    endpoint, "failing", at=now, delivery=delivery, attempt=attempt
                )
            )
        if told:
            await self._endpoints.tell(told)
