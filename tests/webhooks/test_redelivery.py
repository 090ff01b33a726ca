"""Redelivery and recovery: what went wrong is sent again because a person asks for it."""

import pytest

from failwell.core.exceptions import ConflictError, NotFoundError
from tests.webhooks.endpoint_host import OK, http
from tests.webhooks.pipeline import ids_of, running
from tests.webhooks.values import NOW

BROKEN = http("500 Internal Server Error", b"no")


def why(refusal):
    params = refusal.value.params
    return params["resource_type"], params["field"], params["value"]


async def test_webhooks_w27_a_redelivery_keeps_its_event_id(pipeline, receiver):
    """What is sent again has the same id and bytes, so a receiver knows it."""
    endpoint = await pipeline.subscribe(receiver)
    (delivery_id,) = await pipeline.happen(endpoint)
    await pipeline.webhooks.run_due()

    again = await pipeline.webhooks.redeliver(delivery_id, api="connix", tenant="org_1")
    assert (again.state, again.attempts, again.tries) == ("pending", 1, 0)
    await pipeline.webhooks.run_due()

    first, second = receiver.received
    assert ids_of(receiver)[0] == ids_of(receiver)[1]
    assert first.body == second.body
    assert second.headers["webhook-attempt"] == "2"


async def test_webhooks_w27_a_pending_retry_is_not_overtaken(pipeline, receiver):
    """What will be sent anyway is a conflict, unless it is forced; then it goes at once."""
    endpoint = await pipeline.subscribe(receiver)
    (delivery_id,) = await pipeline.happen(endpoint)
    receiver.answer = BROKEN
    await pipeline.webhooks.run_due()

    with pytest.raises(ConflictError) as refusal:
        await pipeline.webhooks.redeliver(delivery_id)
    assert why(refusal) == ("delivery", "state", "pending")

    receiver.answer = OK
    await pipeline.webhooks.redeliver(delivery_id, force=True)
    assert await pipeline.webhooks.run_due() == 1
    assert await pipeline.states() == ["delivered"]


async def test_webhooks_w27_a_running_attempt_is_a_conflict(pipeline, receiver):
    """While an attempt runs a second one would only double it; forced, both count."""
    endpoint = await pipeline.subscribe(receiver)
    (delivery_id,) = await pipeline.happen(endpoint)
    refusals = []

    async def ask_meanwhile(_reader, writer):
        receiver.answer = OK
        with pytest.raises(ConflictError) as refusal:
            await pipeline.webhooks.redeliver(delivery_id)
        refusals.append(why(refusal))
        await pipeline.webhooks.redeliver(delivery_id, force=True)
        writer.write(BROKEN)
        await writer.drain()

    receiver.answer = ask_meanwhile
    assert await pipeline.webhooks.run_due() == 2

    assert refusals == [("delivery", "state", "running")]
    assert await pipeline.states() == ["delivered"]
    attempts = await pipeline.outbox.attempts(delivery_id)
    assert sorted((each.number, each.status) for each in attempts) == [(1, 500), (2, 200)]


async def test_webhooks_w27_a_disabled_endpoint_is_a_conflict(pipeline, receiver):
    """Nothing is sent again to an endpoint that is disabled, forced or not."""
    endpoint = await pipeline.subscribe(receiver)
    (delivery_id,) = await pipeline.happen(endpoint)
    await pipeline.webhooks.run_due()
    await pipeline.webhooks.disable(endpoint.id)

    for force in (False, True):
        with pytest.raises(ConflictError) as refusal:
            await pipeline.webhooks.redeliver(delivery_id, force=force)
        assert why(refusal) == ("webhook", "state", "disabled")


async def test_webhooks_w27_a_deleted_endpoint_is_a_conflict(pipeline, receiver):
    """What was meant for an endpoint that is gone can be read and not be sent."""
    endpoint = await pipeline.subscribe(receiver)
    (delivery_id,) = await pipeline.happen(endpoint)
    await pipeline.endpoints.remove(endpoint.id, now=NOW)

    with pytest.raises(ConflictError) as refusal:
        await pipeline.webhooks.redeliver(delivery_id)

    assert why(refusal) == ("webhook", "state", "deleted")


@pytest.mark.parametrize("owner", [{"api": "ixon"}, {"tenant": "org_2"}])
async def test_webhooks_w27_nobody_resends_what_belongs_to_others(pipeline, receiver, owner):
    """A delivery is found only within the API and the tenant it belongs to."""
    endpoint = await pipeline.subscribe(receiver)
    (delivery_id,) = await pipeline.happen(endpoint)

    with pytest.raises(NotFoundError):
        await pipeline.webhooks.redeliver(delivery_id, **owner)


