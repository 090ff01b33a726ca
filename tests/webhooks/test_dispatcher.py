"""The dispatcher at work: many at once, none twice, none in the way of others."""

import asyncio
import contextlib
import itertools
import time

import pytest

from failwell.core.clock import SystemClock
from failwell.security.encryption import Vault
from failwell.webhooks.policy import DispatchPolicy
from tests.faults.other_process import held
from tests.webhooks.endpoint_host import OK, EndpointHost, http, listening
from tests.webhooks.pipeline import events_of, ids_of, running


async def until(question, *, within=20.0):
    """Wait until the answer is true."""
    begun = time.monotonic()
    while not question():
        assert time.monotonic() - begun < within, "it never happened"
        await asyncio.sleep(0.01)


def count(store, method):
    """Count the calls of a method, which does its work as ever."""
    calls, real = [], getattr(store, method)

    async def counted(*args, **given):
        calls.append(method)
        return await real(*args, **given)

    setattr(store, method, counted)
    return calls


@pytest.fixture
async def hanging():
    """A receiver that takes requests and answers when it is told to, or never."""
    host = EndpointHost()
    host.released = asyncio.Event()

    async def hang(_reader, writer):
        await host.released.wait()
        writer.write(OK)

    host.answer = hang
    async with listening(host):
        yield host
        host.released.set()


async def test_webhooks_w16_each_event_arrives_once(file):
    """Without a crash every one of hundreds of deliveries arrives, and none of them twice."""
    async with contextlib.AsyncExitStack() as stack:
        hosts = [await stack.enter_async_context(listening(EndpointHost())) for _ in range(6)]
        pipeline = await stack.enter_async_context(running(file, clock=SystemClock()))
        endpoints = [await pipeline.subscribe(host) for host in hosts]
        await pipeline.webhooks.start()

        for _ in range(50):
            await pipeline.happen(*endpoints)
            pipeline.webhooks.wake()
        await until(lambda: sum(len(host.received) for host in hosts) >= 300)
        await pipeline.webhooks.close()

        assert [len(set(ids_of(host))) for host in hosts] == [50] * 6
        assert [len(host.received) for host in hosts] == [50] * 6
        assert await pipeline.states() == ["delivered"] * 300


async def test_webhooks_w16_what_a_killed_process_had_in_flight_comes_again(file, receiver):
    """Attempts whose outcome was never stored are repeated with the same ids, the others not."""
    async with running(file, in_flight=10) as pipeline:
        endpoint = await pipeline.subscribe(receiver)
        for _ in range(6):
            await pipeline.happen(endpoint)
        courier = pipeline.webhooks.courier
        first = [await courier.deliver(each) for each in await courier.claim(2)]
        await courier.settle(first)
        # Sent, and then the process is gone before it could be stored.
        for lost in await courier.claim(2):
            await courier.deliver(lost)

    async with running(file) as successor:
        await successor.webhooks.courier.take_over()
        await successor.webhooks.run_due()

        assert await successor.states() == ["delivered"] * 6
        ids = ids_of(receiver)
        assert len(ids) - len(set(ids)) == 2
        assert set(ids[2:4]) == {each for each in ids if ids.count(each) == 2}


async def test_webhooks_w16_a_lost_answer_is_repeated_under_the_same_id(pipeline, receiver):
    """When a connection breaks after the request, the retry lets the receiver know it again."""
    endpoint = await pipeline.subscribe(receiver)
    await pipeline.happen(endpoint)

    async def hang_up(_reader, writer):
        writer.transport.abort()

    receiver.answer = hang_up
    await pipeline.webhooks.run_due()
    receiver.answer = OK
    pipeline.clock.advance(5.1)
    await pipeline.webhooks.run_due()

    assert len(set(ids_of(receiver))) == 1
    assert await pipeline.states() == ["delivered"]


async def test_webhooks_w17_a_failing_message_delays_no_later_one(pipeline, receiver):
    """What comes after a message that fails is delivered at once; order is not promised."""
    endpoint = await pipeline.subscribe(receiver)
    await pipeline.happen(endpoint, code="first")
    receiver.answer = http("500 Internal Server Error")
    await pipeline.webhooks.run_due()
    receiver.answer = OK
    await pipeline.happen(endpoint, code="second")

    assert await pipeline.webhooks.run_due() == 1

    assert [each["data"]["error"]["code"] for each in events_of(receiver)] == ["first", "second"]
    assert await pipeline.states() == ["pending", "delivered"]


