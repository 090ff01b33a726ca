"""Attempts of a delivery: how they look, how far apart they are, what ends them."""

import base64
import hmac
import itertools

import pytest

from failwell.stores.endpoints import EndpointChanges
from failwell.testing import FakeClock
from failwell.webhooks.schedule import USUAL_SCHEDULE
from failwell.webhooks.secret import parse_secret, rotated
from failwell.webhooks.signature import WebhookVerificationError, verify
from tests.webhooks.endpoint_host import OK, http
from tests.webhooks.pipeline import events_of, ids_of, running
from tests.webhooks.stepping_clock import SteppingClock
from tests.webhooks.values import NOW, VAULT

BROKEN = http("500 Internal Server Error", b"no")


async def fail_until_exhausted(pipeline, delivery_id):
    """Go from attempt to attempt; returns when each of them was made, from the first one."""
    moments = []
    while (delivery := await pipeline.outbox.get(delivery_id)).state == "pending":
        pipeline.clock.advance(max(0.0, delivery.next_at - pipeline.clock.now()))
        moments.append(pipeline.clock.now() - NOW)
        assert await pipeline.webhooks.run_due() == 1
    return moments


async def test_webhooks_w06_a_retry_repeats_id_and_bytes(pipeline, receiver):
    """Every attempt has the same id and body, and a timestamp and signature of its own."""
    endpoint = await pipeline.subscribe(receiver)
    await pipeline.happen(endpoint)
    receiver.answer = BROKEN

    await pipeline.webhooks.run_due()
    pipeline.clock.advance(5.0)
    await pipeline.webhooks.run_due()

    first, second = receiver.received
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
    assert [each.headers["webhook-attempt"] for each in (first, second)] == ["1", "2"]
    keys = [parse_secret(pipeline.secret)]
    for seconds, sent in ((0, first), (5, second)):
        verified = verify(sent.body, sent.headers, keys, now=NOW + seconds, tolerance=0)
        assert verified.timestamp == NOW + seconds


async def test_webhooks_w03_the_signature_covers_what_arrives(pipeline, receiver):
    """Anybody with the secret finds the signature of the bytes that came, by the plain recipe."""
    endpoint = await pipeline.subscribe(receiver)
    await pipeline.happen(endpoint)

    await pipeline.webhooks.run_due()

    sent = receiver.received[0]
    fields = (sent.headers["webhook-id"], sent.headers["webhook-timestamp"])
    content = ".".join(fields).encode() + b"." + sent.body
    key = base64.b64decode(pipeline.secret.removeprefix("whsec_"))
    mac = base64.b64encode(hmac.digest(key, content, "sha256")).decode()
    assert sent.headers["webhook-signature"] == f"v1,{mac}"


async def test_webhooks_w07_a_running_sender_follows_a_rotation(pipeline, receiver):
    """Keys that were opened for one attempt are not those of the next, once secrets change."""
    endpoint = await pipeline.subscribe(receiver)
    await pipeline.happen(endpoint)
    await pipeline.webhooks.run_due()
    new, secrets = rotated(endpoint.secrets, VAULT, endpoint_id=endpoint.id, now=NOW, overlap=60)
    await pipeline.endpoints.update(endpoint.id, EndpointChanges(secrets=secrets))

    await pipeline.happen(endpoint)
    await pipeline.webhooks.run_due()
    pipeline.clock.advance(60)
    await pipeline.happen(endpoint)
    await pipeline.webhooks.run_due()

    first, during, after = receiver.received
    signatures = [each.headers["webhook-signature"].split() for each in (first, during, after)]
    assert [len(each) for each in signatures] == [1, 2, 1]
    for sent, secret, seconds in (
        (first, pipeline.secret, 0),
        (during, pipeline.secret, 0),
        (during, new, 0),
        (after, new, 60),
    ):
        verify(sent.body, sent.headers, [parse_secret(secret)], now=NOW + seconds)
    with pytest.raises(WebhookVerificationError):
        verify(after.body, after.headers, [parse_secret(pipeline.secret)], now=NOW + 60)


async def test_webhooks_w12_ten_attempts_follow_the_schedule(pipeline, receiver):
    """A receiver that never succeeds gets ten attempts, each exactly its wait after the last."""
    endpoint = await pipeline.subscribe(receiver)
    (delivery_id,) = await pipeline.happen(endpoint)
    receiver.answer = BROKEN

    moments = await fail_until_exhausted(pipeline, delivery_id)

    waits = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert waits == pytest.approx(USUAL_SCHEDULE[1:], abs=0.01)


async def test_webhooks_w12_an_endpoint_may_have_a_schedule_of_its_own(pipeline, receiver):
    """An endpoint's own list of waits replaces the usual one."""
    endpoint = await pipeline.subscribe(receiver, schedule=(0.0, 60.0, 90.0))
    (delivery_id,) = await pipeline.happen(endpoint)
    receiver.answer = BROKEN

    moments = await fail_until_exhausted(pipeline, delivery_id)

    assert moments == pytest.approx([0, 60, 150], abs=0.01)


