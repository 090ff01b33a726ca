"""How endpoints stand: warned about, disabled, on probation, deleted; and what that means."""

import pytest

from failwell.core.exceptions import NotFoundError
from failwell.stores.outbox import DeliveryQuery
from tests.webhooks.endpoint_host import OK, http
from tests.webhooks.pipeline import ids_of

BROKEN = http("500 Internal Server Error", b"no")
HALF_DAYS = (0.0, *[43_200.0] * 29)


async def fail_for_days(pipeline, endpoint, receiver, *, events, days):
    """Let every attempt fail twice a day."""
    receiver.answer = BROKEN
    for _ in range(events):
        await pipeline.happen(endpoint)
    await pipeline.webhooks.run_due()
    for _ in range(int(days * 2)):
        pipeline.clock.advance(43_201)
        await pipeline.webhooks.run_due()


async def test_webhooks_w25_five_days_of_failures_disable(pipeline, receiver):
    """An endpoint that fails for five days is warned about four times, then disabled."""
    endpoint = await pipeline.subscribe(receiver, schedule=HALF_DAYS)

    await fail_for_days(pipeline, endpoint, receiver, events=10, days=5)

    disabled = await pipeline.endpoints.get(endpoint.id)
    assert (disabled.state, disabled.disabled_reason) == ("disabled", "failing")
    assert await pipeline.states() == ["parked"] * 10
    told = list(reversed(await pipeline.endpoints.told(endpoint_id=endpoint.id)))
    assert [each.type for each in told] == ["endpoint.warning"] * 4 + ["endpoint.disabled"]
    assert [each.data.get("percentage") for each in told] == [50, 70, 90, 100, None]


async def test_webhooks_w25_a_warning_says_what_to_look_at(pipeline, receiver):
    """A warning names the endpoint, what was to be told, and the last answer."""
    endpoint = await pipeline.subscribe(receiver, schedule=HALF_DAYS)

    await fail_for_days(pipeline, endpoint, receiver, events=10, days=2.5)

    (warning,) = await pipeline.endpoints.told(endpoint_id=endpoint.id)
    assert (warning.type, warning.tenant) == ("endpoint.warning", "org_1")
    assert warning.data["url"] == receiver.url
    assert warning.data["event_type"] == "error.occurred"
    assert (warning.data["last_status"], warning.data["last_error"]) == (500, "http")


async def test_webhooks_w25_one_success_makes_it_well(pipeline, receiver):
    """A single success begins the count anew, and warnings with it."""
    endpoint = await pipeline.subscribe(receiver, schedule=HALF_DAYS)
    await fail_for_days(pipeline, endpoint, receiver, events=10, days=3)
    receiver.answer = OK
    pipeline.clock.advance(43_201)
    await pipeline.webhooks.run_due()

    await fail_for_days(pipeline, endpoint, receiver, events=10, days=4.5)

    assert (await pipeline.endpoints.get(endpoint.id)).state == "active"


async def test_webhooks_w25_one_event_alone_disables_nobody(pipeline, receiver):
    """An event that a receiver cannot digest is no reason to give up the receiver."""
    endpoint = await pipeline.subscribe(receiver, schedule=HALF_DAYS)

    await fail_for_days(pipeline, endpoint, receiver, events=1, days=10)

    assert (await pipeline.endpoints.get(endpoint.id)).state == "active"


async def test_webhooks_w26_events_of_a_disabled_endpoint_are_kept(pipeline, receiver):
    """What happens while an endpoint is disabled can be seen, and sent when it is enabled."""
    endpoint = await pipeline.subscribe(receiver)
    await pipeline.webhooks.disable(endpoint.id)
    await pipeline.record()
    assert await pipeline.states() == ["skipped_disabled"]
    assert await pipeline.webhooks.run_due() == 0

    await pipeline.webhooks.enable(endpoint.id)
    pipeline.clock.advance(300)
    assert await pipeline.webhooks.run_due() == 0
    (delivery,) = await pipeline.outbox.list(DeliveryQuery())
    await pipeline.webhooks.redeliver(delivery.id)

    assert await pipeline.webhooks.run_due() == 1
    assert await pipeline.states() == ["delivered"]
    assert await pipeline.told() == ["endpoint.disabled", "endpoint.enabled"]