async def miss(pipeline, endpoint, receiver, count):
    """Let some events fail for good, one second apart."""
    receiver.answer = BROKEN
    for _ in range(count):
        pipeline.clock.advance(1)
        await pipeline.happen(endpoint)
        await pipeline.webhooks.run_due()
    pipeline.clock.advance(1)


async def test_webhooks_w27_recovery_requeues_what_failed_in_a_range(pipeline, receiver):
    """What failed since a moment is sent again, once each, oldest first, and nothing else."""
    endpoint = await pipeline.subscribe(receiver, schedule=(0.0,))
    await pipeline.happen(endpoint)
    await pipeline.webhooks.run_due()
    await miss(pipeline, endpoint, receiver, 5)
    missed = ids_of(receiver)[1:]
    receiver.received.clear()
    receiver.answer = OK

    begun = await pipeline.webhooks.recover(endpoint.id, since=NOW + 2, until=NOW + 5)
    assert (begun.total, begun.done, begun.state) == (3, 0, "running")
    await pipeline.webhooks.run_due()

    assert sorted(ids_of(receiver)) == sorted(missed[1:4])
    assert sorted(await pipeline.states()) == ["delivered"] * 4 + ["exhausted"] * 2


async def test_webhooks_w27_recovery_tells_its_progress(pipeline, receiver):
    """A recovery of many deliveries goes portion by portion, and ends."""
    endpoint = await pipeline.subscribe(receiver, schedule=(0.0,))
    receiver.answer = BROKEN
    for _ in range(130):
        await pipeline.happen(endpoint)
    await pipeline.webhooks.run_due()
    pipeline.clock.advance(1)

    begun = await pipeline.webhooks.recover(endpoint.id, since=NOW, until=NOW + 3_600)
    assert begun.total == 130
    seen = []
    for _ in range(3):
        await pipeline.webhooks.run_due()
        found = await pipeline.webhooks.recovery(endpoint.id, begun.id)
        seen.append((found.done, found.state))

    assert seen[0] == (100, "running")
    assert seen[-1] == (130, "done")
    assert len(receiver.received) == 260


async def test_webhooks_w27_recovery_knows_nothing_before_1970(pipeline, receiver):
    """A range that no calendar can show is cut to one that can be shown."""
    endpoint = await pipeline.subscribe(receiver, schedule=(0.0,))
    await miss(pipeline, endpoint, receiver, 1)

    everything = await pipeline.webhooks.recover(endpoint.id, since=-1e11, until=1e12)
    for _ in range(2):
        await pipeline.webhooks.run_due()
    nothing = await pipeline.webhooks.recover(endpoint.id, since=-1e11, until=-1e10)

    assert (everything.since, everything.until, everything.total) == (0, NOW + 2, 1)
    assert (nothing.since, nothing.until, nothing.total) == (0, 0, 0)


async def test_webhooks_w27_recovery_survives_a_restart(pipeline, receiver):
    """A recovery is a row: whoever runs next carries it on."""
    endpoint = await pipeline.subscribe(receiver, schedule=(0.0,))
    await miss(pipeline, endpoint, receiver, 3)
    begun = await pipeline.webhooks.recover(endpoint.id, since=NOW, until=NOW + 60)
    receiver.answer = OK

    async with running(pipeline.path) as successor:
        await successor.webhooks.run_due()
        await successor.webhooks.run_due()

        found = await successor.webhooks.recovery(endpoint.id, begun.id)
        assert (found.done, found.state) == (3, "done")
        assert await successor.states() == ["delivered"] * 3


async def test_webhooks_w27_recovery_of_a_disabled_endpoint_is_a_conflict(pipeline, receiver):
    """Nothing is recovered for an endpoint that is disabled, and one at a time for any other."""
    endpoint = await pipeline.subscribe(receiver)
    await pipeline.webhooks.recover(endpoint.id, since=0, until=NOW)

    with pytest.raises(ConflictError) as refusal:
        await pipeline.webhooks.recover(endpoint.id, since=0, until=NOW)
    assert why(refusal) == ("recovery", "state", "running")

    await pipeline.webhooks.disable(endpoint.id)
    with pytest.raises(ConflictError) as refusal:
        await pipeline.webhooks.recover(endpoint.id, since=0, until=NOW)
    assert why(refusal) == ("webhook", "state", "disabled")


async def test_webhooks_w27_recoveries_belong_to_their_endpoint(pipeline, receiver):
    """A recovery is found only with the endpoint it is of, by whom that belongs to."""
    endpoint, other = [await pipeline.subscribe(receiver) for _ in range(2)]
    begun = await pipeline.webhooks.recover(endpoint.id, since=0, until=NOW)

    for place in ({"endpoint_id": other.id}, {"endpoint_id": endpoint.id, "tenant": "org_2"}):
        with pytest.raises(NotFoundError):
            await pipeline.webhooks.recovery(recovery_id=begun.id, **place)
