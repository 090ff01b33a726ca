"""The outbox: outcomes that survive, what owners may do to a delivery, lists."""

import inspect

import pytest
from sqlalchemy import select

from failwell.stores.delivery_rows import list_deliveries
from failwell.stores.outbox import DeliveryQuery, OutboxStore
from failwell.stores.outbox_sql import SqlOutboxStore
from failwell.stores.outbox_tables import webhook_deliveries
from tests.stores.outbox_values import (
    NOW,
    claim,
    make_delivery,
    make_outcome,
    plan_of,
    state_of,
)


@pytest.mark.parametrize("method", [name for name in vars(OutboxStore) if not name.startswith("_")])
def test_sql_store_keeps_the_protocol(method):
    """The SQL store has the methods of the protocol, word for word."""
    promised = inspect.signature(getattr(OutboxStore, method))

    assert inspect.signature(getattr(SqlOutboxStore, method)) == promised


async def test_what_goes_in_comes_out(outbox):
    """A delivery is claimed with every field it was enqueued with, body byte for byte."""
    new = make_delivery(
        body=b"\x00\xff{}",
        request_id="req_1",
        code="internal_error",
        status=500,
        severity="high",
        route="/projects/{project_id}",
        test=True,
    )

    await outbox.enqueue([new])
    (claimed,) = await claim(outbox)

    assert {name: getattr(claimed, name) for name in new.__struct_fields__} == {
        name: getattr(new, name) for name in new.__struct_fields__
    }
    assert (claimed.attempts, claimed.tries, claimed.next_at) == (0, 0, new.created_at)
    assert (claimed.leased_by, claimed.leased_until) == ("w/1", NOW + 60)
    assert await outbox.get(new.id) == claimed


async def test_webhooks_w18_an_event_is_enqueued_once_for_an_endpoint(outbox):
    """The same event is another delivery for another endpoint, and none for the same."""
    first = make_delivery(event_id="msg_same")
    again = make_delivery(event_id="msg_same")
    other = make_delivery("two", event_id="msg_same")

    assert await outbox.enqueue([first]) == 1
    assert await outbox.enqueue([again, other]) == 1

    assert {each.id for each in await claim(outbox)} == {first.id, other.id}


async def test_what_comes_late_for_an_endpoint_is_kept_and_not_sent(outbox, endpoints):
    """Between match and commit an endpoint may be disabled or deleted: both are visible."""
    await endpoints.disable("whk_two", reason="manual", now=NOW)
    skipped, cancelled = make_delivery("two"), make_delivery("gone")

    await outbox.enqueue([skipped, cancelled])

    assert await claim(outbox) == ()
    assert await state_of(outbox, skipped) == "skipped_disabled"
    assert await state_of(outbox, cancelled) == "cancelled"


async def test_an_outcome_is_stored_whole(outbox, endpoints):
    """Attempt, delivery and endpoint tell the same story after a failure and a success."""
    await outbox.enqueue([make_delivery()])
    (held,) = await claim(outbox, "w/1")
    failed = make_outcome(held, "pending", next_at=NOW + 5, at=NOW)
    (endpoint,) = await outbox.settle([failed], now=NOW + 1)

    waiting = await outbox.get(held.id)
    assert (waiting.state, waiting.next_at, waiting.finished_at) == ("pending", NOW + 5, None)
    assert (waiting.last_status, waiting.last_error, waiting.tries) == (None, "timeout", 1)
    assert (waiting.leased_by, waiting.leased_until) == (None, None)
    assert (endpoint.failing_since, endpoint.failed_attempts, endpoint.failed_deliveries) == (
        NOW, 1, 1,
    )  # fmt: skip
    assert await claim(outbox, now=NOW + 4.9) == ()
    (held,) = await claim(outbox, "w/2", now=NOW + 5)
    delivered = make_outcome(held, at=NOW + 5)
    (endpoint,) = await outbox.settle([delivered], now=NOW + 6)

    done = await outbox.get(held.id)
    assert (done.state, done.next_at, done.finished_at) == ("delivered", None, NOW + 6)
    assert (done.last_status, done.last_error, done.attempts) == (200, None, 2)
    assert await outbox.attempts(held.id) == (failed.attempt, delivered.attempt)
    assert (endpoint.failing_since, endpoint.failed_attempts, endpoint.failed_deliveries) == (
        None, 0, 0,
    )  # fmt: skip
    assert endpoint.last_success_at == NOW + 5
    assert endpoint == await endpoints.get("whk_one")


async def test_a_delivery_counts_as_failed_once_since_the_last_success(outbox):
    """Ten attempts of one delivery are one failed delivery; a success starts the count anew."""
    await outbox.enqueue([make_delivery(), make_delivery()])

    async def fail(now):
        held = await claim(outbox, f"w/{now}", now=now)
        outcomes = [make_outcome(each, "pending", next_at=now + 1, at=now) for each in held]
        (endpoint,) = await outbox.settle(outcomes, now=now)
        return endpoint.failed_attempts, endpoint.failed_deliveries

    assert [await fail(NOW + step) for step in range(0, 30, 10)] == [(2, 2), (4, 2), (6, 2)]
    await outbox.enqueue([make_delivery()])
    held = await claim(outbox, "w/good", now=NOW + 30, limit=3)
    newest = max(held, key=lambda each: each.seq)
    await outbox.settle([make_outcome(newest, at=NOW + 30)], now=NOW + 30)
    await outbox.release()
    assert await fail(NOW + 40) == (2, 2)


