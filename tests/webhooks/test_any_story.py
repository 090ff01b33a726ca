"""Whatever happens to webhooks, in whatever order: nothing is lost or sent where it must not be."""

import asyncio
import contextlib
import shutil
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from failwell.core.exceptions import ConflictError, NotFoundError
from failwell.outbound.attempt import Attempted
from failwell.stores.outbox import DeliveryQuery
from failwell.webhooks.schedule import USUAL_SCHEDULE
from tests.webhooks.pipeline import Pipeline
from tests.webhooks.stepping_clock import SteppingClock

ANSWERS = {
    "ok": {"status": 200},
    "broken": {"status": 500, "error": "http"},
    "busy": {"status": 429, "error": "http", "headers": (("retry-after", "100"),)},
    "gone": {"status": 410, "error": "http"},
    "refused": {
        "status": 400, "error": "http", "headers": (("webhook-delivery", "abort-message"),)
    },
    "timeout": {"error": "timeout"},
    "blocked": {"error": "blocked"},
}  # fmt: skip
ENDED = {"delivered", "exhausted", "refused", "skipped_disabled", "cancelled"}

WHICH = st.integers(0, 1)
STEPS = st.one_of(
    st.tuples(st.just("happen"), WHICH),
    st.tuples(st.just("run"), st.sampled_from(sorted(ANSWERS))),
    st.tuples(st.just("advance"), st.sampled_from([1, 5, 60, 300, 3_600, 43_200])),
    st.tuples(st.just("step"), st.sampled_from([-3_600, 3_600])),
    st.tuples(st.just("kill"), st.integers(1, 4)),
    st.tuples(st.just("restart"), st.none()),
    st.tuples(st.just("disable"), WHICH),
    st.tuples(st.just("enable"), WHICH),
    st.tuples(st.just("redeliver"), st.tuples(st.integers(0, 20), st.booleans())),
    st.tuples(st.just("recover"), WHICH),
    st.tuples(st.just("remove"), WHICH),
)


class Network:
    """Stands for every receiver: answers as it is told, and remembers who got what."""

    def __init__(self):
        self.answer = "ok"
        self.sent = []

    async def post(self, url, *, headers, body, connect, total):
        await asyncio.sleep(0)
        self.sent.append((url, dict(headers)["webhook-id"], body))
        return Attempted(seconds=0.01, **ANSWERS[self.answer])

    async def close(self):
        """There is nothing to close."""


class Story:
    """Two endpoints, and everything that can happen to them."""

    def __init__(self, path):
        self.path = path
        self.clock = SteppingClock()
        self.network = Network()
        self.pipeline = self.begun()
        self.endpoints = []
        self.happened = []
        self.lost = Counter()

    def begun(self):
        return Pipeline(self.path, clock=self.clock, post=self.network, in_flight=20)

    async def tell(self, steps):
        for number in range(2):
            host = type("Host", (), {"url": f"https://hooks.example.com/{number}"})
            self.endpoints.append(await self.pipeline.subscribe(host))
        for name, given_ in steps:
            with contextlib.suppress(ConflictError, NotFoundError):
                await getattr(self, name)(given_)
            await self.check()
        await self.end()

    async def happen(self, which):
        self.happened += await self.pipeline.happen(self.endpoints[which])

    async def run(self, answer):
        self.network.answer = answer
        enabled = {
            each.url for each in await self.pipeline.endpoints.list() if each.state != "disabled"
        }
        before = len(self.network.sent)
        await self.pipeline.webhooks.run_due()
        assert {url for url, _, _ in self.network.sent[before:]} <= enabled

    async def advance(self, seconds):
        self.clock.advance(seconds)

    async def step(self, seconds):
        self.clock.step(seconds)

    async def kill(self, most):
        """Let attempts be made whose outcome is never stored."""
        courier = self.pipeline.webhooks.courier
        for claimed in await courier.claim(most):
            await courier.deliver(claimed)
            self.lost[claimed.event_id] += 1
        await self.restart(None)

    async def restart(self, _):
        await self.pipeline.close()
        self.pipeline = self.begun()
        await self.pipeline.webhooks.courier.take_over()

    async def disable(self, which):
        await self.pipeline.webhooks.disable(self.endpoints[which].id)

    async def enable(self, which):
        await self.pipeline.webhooks.enable(self.endpoints[which].id)

    async def redeliver(self, given_):
        number, force = given_
        if self.happened:
            delivery_id = self.happened[number % len(self.happened)]
            await self.pipeline.webhooks.redeliver(delivery_id, force=force)

    async def recover(self, which):
        endpoint_id, now = self.endpoints[which].id, self.clock.now()
        await self.pipeline.webhooks.recover(endpoint_id, since=0.0, until=now)

    async def remove(self, which):
        await self.pipeline.endpoints.remove(self.endpoints[which].id, now=self.clock.now())

    async def deliveries(self):
        return await self.pipeline.outbox.list(DeliveryQuery(limit=1_000))

    async def check(self):
        """Nothing is missing, nothing is held by nobody, every sending is accounted for."""
        deliveries = await self.deliveries()
        sent = Counter(event_id for _, event_id, _ in self.network.sent)
        bodies = {(event_id, body) for _, event_id, body in self.network.sent}

        assert {each.id for each in deliveries} == set(self.happened)
        assert len(bodies) == len(sent)
        for each in deliveries:
            assert (each.next_at is not None) == (each.state == "pending")
            assert each.leased_by is None
            assert each.attempts == sent[each.event_id] - self.lost[each.event_id]
            assert len(await self.pipeline.outbox.attempts(each.id)) == each.attempts

    async def end(self):
        """When receivers are well again and time passes, everything ends."""
        for endpoint in await self.pipeline.endpoints.list():
            await self.pipeline.webhooks.enable(endpoint.id)
        self.network.answer = "ok"
        for _ in range(3):
            self.clock.advance(2 * USUAL_SCHEDULE[-1])
            await self.pipeline.webhooks.run_due()
        await self.check()
        assert {each.state for each in await self.deliveries()} <= ENDED
        arrived = {event_id for _, event_id, _ in self.network.sent}
        assert {each.event_id for each in await self.deliveries() if each.state == "delivered"} <= (
            arrived
        )


@settings(max_examples=settings.default.max_examples // 8)
@given(steps=st.lists(STEPS, max_size=25))
def test_webhooks_w15_no_story_loses_or_doubles_anything(fresh_file, steps):
    """Failures, kills, clocks that step, disabling and resending, in any order, lose nothing."""

    async def live():
        with tempfile.TemporaryDirectory() as folder:
            story = Story(shutil.copy(fresh_file, Path(folder, "failwell.db")))
            try:
                await story.tell(steps)
            finally:
                await story.pipeline.close()

    asyncio.run(live())
