"""What waits follows its endpoint in portions: no change holds up the only writer."""

import pytest

from failwell.stores import tidying
from tests.webhooks.pipeline import ids_of, running


@pytest.fixture
def portion(monkeypatch):
    """Three rows at a time instead of thousands."""
    monkeypatch.setattr(tidying, "PORTION", 3)
    return 3


@pytest.fixture
async def endpoint(pipeline, receiver):
    """An endpoint that ten deliveries wait for."""
    endpoint = await pipeline.subscribe(receiver)
    for _ in range(10):
        await pipeline.happen(endpoint)
    return endpoint


async def count(pipeline, state):
    return (await pipeline.states()).count(state)


async def test_webhooks_w26_disabling_parks_portion_by_portion(
    pipeline, endpoint, receiver, portion
):
    """A portion is parked at once, the others soon; none of them is sent meanwhile."""
    await pipeline.webhooks.disable(endpoint.id)
    assert await count(pipeline, "parked") == portion

    assert await pipeline.webhooks.run_due() == 0

    assert await count(pipeline, "parked") == 10
    assert receiver.received == []


async def test_webhooks_w26_enabling_unparks_portion_by_portion(
    pipeline, endpoint, receiver, portion
):
    """What was parked is sent when its endpoint is back, all of it and once."""
    await pipeline.webhooks.disable(endpoint.id)
    await pipeline.webhooks.run_due()
    await pipeline.webhooks.enable(endpoint.id)
    assert await count(pipeline, "pending") == portion

    pipeline.clock.advance(300)

    assert await pipeline.webhooks.run_due() == 10
    assert len(set(ids_of(receiver))) == 10


async def test_webhooks_w29_deleting_cancels_portion_by_portion(
    pipeline, endpoint, receiver, portion
):
    """What waits for a deleted endpoint ends, parked or not; none of it is sent meanwhile."""
    await pipeline.webhooks.disable(endpoint.id)
    await pipeline.endpoints.remove(endpoint.id, now=pipeline.clock.now())
    assert await count(pipeline, "cancelled") < 10

    assert await pipeline.webhooks.run_due() == 0

    assert await count(pipeline, "cancelled") == 10
    assert receiver.received == []


async def test_webhooks_w26_a_restart_goes_on_with_the_portions(
    pipeline, endpoint, receiver, portion
):
    """A process that ends between two portions leaves the others to the next one."""
    await pipeline.webhooks.disable(endpoint.id)

    async with running(pipeline.path) as successor:
        await successor.webhooks.run_due()

        assert await count(successor, "parked") == 10


async def test_webhooks_w26_disabled_in_turn_with_enabled_loses_nothing(
    pipeline, endpoint, receiver, portion
):
    """Changes that overtake each other leave every delivery where it belongs in the end."""
    for _ in range(3):
        await pipeline.webhooks.disable(endpoint.id)
        await pipeline.webhooks.enable(endpoint.id)

    pipeline.clock.advance(300)

    assert await pipeline.webhooks.run_due() == 10
    assert await pipeline.states() == ["delivered"] * 10


async def test_looking_for_what_is_misplaced_reads_no_whole_table(pipeline):
    """However long history and backlog are, the question that is asked every second is short."""
    plan = await pipeline.database.read(
        lambda connection: connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN " + tidying._MISPLACED
        ).all()
    )

    assert [row[3] for row in plan if row[3].startswith("SCAN webhook_deliveries")] == []
    assert [row[3] for row in plan if row[3].startswith("SEARCH webhook_deliveries")] != []