async def test_webhooks_w11_disabling_parks_what_waits(outbox, endpoints):
    """A 410 disables the endpoint at once: what waits, and what is under way, is parked."""
    await outbox.enqueue([make_delivery() for _ in range(4)] + [make_delivery("two")])
    gone, under_way, late = await claim(outbox, "w/1", limit=3)
    await outbox.settle([make_outcome(under_way, "pending", next_at=NOW + 5)], now=NOW)

    (endpoint,) = await outbox.settle([make_outcome(gone, "parked", disable="gone")], now=NOW)

    assert (endpoint.state, endpoint.disabled_reason, endpoint.disabled_at) == (
        "disabled", "gone", NOW,
    )  # fmt: skip
    assert await state_of(outbox, gone) == "parked"
    assert await state_of(outbox, under_way) == "parked"
    assert await state_of(outbox, late) == "pending"
    await outbox.settle([make_outcome(late, "pending", next_at=NOW + 5)], now=NOW)
    assert await state_of(outbox, late) == "parked"
    assert [each.endpoint_id for each in await claim(outbox, "w/2")] == ["whk_two"]
    assert [each.state for each in endpoints.known] == ["disabled", "active", "active"]


async def test_webhooks_w26_enabling_lets_parked_deliveries_begin_anew(outbox, endpoints):
    """After the pause one goes first; what was skipped stays skipped until asked for."""
    await outbox.enqueue([make_delivery(), make_delivery()])
    held = await claim(outbox, "w/1", limit=1)
    await outbox.settle([make_outcome(held[0], "parked", disable="failing")], now=NOW)
    skipped = make_delivery(state="skipped_disabled")
    await outbox.enqueue([skipped])

    endpoint = await endpoints.enable("whk_one", paused_until=NOW + 300)

    assert (endpoint.state, endpoint.disabled_reason, endpoint.disabled_at) == (
        "probing", None, None,
    )  # fmt: skip
    assert (endpoint.failing_since, endpoint.failed_attempts) == (None, 0)
    assert await claim(outbox, now=NOW + 299) == ()
    (probe,) = await claim(outbox, now=NOW + 300)
    assert (probe.tries, probe.next_at) == (0, NOW + 300)
    assert await state_of(outbox, skipped) == "skipped_disabled"


async def test_webhooks_w29_a_deleted_endpoint_cancels_what_waits(outbox, endpoints):
    """Nothing more is sent, what is under way counts for nothing, the log stays readable."""
    await outbox.enqueue([make_delivery() for _ in range(3)])
    under_way, done = await claim(outbox, "w/1", limit=2)
    await outbox.settle([make_outcome(done)], now=NOW)

    assert await endpoints.remove("whk_one", now=NOW)

    assert await claim(outbox, "w/2") == ()
    await outbox.settle([make_outcome(under_way, "pending", next_at=NOW)], now=NOW)
    found = await outbox.list(DeliveryQuery(endpoint_id="whk_one"))
    assert [each.state for each in found] == ["cancelled", "delivered", "cancelled"]
    assert [len(await outbox.attempts(each.id)) for each in found] == [0, 1, 1]
    assert not await endpoints.remove("whk_one", now=NOW)


@pytest.mark.parametrize(
    ("force", "answers"),
    [
        (False, ["requeued", "running", "pending", "disabled", "gone", "gone"]),
        (True, ["requeued", "requeued", "requeued", "disabled", "gone", "gone"]),
    ],
)
async def test_webhooks_w27_a_delivery_is_requeued_when_nothing_speaks_against_it(
    outbox, endpoints, force, answers
):
    """Running, waiting, disabled and gone ones are told apart; only the first two are forced."""
    ended, running, waiting = make_delivery(), make_delivery(), make_delivery()
    await outbox.enqueue([ended])
    held = await claim(outbox, "w/1")
    await outbox.settle([make_outcome(held[0], "exhausted")], now=NOW)
    await outbox.enqueue([running])
    await claim(outbox, "w/2")
    disabled, deleted = make_delivery("two"), make_delivery("three")
    await outbox.enqueue([waiting, disabled, deleted])
    await endpoints.disable("whk_two", reason="manual", now=NOW)
    await endpoints.remove("whk_three", now=NOW)
    ids = [each.id for each in (ended, running, waiting, disabled, deleted)]

    told = [await outbox.requeue(each, now=NOW + 1, force=force) for each in (*ids, "dlv_none")]

    assert told == answers
    again = await outbox.get(ended.id)
    assert (again.state, again.tries, again.attempts) == ("pending", 0, 1)
    assert (again.next_at, again.finished_at) == (NOW + 1, None)


