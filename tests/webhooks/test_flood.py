"""More events than an endpoint is told one by one become one summary a minute, and none is lost."""

import secrets

import pytest

from failwell.stores.faults import RecordBatch, RecordQuery
from failwell.webhooks.secret import parse_secret
from failwell.webhooks.signature import verify
from failwell.webhooks.subscriptions import Subscriptions
from tests.webhooks.endpoint_host import http
from tests.webhooks.pipeline import events_of, ids_of
from tests.webhooks.values import NOW, make_record

MOST = 2
MINUTE = NOW - NOW % 60


@pytest.fixture
async def flooded(pipeline, receiver):
    """A pipeline with one endpoint that is told two events a minute one by one."""
    pipeline.endpoint = await pipeline.subscribe(receiver)
    pipeline.subscriptions = Subscriptions(pipeline.endpoints, payloads={}, flood_per_minute=MOST)
    return pipeline


async def happen(pipeline, *codes):
    """Record faults with these codes now, as the recorder does: one batch, one transaction."""
    records = [
        make_record(request_id=f"req_{secrets.token_hex(8)}", code=code, at=pipeline.clock.now())
        for code in codes
    ]
    matched = [pipeline.subscriptions.match(each) for each in records]
    await pipeline.faults.append(
        RecordBatch(
            id=secrets.token_hex(16),
            records=tuple(records),
            deliveries=tuple(each for match in matched for each in match.deliveries),
            flooded=tuple(each for match in matched for each in match.flooded),
        )
    )


async def later(pipeline, seconds=0.0):
    """Let time pass, and what is due happen."""
    pipeline.clock.advance(seconds)
    await pipeline.webhooks.run_due()


def told(host):
    """Kind of each event, and how many it stands for, by code."""
    return [(each["type"], each["data"].get("counts")) for each in events_of(host)]


async def test_webhooks_w24_a_flood_ends_in_one_summary(flooded, receiver):
    """Two events come one by one; the others when the minute is over, counted by code."""
    await happen(flooded, *["internal_error"] * 5, "service_unavailable")
    await later(flooded)
    assert told(receiver) == [("error.occurred", None)] * MOST

    await later(flooded, 120)
    await later(flooded, 120)

    assert told(receiver)[MOST:] == [
        ("error.summary", {"internal_error": 3, "service_unavailable": 1})
    ]
    summary = events_of(receiver)[-1]["data"]
    assert (summary["total"], summary["since"], summary["until"]) == (
        4,
        "2023-11-14T22:13:00Z",
        "2023-11-14T22:14:00Z",
    )
    assert len(set(ids_of(receiver))) == MOST + 1


async def test_webhooks_w24_a_summary_waits_for_its_minute_and_is_signed(flooded, receiver):
    """Nothing is summed up before a minute is over; then it is signed like any other event."""
    await happen(flooded, *["internal_error"] * 3)
    await later(flooded, 30)
    assert await flooded.states() == ["delivered"] * MOST

    await happen(flooded, *["internal_error"] * 3)
    await later(flooded, 65)

    sent = receiver.received[-1]
    verify(sent.body, sent.headers, [parse_secret(flooded.secret)], now=NOW + 95)
    assert [kind for kind, _ in told(receiver)].count("error.summary") == 1


async def test_webhooks_w24_every_minute_has_its_summary(flooded, receiver):
    """Two minutes of flood are two summaries; a minute without any has none."""
    for _ in range(2):
        await happen(flooded, *["internal_error"] * 3)
        await later(flooded, 60)

    await later(flooded, 120)

    assert [counts for kind, counts in told(receiver) if kind == "error.summary"] == [
        {"internal_error": 1},
        {"internal_error": 1},
    ]


async def test_webhooks_w24_what_is_counted_late_is_told_late(flooded, receiver):
    """Counts of a minute that was told already (from a spool) come in a summary of their own."""
    await happen(flooded, *["internal_error"] * 3)
    await later(flooded, 120)
    late = ((flooded.endpoint.id, int(MINUTE), "internal_error", 7),)

    await flooded.faults.append(RecordBatch(id=secrets.token_hex(16), flooded=late))
    await later(flooded)

    assert [counts for kind, counts in told(receiver) if kind == "error.summary"] == [
        {"internal_error": 1},
        {"internal_error": 7},
    ]


async def test_webhooks_w24_a_disabled_endpoint_keeps_its_summary(flooded, receiver):
    """What it would have been told is stored as skipped, like its other events."""
    await flooded.webhooks.disable(flooded.endpoint.id)
    await happen(flooded, *["internal_error"] * 3)

    await later(flooded, 120)

    assert receiver.received == []
    assert await flooded.states() == ["skipped_disabled"] * (MOST + 1)


async def test_webhooks_w24_a_deleted_endpoint_has_no_summary(flooded, receiver):
    """Counts of nobody are dropped, and stop nothing."""
    await happen(flooded, *["internal_error"] * 3)
    await flooded.endpoints.remove(flooded.endpoint.id, now=flooded.clock.now())
    other = await flooded.subscribe(receiver)
    await happen(flooded, *["internal_error"] * 3)

    await later(flooded, 120)

    assert told(receiver)[MOST:] == [("error.summary", {"internal_error": 1})]
    assert await flooded.states(other) == ["delivered"] * (MOST + 1)


async def test_webhooks_w24_a_failed_webhook_is_no_error_to_tell_of(flooded, receiver):
    """Deliveries that fail make attempts, not faults: nothing is told of them, for ever."""
    receiver.answer = http("500 Broken")
    await happen(flooded, "internal_error")

    for _ in range(12):
        await later(flooded, 100_000)

    assert await flooded.states() == ["exhausted"]
    assert len(set(ids_of(receiver))) == 1
    assert len(await flooded.faults.list(RecordQuery())) == 1
