"""Recoveries: failed deliveries of a range are requeued once each, oldest first."""

import inspect

import pytest

from failwell.stores.endpoints_sql import SqlEndpointStore
from failwell.stores.outbox import Recovery, RecoveryStore
from failwell.stores.outbox_sql import SqlOutboxStore
from failwell.stores.recoveries_sql import SqlRecoveryStore
from tests.stores.outbox_values import make_delivery, make_endpoint, make_outcome

NOW = 5000.0


@pytest.fixture
async def endpoints(shared):
    """One endpoint."""
    endpoints = SqlEndpointStore(shared)
    await endpoints.add(make_endpoint())
    return endpoints


@pytest.fixture
async def outbox(shared, endpoints):
    """Where deliveries are."""
    return SqlOutboxStore(shared, endpoints=endpoints)


@pytest.fixture
def recoveries(shared):
    """The store under test."""
    return SqlRecoveryStore(shared)


async def fail(outbox, *moments):
    """Let deliveries of events of these moments end as exhausted."""
    await outbox.enqueue([make_delivery(created_at=moment) for moment in moments])
    held = await outbox.claim(f"w/{moments}", now=NOW, limit=100, lease=60.0, cap=100)
    await outbox.settle([make_outcome(each, "exhausted") for each in held], now=NOW)


def make_recovery(**changes):
    fields = {"id": "rcv_1", "endpoint_id": "whk_one", "since": 1000.0, "until": 2000.0}
    fields |= {"total": 0, "done": 0, "state": "running", "created_at": NOW}
    return Recovery(**fields | changes)


@pytest.mark.parametrize(
    "method", [name for name in vars(RecoveryStore) if not name.startswith("_")]
)
def test_sql_store_keeps_the_protocol(method):
    """The SQL store has the methods of the protocol, word for word."""
    promised = inspect.signature(getattr(RecoveryStore, method))

    assert inspect.signature(getattr(SqlRecoveryStore, method)) == promised


async def test_webhooks_w27_a_range_is_recovered_once_each_oldest_first(outbox, recoveries):
    """What fails again meanwhile is not taken again; progress tells the truth."""
    await fail(outbox, 1500.0, 1100.0, 1300.0, 1100.0, 999.0, 2000.0)
    begun = await recoveries.begin(make_recovery())
    assert (begun.total, begun.done, begun.state) == (4, 0, "running")
    assert await recoveries.running() == (begun,)

    async def step():
        recovery = await recoveries.advance("rcv_1", limit=2, now=NOW + 10)
        held = await outbox.claim("w/1", now=NOW + 10, limit=100, lease=60.0, cap=100)
        await outbox.settle([make_outcome(each, "exhausted") for each in held], now=NOW + 10)
        return recovery.done, recovery.state, sorted(each.created_at for each in held)

    assert await step() == (2, "running", [1100.0, 1100.0])
    assert await step() == (4, "running", [1300.0, 1500.0])
    assert await step() == (4, "done", [])
    assert await step() == (4, "done", [])
    assert await recoveries.running() == ()
    assert (await recoveries.recovery("rcv_1")).done == 4
    assert await recoveries.recovery("rcv_none") is None
    assert await recoveries.advance("rcv_none", limit=2, now=NOW) is None


async def test_skipped_events_are_recovered_and_delivered_ones_are_not(outbox, recoveries):
    """What was missed while the endpoint was disabled is sent; what arrived stays."""
    skipped, delivered = make_delivery(state="skipped_disabled"), make_delivery(created_at=1500.0)
    await outbox.enqueue([skipped, delivered])
    (held,) = await outbox.claim("w/1", now=NOW, limit=10, lease=60.0, cap=10)
    await outbox.settle([make_outcome(held)], now=NOW)

    begun = await recoveries.begin(make_recovery(until=NOW))
    await recoveries.advance("rcv_1", limit=10, now=NOW)

    assert begun.total == 1
    assert (await outbox.get(skipped.id)).state == "pending"
    assert (await outbox.get(delivered.id)).state == "delivered"


@pytest.mark.parametrize("removed", [False, True])
async def test_a_recovery_ends_with_its_endpoint(outbox, endpoints, recoveries, removed):
    """A disabled or deleted endpoint is sent nothing, so its recovery is cancelled."""
    await fail(outbox, 1500.0)
    await recoveries.begin(make_recovery())
    if removed:
        await endpoints.remove("whk_one", now=NOW)
        assert await recoveries.running() == ()
        await recoveries.begin(make_recovery(id="rcv_2"))
    else:
        await endpoints.disable("whk_one", reason="manual", now=NOW)

    ended = await recoveries.advance("rcv_2" if removed else "rcv_1", limit=1, now=NOW)

    assert (ended.state, ended.done) == ("cancelled", 0)
    assert await recoveries.running() == ()
