"""Samples: a webhook on demand, with its answer."""

import json

import pytest

from failwell.core.exceptions import NotFoundError
from failwell.webhooks.secret import parse_secret
from failwell.webhooks.signature import verify
from tests.webhooks.endpoint_host import http
from tests.webhooks.values import NOW


async def test_webhooks_w23_a_sample_is_signed_and_says_so(pipeline, receiver, other_receiver):
    """A sample goes to one endpoint, signed as the real ones are, with `test` as last member."""
    await pipeline.subscribe(other_receiver)
    endpoint = await pipeline.subscribe(receiver)

    await pipeline.webhooks.send_sample(endpoint.id, api="connix", tenant="org_1")

    (sent,) = receiver.received
    verify(sent.body, sent.headers, [parse_secret(pipeline.secret)], now=NOW)
    assert list(json.loads(sent.body).items())[-1] == ("test", True)
    assert other_receiver.received == []


async def test_webhooks_w23_the_answer_to_a_sample_is_shown_and_logged(pipeline, receiver):
    """Whoever asked sees what came back at once, and finds it in the log later."""
    endpoint = await pipeline.subscribe(receiver)
    receiver.answer = http("418 Teapot", b"short and stout")

    sample = await pipeline.webhooks.send_sample(endpoint.id)

    assert (sample.attempt.status, sample.attempt.error) == (418, "http")
    assert sample.attempt.response_body == b"short and stout"
    logged = await pipeline.outbox.get(sample.delivery.id)
    assert (logged.state, logged.test, logged.attempts) == ("exhausted", True, 1)
    assert await pipeline.outbox.attempts(logged.id) == (sample.attempt,)


async def test_webhooks_w23_a_sample_is_sent_once_and_counts_for_nothing(pipeline, receiver):
    """A sample that fails is not repeated and says nothing about the health of its endpoint."""
    endpoint = await pipeline.subscribe(receiver)
    receiver.answer = http("410 Gone")

    await pipeline.webhooks.send_sample(endpoint.id)
    pipeline.clock.advance(86_400)

    assert await pipeline.webhooks.run_due() == 0
    assert await pipeline.endpoints.get(endpoint.id) == endpoint


async def test_webhooks_w23_a_disabled_endpoint_can_be_tried(pipeline, receiver):
    """A sample shows the owner of a disabled endpoint whether it works again."""
    endpoint = await pipeline.subscribe(receiver)
    await pipeline.webhooks.disable(endpoint.id)

    sample = await pipeline.webhooks.send_sample(endpoint.id)

    assert sample.delivery.state == "delivered"
    assert (await pipeline.endpoints.get(endpoint.id)).state == "disabled"


@pytest.mark.parametrize("owner", [{"api": "ixon"}, {"tenant": "org_2"}])
async def test_webhooks_w23_nobody_tries_what_belongs_to_others(pipeline, receiver, owner):
    """An endpoint is found only within the API and the tenant it belongs to."""
    endpoint = await pipeline.subscribe(receiver)

    with pytest.raises(NotFoundError):
        await pipeline.webhooks.send_sample(endpoint.id, **owner)

    assert receiver.received == []
