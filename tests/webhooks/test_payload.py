"""Bodies are compact JSON with known members, bounded, and made once."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.webhooks.payload import (
    LARGEST,
    event_id,
    event_of,
    new_delivery,
    render,
    sample_event,
    standard,
    summary_event,
)
from tests.source_tree import ROOT
from tests.webhooks.values import NOW, make_endpoint, make_record

hostile = st.text(st.characters(codec=None), max_size=20)


def body_of(event):
    return msgspec.json.decode(standard(event))


def test_webhooks_w01_a_body_is_compact_json_in_utf_8():
    """No space that nobody needs, every character as itself."""
    body = standard(event_of(make_record(user_id="user_é\u202e<b>")))

    assert body == msgspec.json.encode(msgspec.json.decode(body))
    assert "user_é\u202e<b>".encode() in body


def test_webhooks_w01_a_large_body_becomes_a_thin_one():
    """Beyond 20 KB every member is still there, shortened, and the body says so."""
    affected = tuple(f"proj_{number:0500}" for number in range(100))

    body = standard(event_of(make_record(affected=affected)))
    thin = msgspec.json.decode(body)

    assert len(body) <= LARGEST
    assert thin["truncated"] is True
    assert list(thin)[-1] == "truncated"
    assert thin["data"]["request_id"] == "req_1234567890abcdef"
    assert thin["data"]["error"]["code"] == "internal_error"
    assert len(thin["data"]["error"]["affected_resources"]) == 10


@given(
    members=st.recursive(
        st.none() | st.floats() | hostile | st.binary(max_size=4) | st.just("é" * 9000),
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(hostile, inner, max_size=5),
        max_leaves=20,
    ).map(lambda value: {"data": value})
)
def test_webhooks_w01_any_value_becomes_a_body_within_bounds(members):
    """Lone surrogates, numbers without end, megabytes: there is a body, and it is small."""
    body = render(members)

    assert len(body) <= LARGEST
    assert "data" in msgspec.json.decode(body)


def test_webhooks_w02_a_fault_is_told_with_the_documented_members():
    """Type, event, moment, error and exchange, in this order, as the record has them."""
    assert list(body_of(event_of(make_record())).items()) == [
        ("type", "error.occurred"),
        ("event", "error.occurred"),
        ("timestamp", "2024-01-15T16:20:00Z"),
        (
            "data",
            {
                "error": {
                    "code": "internal_error",
                    "message": "Database connection failed",
                    "severity": "high",
                    "affected_resources": ["proj_1234567890abcdef"],
                    "status": 500,
                    "api": "connix",
                    "route": "/api/v1/projects/{project_id}",
                },
                "user_id": "user_1234567890abcdef",
                "request_id": "req_1234567890abcdef",
            },
        ),
    ]


def test_webhooks_w02_the_page_shows_what_is_sent():
    """The bodies of docs/webhooks.md are those of an event and of a summary."""
    page = (ROOT / "docs" / "webhooks.md").read_text("utf-8")
    shown = re.findall(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    occurred = event_of(make_record())
    summary = summary_event(
        make_endpoint(),
        since=1705335600.0,
        until=1705335660.0,
        counts={"service_unavailable": 2, "internal_error": 1040},
    )

    assert [msgspec.json.format(each.encode(), indent=-1) for each in shown] == [
        standard(occurred),
        standard(summary),
    ]


def test_webhooks_w02_nothing_private_is_told():
    """Cause, message, headers, body and credential of a record stay where they are."""
    canary = "canary_7f3a"
    private = {
        "message": canary,
        "cause": canary,
        "body": canary,
        "headers": (("x", canary),),
        "credential_id": canary,
        "parent_id": canary,
    }

    assert canary.encode() not in standard(event_of(make_record(**private)))


def test_webhooks_w03_ids_of_events_have_no_dot():
    """An id is ``msg_`` and letters or digits, for any exchange."""
    for event in (
        event_of(make_record(request_id="req.1 \ud800")),
        sample_event(make_endpoint(), now=NOW),
        summary_event(make_endpoint(), since=0, until=60, counts={}),
    ):
        assert re.fullmatch(r"msg_[A-Za-z0-9_]+", event.id)


def test_webhooks_w18_the_same_fault_has_the_same_event_id():
    """One fault is one event, for every endpoint and however often it is recorded."""
    record = make_record()

    assert event_of(record).id == event_of(msgspec.structs.replace(record, at=1.0)).id
    assert event_of(record).id != event_of(make_record(request_id="req_2")).id
    assert event_of(record).id != event_of(make_record(api="ixon")).id
    assert event_id("a", "bc") != event_id("ab", "c")


def test_webhooks_w23_a_sample_says_that_it_is_one():
    """It looks like an event, with ``test`` as its last member."""
    body = body_of(sample_event(make_endpoint(), now=NOW))

    assert list(body) == ["type", "event", "timestamp", "data", "test"]
    assert body["test"] is True
    assert set(body["data"]) == set(body_of(event_of(make_record()))["data"])


def test_webhooks_w24_a_summary_counts_what_was_not_told():
    """One event tells of a window: from when to when, how many of each code."""
    event = summary_event(
        make_endpoint(),
        since=NOW,
        until=NOW + 60,
        counts={"resource_not_found": 3, "internal_error": 7},
    )

    body = body_of(event)

    assert body["type"] == body["event"] == "error.summary"
    assert body["data"] == {
        "message": "More errors than this endpoint is told one by one",
        "api": "connix",
        "since": "2023-11-14T22:13:20Z",
        "until": "2023-11-14T22:14:20Z",
        "total": 10,
        "counts": {"internal_error": 7, "resource_not_found": 3},
    }


@pytest.mark.parametrize(
    ("state", "kept"),
    [("active", "pending"), ("probing", "pending"), ("disabled", "skipped_disabled")],
)
def test_webhooks_w26_a_delivery_to_a_disabled_endpoint_is_kept(state, kept):
    """What a disabled endpoint would have been told can be looked up and sent later."""
    event = event_of(make_record())

    delivery = new_delivery(event, make_endpoint(state=state), payloads={})

    assert delivery.state == kept
    assert delivery.body == standard(event)


def test_a_delivery_says_what_it_is_about():
    """Its columns are those of the fault, its body has the shape its endpoint asked for."""
    event, endpoint = event_of(make_record()), make_endpoint(shape="connix")

    delivery = new_delivery(event, endpoint, payloads={"connix": lambda event: b"own"})

    assert delivery.body == b"own"
    assert re.fullmatch(r"dlv_[0-9a-f]{16}", delivery.id)
    assert (delivery.event_id, delivery.endpoint_id) == (event.id, endpoint.id)
    assert (delivery.tenant, delivery.api) == ("org_1", "connix")
    assert (delivery.code, delivery.status, delivery.severity) == ("internal_error", 500, "high")
    assert delivery.request_id == "req_1234567890abcdef"
    assert delivery.created_at == 1705335600.0
