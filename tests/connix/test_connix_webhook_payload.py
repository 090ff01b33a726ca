"""The body of a Connix webhook is that of its page."""

import re

import msgspec

from failwell.apis.connix.webhook_payload import PAYLOAD
from failwell.webhooks.payload import event_of, sample_event, summary_event
from tests.source_tree import ROOT
from tests.webhooks.values import NOW, make_endpoint, make_record

PAGE = b"""{
"event": "error.occurred",
"timestamp": "2024-01-15T16:20:00Z",
"data": {
"error": {
"code": "internal_error",
"message": "Database connection failed",
"severity": "high",
"affected_resources": ["proj_1234567890abcdef"]
},
"user_id": "user_1234567890abcdef",
"request_id": "req_1234567890abcdef"
}
}"""


def test_webhooks_w02_the_body_is_that_of_the_page():
    """The page's fault gives the page's body: the same members in the same order, compact."""
    assert PAYLOAD(event_of(make_record())) == msgspec.json.format(PAGE, indent=-1)


def test_webhooks_w02_our_page_shows_the_same():
    """The body in docs/connix.md is that of the page."""
    text = (ROOT / "docs" / "connix.md").read_text("utf-8")
    (shown,) = re.findall(r"^```json\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)

    assert msgspec.json.format(shown.encode(), indent=-1) == msgspec.json.format(PAGE, indent=-1)


def test_webhooks_w23_a_sample_has_one_more_member():
    """``test`` comes last, so that nobody takes a sample for an incident."""
    sample = msgspec.json.decode(PAYLOAD(sample_event(make_endpoint(), now=NOW)))
    page = msgspec.json.decode(PAGE)

    assert list(sample) == [*page, "test"]
    assert sample["test"] is True
    assert list(sample["data"]) == list(page["data"])
    assert list(sample["data"]["error"]) == list(page["data"]["error"])


def test_webhooks_w24_a_summary_keeps_the_outer_members():
    """Where the page has nothing to say, event and timestamp are where readers look for them."""
    event = summary_event(make_endpoint(), since=NOW, until=NOW + 60, counts={"internal_error": 2})

    body = msgspec.json.decode(PAYLOAD(event))

    assert list(body) == ["event", "timestamp", "data"]
    assert body["event"] == "error.summary"
    assert body["data"]["counts"] == {"internal_error": 2}


def test_webhooks_w01_a_large_body_says_that_it_was_cut():
    """Only then there is a member that the page does not have."""
    affected = tuple(f"proj_{number:0500}" for number in range(100))

    body = PAYLOAD(event_of(make_record(affected=affected)))

    assert len(body) <= 20_000
    assert list(msgspec.json.decode(body)) == ["event", "timestamp", "data", "truncated"]