async def test_webhooks_w17_a_hanging_endpoint_takes_a_fifth_of_the_places(file, hanging, receiver):
    """However much waits for an endpoint that hangs, the others are served meanwhile."""
    async with running(file, clock=SystemClock(), in_flight=20, grace=0.1) as pipeline:
        stuck, healthy = await pipeline.subscribe(hanging), await pipeline.subscribe(receiver)
        for _ in range(40):
            await pipeline.happen(stuck)
        for _ in range(40):
            await pipeline.happen(healthy)

        await pipeline.webhooks.start()
        await until(lambda: len(receiver.received) == 40)

        assert len(hanging.received) == 4
        assert set(await pipeline.states(stuck)) == {"pending"}


@pytest.mark.parametrize(
    ("in_flight", "endpoint_in_flight", "cap"),
    [(50, 10, 10), (50, 3, 3), (20, 10, 4), (4, 10, 1), (1, 1, 1)],
)
def test_webhooks_w17_no_endpoint_has_more_than_a_fifth(in_flight, endpoint_in_flight, cap):
    """An endpoint has its own limit, and never more than a fifth of all places."""
    policy = DispatchPolicy(in_flight=in_flight, endpoint_in_flight=endpoint_in_flight)

    assert policy.cap == cap


async def test_webhooks_w19_two_workers_share_without_doubling(file, receiver, other_receiver):
    """Workers that claim from one outbox never hold the same delivery."""
    async with running(file, alone=False) as one, running(file, alone=False) as other:
        endpoint = await one.subscribe(receiver)
        for _ in range(15):
            await one.happen(endpoint)
        couriers = itertools.cycle([one.webhooks.courier, other.webhooks.courier])

        claims = [await next(couriers).claim(4) for _ in range(6)]

        taken = [each.id for claim in claims for each in claim]
        assert len(taken) == len(set(taken)) == one.policy.cap
        assert all(claims[:2])


async def test_webhooks_w19_leases_of_a_killed_worker_run_out(file, receiver):
    """What a worker held when it was killed is sent by another one when the lease has ended."""
    async with running(file, alone=False) as killed, running(file, alone=False) as other:
        endpoint = await killed.subscribe(receiver)
        await killed.happen(endpoint)
        await killed.webhooks.courier.claim(1)
        await other.webhooks.courier.take_over()

        other.clock.advance(other.policy.lease - 0.5)
        assert await other.webhooks.run_due() == 0
        other.clock.advance(1.5)

        assert await other.webhooks.run_due() == 1
        assert await other.states() == ["delivered"]


async def test_webhooks_w19_an_outcome_of_a_lost_lease_changes_nothing(file, receiver):
    """A worker that comes back after its lease was taken over only adds what it did to the log."""
    async with running(file, alone=False) as slow, running(file, alone=False) as other:
        endpoint = await slow.subscribe(receiver)
        (delivery_id,) = await slow.happen(endpoint)
        receiver.answer = http("500 Internal Server Error")
        (claimed,) = await slow.webhooks.courier.claim(1)
        done = await slow.webhooks.courier.deliver(claimed)
        receiver.answer = OK
        other.clock.advance(other.policy.lease + 1)
        await other.webhooks.run_due()

        await slow.webhooks.courier.settle([done])

        assert await slow.states() == ["delivered"]
        attempts = await slow.outbox.attempts(delivery_id)
        assert sorted(each.status for each in attempts) == [200, 500]


async def test_closing_lets_attempts_end(file, hanging):
    """A server that is asked to stop waits for answers, stores them, and sends nothing twice."""
    async with running(file, clock=SystemClock()) as pipeline:
        endpoint = await pipeline.subscribe(hanging)
        await pipeline.happen(endpoint)
        await pipeline.webhooks.start()
        await until(lambda: hanging.received)

        closing = asyncio.create_task(pipeline.webhooks.close())
        await asyncio.sleep(0)
        hanging.released.set()
        await closing

        assert await pipeline.states() == ["delivered"]


async def test_closing_gives_back_what_does_not_end(file, hanging):
    """An attempt that outlasts the grace is given up, and free for the next process at once."""
    async with running(file, clock=SystemClock(), grace=0.1) as pipeline:
        endpoint = await pipeline.subscribe(hanging)
        (delivery_id,) = await pipeline.happen(endpoint)
        await pipeline.webhooks.start()
        await until(lambda: hanging.received)

        await pipeline.webhooks.close()

        delivery = await pipeline.outbox.get(delivery_id)
        assert (delivery.state, delivery.leased_by, delivery.attempts) == ("pending", None, 0)


