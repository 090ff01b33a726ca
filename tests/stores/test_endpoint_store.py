"""Endpoints: kept, found by their owner, and known to every fault without a look at the disk."""

import asyncio
import inspect

import pytest

from failwell.stores.database import Database
from failwell.stores.endpoints import (
    Endpoint,
    EndpointChanges,
    EndpointSecret,
    EndpointStore,
    OperationalEvent,
)
from failwell.stores.endpoints_sql import SqlEndpointStore
from failwell.stores.outbox_sql import SqlOutboxStore
from tests.stores.outbox_values import make_delivery, make_endpoint, make_outcome


@pytest.fixture
async def store(shared):
    """The store under test."""
    return SqlEndpointStore(shared)


@pytest.mark.parametrize(
    "method",
    [name for name in vars(EndpointStore) if not name.startswith("_") and name != "known"],
)
def test_sql_store_keeps_the_protocol(method):
    """The SQL store has the methods of the protocol, word for word."""
    promised = inspect.signature(getattr(EndpointStore, method))

    assert inspect.signature(getattr(SqlEndpointStore, method)) == promised


async def test_every_field_comes_back(store):
    """What is stored is what was given, nested values and all."""
    full = Endpoint(
        id="whk_full",
        api=None,
        tenant=None,
        url="https://example.com/ünicode",
        events=("error.occurred", "error.summary"),
        filters={"status": ("404", "5xx"), "code": ("auth.*",)},
        secrets=(EndpointSecret(sealed="new"), EndpointSecret(sealed="old", expires_at=5.5)),
        shape="connix",
        state="disabled",
        disabled_reason="gone",
        disabled_at=1.5,
        paused_until=2.5,
        failing_since=3.5,
        failed_attempts=4,
        failed_deliveries=5,
        warned=70,
        last_success_at=6.5,
        schedule=(0.0, 5.0, 300.0),
        created_at=7.5,
        updated_at=8.5,
    )

    assert await store.add(full)

    assert await store.get("whk_full") == full
    assert await store.list() == (full,)


async def test_nobody_has_more_than_allowed(store):
    """The limit counts the endpoints of one owner; operators have one of their own."""
    assert await store.add(make_endpoint("one"), most=1)
    assert not await store.add(make_endpoint("two"), most=1)
    assert await store.add(make_endpoint("three", tenant="org_2"), most=1)
    assert await store.add(make_endpoint("four", api=None, tenant=None), most=1)
    assert not await store.add(make_endpoint("five", api=None, tenant=None), most=1)
    assert [each.id for each in store.known] == ["whk_one", "whk_three", "whk_four"]


async def test_endpoints_are_found_by_their_owner_only(store):
    """An API sees its own, a tenant its own; the oldest comes first."""
    await store.add(make_endpoint("young", created_at=2000.0))
    await store.add(make_endpoint("old"))
    await store.add(make_endpoint("other", tenant="org_2"))
    await store.add(make_endpoint("foreign", api="ixon"))

    mine = await store.list(api="connix", tenant="org_1")
    assert [each.id for each in mine] == ["whk_old", "whk_young"]
    assert len(await store.list(api="connix")) == 3
    assert await store.get("whk_other", api="connix", tenant="org_1") is None
    assert await store.get("whk_foreign", api="connix") is None
    assert (await store.get("whk_other", tenant="org_2")).id == "whk_other"
    assert await store.get("whk_none") is None


async def test_changes_leave_the_rest_alone(store):
    """What is given changes, ``None`` included; what is left out stays."""
    await store.add(make_endpoint(schedule=(0.0, 1.0)))

    changed = await store.update(
        "whk_one", EndpointChanges(url="https://example.org/", schedule=None, filters={})
    )

    assert changed == make_endpoint(url="https://example.org/", filters={})
    assert await store.get("whk_one") == changed
    assert store.known == (changed,)
    assert await store.update("whk_none", EndpointChanges(url="https://example.org/")) is None


async def test_the_picture_changes_only_with_what_matters(shared, store):
    """A success makes no new picture, a disabled endpoint does: matching goes by identity."""
    outbox = SqlOutboxStore(shared, endpoints=store)
    await store.add(make_endpoint())
    await outbox.enqueue([make_delivery(), make_delivery()])
    picture = store.known
    good, bad = await outbox.claim("w/1", now=3000.0, limit=2, lease=60.0, cap=10)

    await outbox.settle([make_outcome(good)], now=3000.0)
    await store.reload()
    assert store.known is picture
    await outbox.settle([make_outcome(bad, "parked", disable="gone")], now=3000.0)
    assert [each.state for each in store.known] == ["disabled"]


async def test_changes_of_another_process_are_read_anew(shared, store):
    """What somebody else added, changed or removed is known after the next look."""
    await store.add(make_endpoint("one"))
    await store.add(make_endpoint("two"))
    with Database(shared.path) as elsewhere:
        other = SqlEndpointStore(elsewhere)
        await other.remove("whk_one", now=3000.0)
        await other.add(make_endpoint("three", created_at=2000.0))
        await other.update("whk_two", EndpointChanges(filters={}))

    found = await store.reload()

    assert [each.id for each in found] == ["whk_two", "whk_three"]
    assert store.known == found
    assert found[0].filters == {}


async def test_reading_anew_undoes_no_change_of_its_own_process(store):
    """An endpoint that is added while others are read is known afterwards."""
    await asyncio.gather(store.reload(), store.add(make_endpoint()))

    assert [each.id for each in store.known] == ["whk_one"]


async def test_disabling_and_enabling_twice_changes_nothing(store):
    """The reason and moment of the first time stay; an active endpoint is not made to probe."""
    await store.add(make_endpoint())

    assert (await store.enable("whk_one", paused_until=9.0)) == make_endpoint()
    first = await store.disable("whk_one", reason="failing", now=3000.0)
    assert await store.disable("whk_one", reason="manual", now=4000.0) == first
    assert await store.disable("whk_none", reason="manual", now=4000.0) is None
    assert await store.enable("whk_none", paused_until=9.0) is None


async def test_operational_events_are_told_newest_first(store):
    """Each event is numbered by the store and found by its endpoint."""
    events = [
        OperationalEvent(
            at=1000.0 + step,
            type="endpoint.warning",
            endpoint_id=f"whk_{step % 2}",
            tenant=None,
            data={"percentage": 50 + step, "last": {"status": None}},
        )
        for step in range(4)
    ]
    await store.tell(events[:3])
    await store.tell(events[3:])
    await store.tell([])

    told = await store.told()

    assert [each.at for each in told] == [1003.0, 1002.0, 1001.0, 1000.0]
    assert told[-1].data == {"percentage": 50, "last": {"status": None}}
    assert [each.seq for each in told] == sorted((each.seq for each in told), reverse=True)
    assert [each.at for each in await store.told(endpoint_id="whk_1", limit=1)] == [1003.0]
