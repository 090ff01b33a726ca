"""Floods: what is too much to be told one by one is told in sum, and failures tell nothing."""

import pytest

from failwell.stores.faults import RecordBatch
from failwell.webhooks.secret import parse_secret
from failwell.webhooks.signature import verify
from failwell.webhooks.subscriptions import Subscriptions
from tests.webhooks.endpoint_host import http
from tests.webhooks.pipeline import events_of, ids_of
from tests.webhooks.values import NOW, make_record

MINUTE = int(NOW) - int(NOW) % 60


async def flood(pipeline, endpoint, *, window=MINUTE, **counts):
    """Let an endpoint have had too much in a minute."""
    rows = tuple((endpoint.id, window, code, count) for code, count in counts.items())
    await pipeline.faults.append(RecordBatch(id=f"batch_{window}_{counts}", flooded=rows))


async def test_webhooks_w24_a_flood_is_told_in_one_summary(pipeline, receiver):
    """When a minute is over, one signed `error.summary` says how many errors each code had."""
    endpoint = await pipeline.subscribe(receiver)
    await flood(pipeline, endpoint, internal_error=7_000, rate_limit_exceeded=500)

    assert await pipeline.webhooks.run_due() == 0
    pipeline.clock.advance(66)
    assert await pipeline.webhooks.run_due() == 1

    (sent,), (summary,) = receiver.received, events_of(receiver)
    verify(sent.body, sent.headers, [parse_secret(pipeline.secret)], now=NOW + 66)
    assert summary["type"] == summary["event"] == "error.summary"
    assert summary["data"]["counts"] == {"internal_error": 7_000, "rate_limit_exceeded": 500}
    assert summary["data"]["total"] == 7_500

    pipeline.clock.advance(600)
    assert await pipeline.webhooks.run_due() == 0


async def test_webhooks_w24_nothing_of_a_flood_stays_untold(pipeline, receiver):
    """What the limit lets through and what the summary counts are all there was."""
    endpoint = await pipeline.subscribe(receiver)
    subscriptions = Subscriptions(pipeline.endpoints, payloads={}, flood_per_minute=3)
    for number in range(10):
        record = make_record(request_id=f"req_{number:016x}", at=NOW)
        matched = subscriptions.match(record)
        await pipeline.faults.append(
            RecordBatch(
                id=f"batch_{number}",
                records=(record,),
                deliveries=matched.deliveries,
                flooded=matched.flooded,
            )
        )
    await pipeline.webhooks.run_due()
    pipeline.clock.advance(66)
    await pipeline.webhooks.run_due()

    *single, summary = events_of(receiver)
    assert [each["type"] for each in single] == ["error.occurred"] * 3
    assert summary["data"]["total"] == 7
    assert await pipeline.states(endpoint) == ["delivered"] * 4


async def test_webhooks_w24_counts_that_come_late_are_told_too(pipeline, receiver):
    """Counts of a minute that was told already make a summary of their own."""
    endpoint = await pipeline.subscribe(receiver)
    await flood(pipeline, endpoint, internal_error=5)
    pipeline.clock.advance(66)
    await pipeline.webhooks.run_due()

    await flood(pipeline, endpoint, internal_error=2)
    await pipeline.webhooks.run_due()

    assert [each["data"]["total"] for each in events_of(receiver)] == [5, 2]
    assert len(set(ids_of(receiver))) == 2


async def test_webhooks_w24_every_minute_has_its_own_summary(pipeline, receiver, other_receiver):
    """Minutes and endpoints are kept apart."""
    endpoint = await pipeline.subscribe(receiver)
    other = await pipeline.subscribe(other_receiver)
    for window, count in ((MINUTE - 120, 1), (MINUTE - 60, 2)):
        await flood(pipeline, endpoint, window=window, internal_error=count)
    await flood(pipeline, other, internal_error=3)
    pipeline.clock.advance(66)

    assert await pipeline.webhooks.run_due() == 3

    assert sorted(each["data"]["total"] for each in events_of(receiver)) == [1, 2]
    assert [each["data"]["total"] for each in events_of(other_receiver)] == [3]


@pytest.mark.parametrize("deleted", [True, False])
async def test_webhooks_w24_a_summary_needs_an_endpoint(pipeline, receiver, deleted):
    """A summary for a disabled endpoint is kept, one for a deleted endpoint is nobody's."""
    endpoint = await pipeline.subscribe(receiver)
    await flood(pipeline, endpoint, internal_error=5)
    if deleted:
        await pipeline.endpoints.remove(endpoint.id, now=NOW)
    else:
        await pipeline.webhooks.disable(endpoint.id)
    pipeline.clock.advance(66)

    assert await pipeline.webhooks.run_due() == 0
    assert await pipeline.states() == ([] if deleted else ["skipped_disabled"])


async def test_webhooks_w24_a_failing_webhook_makes_no_new_event(pipeline, receiver):
    """However often a webhook fails, no webhook tells of it: there is no loop."""
    endpoint = await pipeline.subscribe(receiver, schedule=(0.0, 1.0, 1.0))
    await pipeline.happen(endpoint)
    receiver.answer = http("500 Internal Server Error")

    for _ in range(5):
        await pipeline.webhooks.run_due()
        pipeline.clock.advance(66)

    assert await pipeline.states() == ["exhausted"]
    assert len(receiver.received) == 3
