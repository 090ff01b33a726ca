"""The outbox gives each delivery to one worker, fairly among endpoints, and never too early."""

from tests.stores.outbox_values import (
    NOW,
    claim,
    make_delivery,
    make_outcome,
    plan_of,
    state_of,
)


async def test_webhooks_w19_a_lease_has_one_holder(outbox):
    """What one worker holds no other gets, until the lease has run out."""
    await outbox.enqueue([make_delivery()])
    (held,) = await claim(outbox, "a/1", lease=30.0)

    assert await claim(outbox, "b/1", now=NOW + 29.9) == ()
    (taken,) = await claim(outbox, "b/1", now=NOW + 30.0)
    assert (taken.id, taken.leased_by) == (held.id, "b/1")


async def test_an_outcome_of_a_lost_lease_only_adds_its_attempt(outbox, endpoints):
    """Two workers sent: the one that holds the lease decides, both attempts are kept."""
    await outbox.enqueue([make_delivery()])
    (slow,) = await claim(outbox, "a/1", lease=30.0)
    (quick,) = await claim(outbox, "b/1", now=NOW + 31.0)

    assert await outbox.settle([make_outcome(slow, "exhausted")], now=NOW + 32.0) == ()
    assert await state_of(outbox, slow) == "pending"
    await outbox.settle([make_outcome(quick)], now=NOW + 33.0)

    stored = await outbox.get(slow.id)
    assert (stored.state, stored.attempts, stored.tries) == ("delivered", 2, 1)
    attempts = await outbox.attempts(slow.id)
    assert [(each.number, each.worker) for each in attempts] == [(1, "a/1"), (2, "b/1")]
    assert (await endpoints.get("whk_one")).failed_attempts == 0


async def test_a_lease_that_ran_out_unnoticed_is_not_lost(outbox):
    """A worker that was slow and unchallenged settles what it holds."""
    await outbox.enqueue([make_delivery()])
    (held,) = await claim(outbox, lease=30.0)

    await outbox.settle([make_outcome(held)], now=NOW + 100.0)

    assert await state_of(outbox, held) == "delivered"


async def test_released_leases_are_taken_at_once(outbox):
    """A worker gives back what all of its claims hold, and nobody else's."""
    for _ in range(3):
        await outbox.enqueue([make_delivery()])
        await claim(outbox, f"a_/{_}")
    await outbox.enqueue([make_delivery()])
    await claim(outbox, "ab/1")

    assert await outbox.release("a_") == 3
    assert len(await claim(outbox, "c/1")) == 3
    assert await outbox.release() == 4
    assert await outbox.release() == 0


async def test_webhooks_w17_the_oldest_is_claimed_first_across_endpoints(outbox):
    """Endpoints take turns by the age of what waits for them."""
    ages = [2005.0, 2001.0, 2003.0, 2002.0, 2004.0, 2000.0]
    for index, age in enumerate(ages):
        await outbox.enqueue([make_delivery(("one", "two", "three")[index % 3], created_at=age)])

    first = await claim(outbox, "w/1", limit=4)
    rest = await claim(outbox, "w/2", limit=4)

    assert [each.created_at for each in first] == [2000.0, 2001.0, 2002.0, 2003.0]
    assert [each.created_at for each in rest] == [2004.0, 2005.0]


async def test_webhooks_w17_one_endpoint_never_takes_every_place(outbox):
    """However much waits for one endpoint, its leases stay under the cap."""
    await outbox.enqueue([make_delivery(created_at=2000.0) for _ in range(50)])
    await outbox.enqueue([make_delivery("two", created_at=2500.0) for _ in range(3)])

    first = await claim(outbox, "w/1", limit=40, cap=4)
    second = await claim(outbox, "w/2", limit=40, cap=6)

    assert [each.endpoint_id for each in first] == ["whk_one"] * 4 + ["whk_two"] * 3
    assert [each.endpoint_id for each in second] == ["whk_one"] * 2


async def test_disabled_throttled_and_probing_endpoints_hold_back(outbox, endpoints):
    """Nothing goes to a disabled or throttled endpoint, and one at a time to a probing one."""
    await outbox.enqueue([make_delivery(name) for name in ("one", "two", "three") * 2])
    held = await claim(outbox, "w/0", limit=1)
    await outbox.settle(
        [make_outcome(held[0], "pending", next_at=NOW + 5, throttle_until=NOW + 60)], now=NOW
    )
    await endpoints.disable("whk_two", reason="manual", now=NOW)
    await endpoints.enable("whk_two", paused_until=NOW + 10)
    await endpoints.disable("whk_three", reason="manual", now=NOW)

    assert await claim(outbox, "w/1") == ()
    (probe,) = await claim(outbox, "w/2", now=NOW + 10)
    assert probe.endpoint_id == "whk_two"
    assert await claim(outbox, "w/3", now=NOW + 10) == ()
    assert len(await claim(outbox, "w/4", now=NOW + 60)) == 2

    (endpoint,) = await outbox.settle([make_outcome(probe)], now=NOW + 61)
    assert endpoint.state == "active"
    assert len(await claim(outbox, "w/5", now=NOW + 61)) == 1


async def test_next_due_knows_pauses_and_leases(outbox, endpoints):
    """The dispatcher may sleep until then: nothing can be claimed before."""
    assert await outbox.next_due(NOW) is None
    await outbox.enqueue([make_delivery(created_at=NOW + 50), make_delivery(created_at=NOW + 70)])
    assert await outbox.next_due(NOW) == NOW + 50
    (held,) = await claim(outbox, now=NOW + 50, lease=5.0)
    assert await outbox.next_due(NOW) == NOW + 55
    await outbox.settle(
        [make_outcome(held, "pending", next_at=NOW + 60, throttle_until=NOW + 90)], now=NOW + 51
    )
    assert await outbox.next_due(NOW) == NOW + 90
    await endpoints.disable("whk_one", reason="manual", now=NOW)
    assert await outbox.next_due(NOW) is None


async def test_webhooks_w14_moments_of_the_far_future_are_brought_forward(outbox, endpoints):
    """A clock that was years ahead stalls nothing once it is right again."""
    await outbox.enqueue([make_delivery(created_at=9e9), make_delivery("two")])
    (held,) = await claim(outbox, now=NOW, lease=9e9)
    (endpoint,) = await outbox.settle(
        [make_outcome(held, "pending", next_at=NOW, throttle_until=9e9)], now=NOW
    )
    assert endpoint.paused_until == 9e9

    assert await outbox.clamp(latest=NOW + 100) == 2

    assert await outbox.clamp(latest=NOW + 100) == 0
    assert len(await claim(outbox, now=NOW + 100)) == 2


async def test_claims_look_at_what_waits_and_not_at_history(shared, outbox):
    """Each step of a claim goes through an index: no table is read from end to end."""
    seen = []
    await outbox.enqueue([make_delivery()])

    def explain(connection):
        raw = connection.connection.dbapi_connection
        raw.set_trace_callback(seen.append)

    await shared.write(explain)
    (held,) = await claim(outbox)
    await outbox.settle([make_outcome(held)], now=NOW)
    await shared.write(lambda c: c.connection.dbapi_connection.set_trace_callback(None))

    plans = await shared.read(lambda connection: [plan_of(connection, text) for text in seen])
    scans = [line for plan in plans for line in plan if line.startswith("SCAN webhook_deliveries")]
    assert any("webhook_deliveries_pending" in line for plan in plans for line in plan)
    assert scans == []
