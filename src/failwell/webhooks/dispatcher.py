"""The dispatcher: sends what is due, as fast as receivers take it and never faster than they may.

One loop with three steps: settle what has ended, claim what fits, wait until there is news. Many
attempts share one transaction at both ends, so a delivery costs little more than its request.
A delivery that waits costs nothing: it is a row, not a task.
"""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import Protocol

from failwell.stores.outbox import Delivery
from failwell.webhooks.courier import Courier, Done
from failwell.webhooks.policy import DispatchPolicy

__all__ = ["Chore", "Dispatcher"]

_log = logging.getLogger(__name__)

_LINGER = 0.01
_BATCHES = 2
_CHORES_EVERY = 1.0


class Chore(Protocol):
    """Something that is looked after beside the deliveries."""

    async def run_due(self) -> int:
        """Do what is due; says how much that was."""
        ...


class Dispatcher:
    """Drives a courier; make one per process, start and close it.

    Args:
        courier: What claims, sends and settles.
        policy: How much at once, how often.
        chores: What is looked after once a second.
    """

    def __init__(
        self, courier: Courier, *, policy: DispatchPolicy, chores: Sequence[Chore] = ()
    ) -> None:
        self._courier = courier
        self._policy = policy
        self._chores = tuple(chores)
        self._chores_at = 0.0
        self._batch = max(1, policy.in_flight // _BATCHES)
        self._running: set[asyncio.Task[Done | None]] = set()
        self._done: list[Done] = []
        self._news = asyncio.Event()
        self._lingering: asyncio.TimerHandle | None = None
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    async def run_due(self) -> int:
        """Send everything that is due now, and wait for the answers.

        Returns:
            How many attempts were made.
        """
        await self._do_chores()
        attempts = 0
        while claimed := await self._courier.claim(self._policy.in_flight):
            done = await asyncio.gather(*map(self._courier.deliver, claimed))
            await self._courier.settle([each for each in done if each])
            attempts += len(claimed)
        return attempts

    def wake(self) -> None:
        """Say that there is something to send; without it the next poll would find it."""
        self._news.set()

    async def start(self) -> None:
        """Send from now on, beside everything else."""
        self._closing = False
        self._task = asyncio.create_task(self._work(), name="webhooks")

    async def close(self) -> None:
        """Let attempts under way end, store what became of them, and stop.

        What does not end in time goes back to the outbox: whoever comes next sends it again.
        """
        task, self._task = self._task, None
        if task is None:
            return
        self._closing = True
        self._news.set()
        await task
        if self._running:
            await asyncio.wait(self._running, timeout=self._policy.grace)
        for running in self._running:
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        with contextlib.suppress(Exception):
            # A locked file: leases end by themselves, and the next start voids them.
            await self._settle()
            await self._courier.release()

    async def _work(self) -> None:
        ready = troubled = False
        news = True
        while not self._closing:
            try:
                if not ready:
                    await self._courier.take_over()
                    ready = True
                if troubled:
                    # Nothing is claimed before what was sent is settled: it might be sent again.
                    await self._settle()
                await self._chores_in_turn()
                rest = await self._rest(news) or await self._go_on()
                troubled = False
            except Exception:
                if not troubled:
                    _log.warning("webhooks wait for their outbox", exc_info=True)
                rest, troubled = self._policy.poll, True
            news = await self._wait(rest) or troubled

    async def _rest(self, news: bool) -> float:
        """Seconds in which there is nothing to do; looking for them writes nothing."""
        if news or self._running or self._done:
            return 0.0
        due = await self._courier.next_due()
        return self._policy.poll if due is None else min(due, self._policy.poll)

    async def _go_on(self) -> float:
        """Settle what has ended and claim what fits in its place, with one commit for both.

        Returns:
            Seconds until the next look: what ends and what comes is news before.
        """
        # In this order: the one writer of the outbox settles before it claims.
        came = await asyncio.gather(self._settle(), self._claim(), return_exceptions=True)
        for error in came:
            if isinstance(error, BaseException):
                raise error
        # What is due and was not given (its endpoint is gone) is no reason to hurry.
        return self._policy.poll if self._running else await self._rest(False) or self._policy.poll

    async def _settle(self) -> None:
        done = tuple(self._done)
        await self._courier.settle(done)
        del self._done[: len(done)]

    async def _claim(self) -> None:
        room = self._policy.in_flight - len(self._running)
        if room > 0:
            for delivery in await self._courier.claim(room):
                self._begin(delivery)

    def _begin(self, delivery: Delivery) -> None:
        task = asyncio.create_task(self._courier.deliver(delivery))
        self._running.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[Done | None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (done := task.result()) is not None:
            self._done.append(done)
        if len(self._done) >= self._batch or not self._running:
            self._news.set()
        elif self._lingering is None:
            # The others of its batch are about to end as well.
            self._lingering = asyncio.get_running_loop().call_later(_LINGER, self._stop_lingering)

    def _stop_lingering(self) -> None:
        self._lingering = None
        self._news.set()

    async def _wait(self, seconds: float) -> bool:
        """Wait for news, at most so long; says whether there was any."""
        if not self._closing:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._news.wait()
        news = self._news.is_set()
        self._news.clear()
        return news

    async def _chores_in_turn(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._chores_at:
            self._chores_at = now + _CHORES_EVERY
            await self._do_chores()

    async def _do_chores(self) -> None:
        for chore in self._chores:
            try:
                await chore.run_due()
            except Exception:
                _log.warning("a chore of webhooks failed; trying again", exc_info=True)
