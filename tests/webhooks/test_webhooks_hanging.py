"""One receiver that hangs must not be felt by the others."""

import asyncio
import time

from failwell.core.clock import SystemClock
from failwell.webhooks.payload import event_of, new_delivery
from tests.webhooks.endpoint_host import OK, EndpointHost, listening
from tests.webhooks.pipeline import running
from tests.webhooks.values import make_record

DELIVERIES = 300


async def test_webhooks_w17_healthy_endpoints_do_not_wait_for_one_that_hangs(file):
    """300 deliveries to a receiver that hangs lie before 300 others: their p50 is below 1 s."""
    released = asyncio.Event()
    hanging, healthy = EndpointHost(), EndpointHost()

    async def hang(_reader, writer):
        await released.wait()
        writer.write(OK)

    hanging.answer = hang
    async with (
        listening(hanging),
        listening(healthy),
        running(file, clock=SystemClock(), grace=0.1) as pipeline,
    ):
        stuck, fine = await pipeline.subscribe(hanging), await pipeline.subscribe(healthy)
        await pipeline.outbox.enqueue([*many(stuck, "stuck"), *many(fine, "fine")])

        begun = time.monotonic()
        await pipeline.webhooks.start()
        await until_received(healthy, DELIVERIES // 2)
        half = time.monotonic() - begun
        await until_received(healthy, DELIVERIES)
        released.set()

    print(f"half of them within {half:.2f} s")
    assert half < 1.0
    assert len(hanging.received) == 10


def many(endpoint, name):
    """Deliveries of as many events to one endpoint."""
    records = (make_record(request_id=f"{name}_{number}") for number in range(DELIVERIES))
    return [new_delivery(event_of(record), endpoint, payloads={}) for record in records]


async def until_received(host, count):
    """Wait until so many requests have arrived."""
    end = time.monotonic() + 30
    while len(host.received) < count:
        assert time.monotonic() < end, "they never arrived"
        await asyncio.sleep(0.005)