async def test_webhooks_w26_enabling_begins_with_one_probe(pipeline, receiver):
    """After five minutes one delivery goes out; the others follow when it has arrived."""
    endpoint = await pipeline.subscribe(receiver)
    for _ in range(5):
        await pipeline.happen(endpoint)
    await pipeline.webhooks.disable(endpoint.id)
    assert await pipeline.states() == ["parked"] * 5

    await pipeline.webhooks.enable(endpoint.id)
    pipeline.clock.advance(299)
    assert await pipeline.webhooks.run_due() == 0
    pipeline.clock.advance(1)
    receiver.answer = BROKEN
    assert await pipeline.webhooks.run_due() == 1
    assert (await pipeline.endpoints.get(endpoint.id)).state == "probing"

    receiver.answer = OK
    pipeline.clock.advance(5.1)
    assert await pipeline.webhooks.run_due() == 5
    assert (await pipeline.endpoints.get(endpoint.id)).state == "active"
    assert len(set(ids_of(receiver))) == 5


async def test_webhooks_w26_failed_probes_come_less_and_less_often(pipeline, receiver):
    """While probes fail there is one at a time, and the pauses grow as a schedule does."""
    endpoint = await pipeline.subscribe(receiver)
    for _ in range(20):
        await pipeline.happen(endpoint)
    await pipeline.webhooks.disable(endpoint.id)
    await pipeline.webhooks.enable(endpoint.id)
    receiver.answer = BROKEN
    pipeline.clock.advance(300)

    for pause in (5, 300, 1_800):
        assert await pipeline.webhooks.run_due() == 1
        pipeline.clock.advance(pause - 1)
        assert await pipeline.webhooks.run_due() == 0
        pipeline.clock.advance(1.1)


async def test_webhooks_w26_the_pause_counts_from_the_disabling(pipeline, receiver):
    """An endpoint that was disabled long ago is probed as soon as it is enabled."""
    endpoint = await pipeline.subscribe(receiver)
    await pipeline.happen(endpoint)
    await pipeline.webhooks.disable(endpoint.id)
    pipeline.clock.advance(86_400)

    await pipeline.webhooks.enable(endpoint.id)

    assert await pipeline.webhooks.run_due() == 1
    assert await pipeline.states() == ["delivered"]


async def test_webhooks_w26_enabling_twice_changes_nothing(pipeline, receiver):
    """An endpoint that is enabled stays as it is, and so does one that is disabled."""
    endpoint = await pipeline.subscribe(receiver)

    assert (await pipeline.webhooks.enable(endpoint.id)).state == "active"
    first = await pipeline.webhooks.disable(endpoint.id)
    pipeline.clock.advance(60)
    assert await pipeline.webhooks.disable(endpoint.id) == first
    assert await pipeline.told() == ["endpoint.disabled"]


@pytest.mark.parametrize("owner", [{"api": "ixon"}, {"tenant": "org_2"}])
async def test_webhooks_w26_nobody_enables_what_belongs_to_others(pipeline, receiver, owner):
    """An endpoint is found only within the API and the tenant it belongs to."""
    endpoint = await pipeline.subscribe(receiver)
    await pipeline.webhooks.disable(endpoint.id)

    with pytest.raises(NotFoundError):
        await pipeline.webhooks.enable(endpoint.id, **owner)

    assert (await pipeline.endpoints.get(endpoint.id)).state == "disabled"


async def test_webhooks_w29_a_deleted_endpoint_gets_nothing_and_leaves_its_log(pipeline, receiver):
    """What waits for a deleted endpoint is cancelled; what was sent can still be read."""
    endpoint = await pipeline.subscribe(receiver)
    (sent,) = await pipeline.happen(endpoint)
    receiver.answer = BROKEN
    await pipeline.webhooks.run_due()

    await pipeline.endpoints.remove(endpoint.id, now=pipeline.clock.now())
    pipeline.clock.advance(86_400)

    assert await pipeline.webhooks.run_due() == 0
    assert await pipeline.states() == ["cancelled"]
    assert [each.status for each in await pipeline.outbox.attempts(sent)] == [500]
