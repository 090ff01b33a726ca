"""One transaction: an error, what webhooks tell of it, and what rate limits left untold."""

import pytest

from failwell.stores.endpoints_sql import SqlEndpointStore
from failwell.stores.faults import RecordBatch
from failwell.stores.flood_sql import SqlFloodStore
from failwell.stores.outbox import DeliveryQuery
from failwell.stores.outbox_sql import SqlOutboxStore
from tests.stores.outbox_values import make_delivery, make_endpoint


@pytest.fixture
async def outbox(failwell_db):
    """An outbox with one endpoint."""
    endpoints = SqlEndpointStore(failwell_db)
    await endpoints.add(make_endpoint())
    return SqlOutboxStore(failwell_db, endpoints=endpoints)


@pytest.fixture
def floods(failwell_db):
    """What is still to be told."""
    return SqlFloodStore(failwell_db)


@pytest.fixture
def flood(faults):
    """Count events beyond a limit: ``await flood(("whk_one", 0, "a", 3))``."""
    numbers = iter(range(100))

    async def count(*rows):
        await faults.append(RecordBatch(id=f"b{next(numbers)}", flooded=rows))

    return count


async def test_deliveries_are_in_with_their_error(faults, record, outbox):
    """Whoever finds the error finds what was told of it, and nothing is told twice."""
    new = make_delivery(request_id="req_1")
    batch = RecordBatch(id="b", records=(record(),), deliveries=(new,))

    await faults.append(batch)
    await faults.append(batch)

    told = await outbox.list(DeliveryQuery(request_id="req_1"))
    assert [(each.id, each.body, each.state) for each in told] == [(new.id, new.body, "pending")]


async def test_a_batch_that_fails_tells_nobody(faults, record, outbox):
    """An error that is not recorded has no deliveries, flood counts or sums either."""
    unfit = record(seconds=float("nan"))
    batch = RecordBatch(id="b", records=(unfit,), deliveries=(make_delivery(),))

    with pytest.raises(Exception, match="NOT NULL"):
        await faults.append(batch)

    assert await outbox.list(DeliveryQuery()) == ()


async def test_counts_of_a_window_add_up(flood, floods):
    """What several batches counted is one row; windows that are still open are not given."""
    await flood(("whk_one", 60, "a", 3), ("whk_one", 60, "b", 9))
    await flood(("whk_one", 60, "a", 2), ("whk_one", 120, "a", 1))

    assert await floods.closed(before=120) == (("whk_one", 60, "b", 9), ("whk_one", 60, "a", 5))
    assert await floods.closed(before=60) == ()


async def test_what_was_told_is_forgotten_and_the_rest_is_not(flood, floods, outbox):
    """What is counted while a summary is written belongs to the next summary."""
    await flood(("whk_one", 60, "a", 3), ("whk_one", 60, "b", 1), ("whk_two", 60, "a", 8))
    rows = (await floods.closed(before=120))[:2]
    await flood(("whk_one", 60, "a", 2))
    summary = make_delivery(event_type="error.summary")

    await floods.told([summary], rows)

    assert await floods.closed(before=120) == (("whk_one", 60, "a", 2), ("whk_two", 60, "a", 8))
    assert [each.id for each in await outbox.list(DeliveryQuery())] == [summary.id]


async def test_rows_of_nobody_can_be_dropped(flood, floods, outbox):
    """The counts of an endpoint that is gone need no summary."""
    await flood(("whk_gone", 60, "a", 3))

    await floods.told([], await floods.closed(before=120))

    assert await floods.closed(before=120) == ()
    assert await outbox.list(DeliveryQuery()) == ()


async def test_windows_are_given_as_a_whole(flood, floods):
    """A summary never tells of a part of its window because there was too much to read."""
    await flood(*(("whk_one", 60, f"c{n}", 1) for n in range(4)), ("whk_two", 60, "a", 1))

    assert len(await floods.closed(before=120, limit=2)) == 4
    assert len(await floods.closed(before=120, limit=4)) == 4
    assert len(await floods.closed(before=120, limit=5)) == 5