async def test_webhooks_w13_exhausted_is_told_and_kept(pipeline, receiver):
    """After its last failure a delivery is exhausted; operators hear of it and can resend it."""
    endpoint = await pipeline.subscribe(receiver, schedule=(0.0,))
    (delivery_id,) = await pipeline.happen(endpoint)
    receiver.answer = BROKEN
    await pipeline.webhooks.run_due()

    delivery = await pipeline.outbox.get(delivery_id)
    (event,) = await pipeline.endpoints.told()
    assert (delivery.state, delivery.next_at) == ("exhausted", None)
    assert (event.type, event.endpoint_id) == ("delivery.exhausted", endpoint.id)
    assert event.data["delivery_id"] == delivery_id
    assert (event.data["last_status"], event.data["last_error"]) == (500, "http")

    receiver.answer = OK
    await pipeline.webhooks.redeliver(delivery_id)
    await pipeline.webhooks.run_due()
    assert await pipeline.states() == ["delivered"]


async def test_webhooks_w14_a_restart_keeps_the_schedule(file, receiver):
    """A new process sends neither earlier nor later than the one before would have."""
    receiver.answer = BROKEN
    async with running(file) as pipeline:
        endpoint = await pipeline.subscribe(receiver)
        (delivery_id,) = await pipeline.happen(endpoint)
        await pipeline.webhooks.run_due()
        planned = (await pipeline.outbox.get(delivery_id)).next_at

    async with running(file, clock=FakeClock(NOW + 2)) as pipeline:
        await pipeline.webhooks.courier.take_over()
        assert planned == pytest.approx(NOW + 5, abs=0.01)
        assert (await pipeline.outbox.get(delivery_id)).next_at == planned
        assert await pipeline.webhooks.run_due() == 0

        pipeline.clock.advance(3.1)
        assert await pipeline.webhooks.run_due() == 1


async def test_webhooks_w14_a_clock_put_back_neither_hurries_nor_holds_up(file, receiver):
    """After a step back of an hour a retry comes when its five seconds have passed, once."""
    receiver.answer = BROKEN
    async with running(file, clock=SteppingClock(NOW)) as pipeline:
        endpoint = await pipeline.subscribe(receiver)
        await pipeline.happen(endpoint)
        await pipeline.webhooks.run_due()
        pipeline.clock.step(-3_600)
        assert await pipeline.webhooks.run_due() == 0

        pipeline.clock.advance(5.1)
        receiver.answer = OK
        assert await pipeline.webhooks.run_due() == 1
        await pipeline.happen(endpoint)
        assert await pipeline.webhooks.run_due() == 1

        assert await pipeline.states() == ["delivered", "delivered"]
        # Receivers compare with their own clocks, which nobody put back for our sake.
        assert receiver.received[1].headers["webhook-timestamp"] == str(int(NOW - 3_600 + 5.1))


async def test_webhooks_w14_a_clock_from_the_future_is_outlived(file, receiver):
    """What a clock that was a year ahead has scheduled comes within the longest wait."""
    receiver.answer = BROKEN
    async with running(file, clock=FakeClock(NOW + 365 * 86_400)) as pipeline:
        endpoint = await pipeline.subscribe(receiver)
        (delivery_id,) = await pipeline.happen(endpoint)
        await pipeline.webhooks.run_due()

    async with running(file) as pipeline:
        await pipeline.webhooks.courier.take_over()
        planned = (await pipeline.outbox.get(delivery_id)).next_at
        assert planned == pytest.approx(NOW + 1.1 * 86_400)


async def test_webhooks_w11_gone_ends_everything_for_the_endpoint(pipeline, receiver):
    """After a 410 nothing is sent to an endpoint: it is disabled, what waits is parked."""
    endpoint = await pipeline.subscribe(receiver)
    await pipeline.happen(endpoint)
    receiver.answer = http("410 Gone")
    await pipeline.webhooks.run_due()
    await pipeline.happen(endpoint)

    assert await pipeline.webhooks.run_due() == 0

    gone = await pipeline.endpoints.get(endpoint.id)
    assert (gone.state, gone.disabled_reason) == ("disabled", "gone")
    assert await pipeline.states() == ["parked", "skipped_disabled"]
    assert await pipeline.told() == ["endpoint.disabled"]


async def test_webhooks_w11_retry_after_holds_back_the_endpoint(pipeline, receiver, other_receiver):
    """While a receiver asks for patience it gets nothing, and others are not concerned."""
    endpoint, other = await pipeline.subscribe(receiver), await pipeline.subscribe(other_receiver)
    await pipeline.happen(endpoint)
    receiver.answer = http("429 Too Many Requests", b"", "Retry-After: 120")
    await pipeline.webhooks.run_due()
    receiver.answer = OK
    await pipeline.happen(endpoint, other)

    pipeline.clock.advance(119)
    assert await pipeline.webhooks.run_due() == 1
    assert (len(receiver.received), len(other_receiver.received)) == (1, 1)

    pipeline.clock.advance(1.1)
    assert await pipeline.webhooks.run_due() == 2
    assert len(receiver.received) == 3