async def test_a_retry_needs_nobody_to_wake_the_dispatcher(file, receiver):
    """A running dispatcher makes the next attempt when it is due, by itself."""
    async with running(file, clock=SystemClock()) as pipeline:
        endpoint = await pipeline.subscribe(receiver, schedule=(0.0, 0.2, 0.2))
        await pipeline.happen(endpoint)
        receiver.answer = http("500 Internal Server Error")
        await pipeline.webhooks.start()
        await until(lambda: len(receiver.received) == 3)
        await pipeline.webhooks.close()

        assert await pipeline.states() == ["exhausted"]


async def test_an_idle_dispatcher_writes_nothing(file, receiver):
    """Looking for work takes no lock: while nothing is due, nothing is claimed."""
    async with running(file, clock=SystemClock(), poll=0.01) as pipeline:
        endpoint = await pipeline.subscribe(receiver)
        asked, claimed = count(pipeline.outbox, "next_due"), count(pipeline.outbox, "claim")
        await pipeline.webhooks.start()
        await until(lambda: len(asked) >= 20)
        assert len(claimed) == 1

        await pipeline.happen(endpoint)
        await until(lambda: receiver.received)


async def test_a_locked_file_stops_webhooks_and_doubles_nothing(file, receiver, caplog):
    """While another process holds the file nothing is lost, and nothing is sent again after it."""
    async with running(file, clock=SystemClock(), busy_timeout=0.1) as pipeline:
        endpoint = await pipeline.subscribe(receiver)
        for _ in range(20):
            await pipeline.happen(endpoint)
        with held(file):
            await pipeline.webhooks.start()
            await until(lambda: "webhooks wait for their outbox" in caplog.text)
            assert receiver.received == []
        await until(lambda: len(receiver.received) == 20)
        await pipeline.webhooks.close()

        assert len(set(ids_of(receiver))) == len(receiver.received) == 20
        assert await pipeline.states() == ["delivered"] * 20


async def test_webhooks_w16_what_was_sent_is_settled_before_more_is_claimed(file, receiver, caplog):
    """A file that is locked between an attempt and its outcome leads to no second attempt."""
    async with running(file, clock=SystemClock(), busy_timeout=0.1, poll=0.1) as pipeline:
        endpoint = await pipeline.subscribe(receiver)
        (delivery_id,) = await pipeline.happen(endpoint)
        with contextlib.ExitStack() as stack:

            async def lock_meanwhile(_reader, writer):
                stack.enter_context(held(file))
                writer.write(OK)
                await writer.drain()

            receiver.answer = lock_meanwhile
            await pipeline.webhooks.start()
            await until(lambda: "webhooks wait for their outbox" in caplog.text)
        await until(lambda: pipeline.webhooks.tally.finished["delivered"])
        await pipeline.webhooks.close()

        assert len(receiver.received) == 1
        assert len(await pipeline.outbox.attempts(delivery_id)) == 1


async def test_a_secret_that_cannot_be_opened_waits_for_its_key(file, receiver):
    """With the wrong key file nothing is sent unsigned and nothing is lost; the right one helps."""
    async with running(file) as pipeline:
        endpoint = await pipeline.subscribe(receiver)
        await pipeline.happen(endpoint)
    async with running(file, sealer=Vault(bytes(32))) as pipeline:
        await pipeline.webhooks.run_due()
        assert receiver.received == []

    async with running(file) as pipeline:
        await pipeline.webhooks.courier.take_over()
        await pipeline.webhooks.run_due()
        assert await pipeline.states() == ["delivered"]


async def test_the_tally_counts_what_was_done(pipeline, receiver):
    """Attempts by error class, ended deliveries by state and delays are there for `/metrics`."""
    endpoint = await pipeline.subscribe(receiver)
    await pipeline.happen(endpoint)
    receiver.answer = http("500 Internal Server Error")
    await pipeline.webhooks.run_due()
    receiver.answer = OK
    pipeline.clock.advance(5.1)
    await pipeline.webhooks.run_due()

    tally = pipeline.webhooks.tally

    assert tally.attempts == {"http": 1, "none": 1}
    assert tally.finished == {"delivered": 1}
    assert tally.delays == {30.0: 1}
    assert tally.delay_seconds == pytest.approx(5.1, abs=0.5)