async def test_a_sample_is_logged_and_counts_for_nothing(outbox, endpoints):
    """It can be read with its attempt; nobody claims it, and its endpoint stays as it was."""
    sample = make_delivery(test=True, state="exhausted")
    await outbox.enqueue([make_delivery()])
    (other,) = await claim(outbox)
    attempt = make_outcome(other, "exhausted").attempt

    await outbox.log_sample(sample, attempt)

    stored = await outbox.get(sample.id)
    assert (stored.state, stored.test, stored.attempts) == ("exhausted", True, 1)
    assert (stored.last_error, stored.finished_at) == ("timeout", NOW + 0.25)
    assert [each.error for each in await outbox.attempts(sample.id)] == ["timeout"]
    assert (await endpoints.get("whk_one")).failed_attempts == 0
    assert await claim(outbox, now=NOW + 10) == ()


async def test_the_backlog_names_each_endpoint(outbox):
    """For each endpoint: how many are pending, under way or not, and the oldest of them."""
    await outbox.enqueue([make_delivery(created_at=moment) for moment in (2000.0, 2100.0)])
    await outbox.enqueue([make_delivery("two", created_at=2050.0)])
    await claim(outbox, limit=1)

    assert await outbox.backlog(NOW) == {"whk_one": (2, 2000.0), "whk_two": (1, 2050.0)}


async def test_deliveries_are_listed_newest_first_and_by_page(outbox):
    """Each condition narrows the list; the next page begins where the last one ended."""
    first = make_delivery(request_id="req_1", created_at=2000.0)
    second = make_delivery("two", request_id="req_1", created_at=2100.0)
    third = make_delivery("three", tenant="org_2", api="ixon", created_at=2200.0)
    await outbox.enqueue([first, second, third])

    async def found(**conditions):
        return [each.id for each in await outbox.list(DeliveryQuery(**conditions))]

    assert await found() == [third.id, second.id, first.id]
    assert await found(request_id="req_1") == [second.id, first.id]
    assert await found(endpoint_id="whk_two") == [second.id]
    assert await found(tenant="org_2") == await found(api="ixon") == [third.id]
    assert await found(since=2100.0, until=2200.0) == [second.id]
    assert await found(state="delivered") == []
    page = await outbox.list(DeliveryQuery(limit=2))
    assert await found(before_seq=page[-1].seq) == [first.id]
    assert await outbox.get(third.id, tenant="org_1") is None
    assert await outbox.get(third.id, tenant="org_2") is not None


async def test_what_ended_is_forgotten_in_portions(shared, outbox):
    """Old deliveries go with their attempts; what is pending or young stays."""
    await outbox.enqueue([make_delivery(created_at=1000.0 + step) for step in range(5)])
    held = await claim(outbox, limit=4)
    await outbox.settle([make_outcome(each) for each in held], now=NOW)
    await outbox.release()

    assert await outbox.trim(before=1003.0, portion=2) == 2
    assert await outbox.trim(before=1003.0, portion=2) == 1
    assert await outbox.trim(before=1003.0, portion=2) == 0
    assert await outbox.trim(before=9e9) == 1
    left = await outbox.list(DeliveryQuery())
    assert [(each.state, each.created_at) for each in left] == [("pending", 1004.0)]
    assert await shared.read(_count_attempts) == 0


def _count_attempts(connection):
    return connection.exec_driver_sql("SELECT count(*) FROM webhook_attempts").scalar_one()


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (DeliveryQuery(endpoint_id="whk_one", before_seq=9), "webhook_deliveries_endpoint"),
        (DeliveryQuery(endpoint_id="whk_one", state="exhausted"), "webhook_deliveries_failed"),
        (DeliveryQuery(state="skipped_disabled"), "webhook_deliveries_failed"),
        (DeliveryQuery(request_id="req_1"), "webhook_deliveries_request"),
    ],
)
async def test_lists_go_through_an_index(shared, query, index):
    """A page of deliveries costs the same, however many there are."""
    seen = []

    def explain(connection):
        raw = connection.connection.dbapi_connection
        raw.set_trace_callback(seen.append)
        list_deliveries(connection, query)
        raw.set_trace_callback(None)

    await shared.write(explain)

    (plan,) = await shared.read(lambda connection: [plan_of(connection, text) for text in seen])
    assert index in plan[0]


async def test_a_full_disk_changes_nothing(shared, outbox):
    """A settle that breaks in the middle leaves the delivery with its lease."""
    await outbox.enqueue([make_delivery()])
    (held,) = await claim(outbox)
    broken = make_outcome(held, disable="gone")
    await shared.write(lambda c: c.exec_driver_sql("DROP TABLE webhook_attempts"))

    with pytest.raises(Exception, match="webhook_attempts"):
        await outbox.settle([broken], now=NOW)

    leased = await shared.read(
        lambda connection: connection.execute(select(webhook_deliveries.c.leased_by)).scalar_one()
    )
    assert leased == "w/1"