async def test_webhooks_w11_a_refused_message_is_not_sent_again(pipeline, receiver):
    """A receiver that aborts a message is never sent it again, and is sent the next one."""
    endpoint = await pipeline.subscribe(receiver)
    await pipeline.happen(endpoint)
    receiver.answer = http("400 Bad Request", b"", "webhook-delivery: abort-message")
    await pipeline.webhooks.run_due()
    receiver.answer = OK
    await pipeline.happen(endpoint)
    pipeline.clock.advance(86_400)

    assert await pipeline.webhooks.run_due() == 1
    assert await pipeline.states() == ["refused", "delivered"]


async def test_webhooks_w28_every_attempt_is_logged(pipeline, receiver):
    """Of each attempt is kept when, how long, where to, what was sent, what came back, by whom."""
    endpoint = await pipeline.subscribe(receiver)
    (delivery_id,) = await pipeline.happen(endpoint)
    receiver.answer = http("500 Internal Server Error", b"x" * 5_000, "X-Reason: broken")
    await pipeline.webhooks.run_due()
    pipeline.clock.advance(5)
    receiver.answer = OK
    await pipeline.webhooks.run_due()

    first, second = await pipeline.outbox.attempts(delivery_id)

    sent = dict(first.request_headers)
    assert (first.number, first.at, first.url) == (1, NOW, receiver.url)
    assert first.seconds > 0
    assert (first.status, first.error) == (500, "http")
    assert dict(first.response_headers)["x-reason"] == "broken"
    assert first.response_body == b"x" * 4_096
    assert sent["webhook-signature"] == receiver.received[0].headers["webhook-signature"]
    assert pipeline.secret not in str(first)
    assert first.worker != second.worker
    assert (second.number, second.status, second.error) == (2, 200, None)


async def test_webhooks_w28_a_hostile_answer_is_only_logged(pipeline, receiver, other_receiver):
    """Whatever bytes a receiver answers with, its attempt is stored and nobody else waits."""
    endpoint, other = await pipeline.subscribe(receiver), await pipeline.subscribe(other_receiver)
    delivery_id, _ = await pipeline.happen(endpoint, other)
    fields = ("X-\xe9: \xff\xfe", "Retry-After: \xff")
    receiver.answer = http("500 No", b"\xff\x00\xed\xa0\x80", *fields)

    await pipeline.webhooks.run_due()

    (attempt,) = await pipeline.outbox.attempts(delivery_id)
    assert attempt.error == "http"
    assert len(other_receiver.received) == 1
    assert await pipeline.states(other) == ["delivered"]


async def test_webhooks_w35_a_blocked_target_is_asked_once_an_hour(file, receiver):
    """A target that may not be called is tried hourly at most, reached never, and counts as ill."""
    async with running(file, allow=()) as pipeline:
        endpoint = await pipeline.subscribe(receiver)
        (delivery_id,) = await pipeline.happen(endpoint)

        await pipeline.webhooks.run_due()
        pipeline.clock.advance(3_599)
        assert await pipeline.webhooks.run_due() == 0
        pipeline.clock.advance(1.1)
        assert await pipeline.webhooks.run_due() == 1

        attempts = await pipeline.outbox.attempts(delivery_id)
        assert [each.error for each in attempts] == ["blocked", "blocked"]
        assert receiver.connections == 0
        assert (await pipeline.endpoints.get(endpoint.id)).failed_attempts == 2


async def test_webhooks_w18_an_event_is_enqueued_once_for_an_endpoint(
    pipeline, receiver, other_receiver
):
    """The same fault recorded twice is told once, to each of the endpoints that want it."""
    await pipeline.subscribe(receiver)
    await pipeline.subscribe(other_receiver)
    for _ in range(2):
        await pipeline.record(request_id="req_1234567890abcdef")

    assert await pipeline.webhooks.run_due() == 2
    assert ids_of(receiver) == ids_of(other_receiver)
    assert len(receiver.received) == 1


async def test_webhooks_w22_what_is_queued_keeps_its_filter(pipeline, receiver):
    """A filter that changes afterwards takes nothing back that matched when it happened."""
    endpoint = await pipeline.subscribe(receiver, filters={"severity": ("high",)})
    await pipeline.record(severity="high")
    changes = EndpointChanges(filters={"severity": ("low",)})
    await pipeline.endpoints.update(endpoint.id, changes)
    await pipeline.record(severity="high")

    assert await pipeline.webhooks.run_due() == 1
    assert [each["data"]["error"]["severity"] for each in events_of(receiver)] == ["high"]
