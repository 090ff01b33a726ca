"""A fault is told to those who asked for it, and to nobody else."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.webhooks.payload import event_of, standard
from failwell.webhooks.subscriptions import Matched, Subscriptions
from tests.webhooks.values import Known, make_endpoint, make_record


def subscriptions(*endpoints, **options):
    options = {"payloads": {}, **options}
    return Subscriptions(Known(*endpoints), **options)


def told(matched):
    return [each.endpoint_id for each in matched.deliveries]


@pytest.mark.parametrize(
    ("api", "tenant", "hears"),
    [
        ("connix", "org_1", True),
        ("connix", None, True),
        (None, "org_1", True),
        (None, None, True),
        ("connix", "org_2", False),
        ("ixon", "org_1", False),
        ("ixon", None, False),
        (None, "org_2", False),
    ],
)
def test_an_endpoint_hears_of_its_own_api_and_tenant(api, tenant, hears):
    """Others' faults are not told; who asked for all of them, an operator, hears all."""
    known = subscriptions(make_endpoint(api=api, tenant=tenant))

    assert known.interested("connix", "org_1") is hears
    assert bool(known.match(make_record()).deliveries) is hears


def test_faults_of_nobody_are_told_to_operators_only():
    """A call without credentials has no tenant, so no tenant hears of it."""
    tenants, operators = make_endpoint(id="whk_1"), make_endpoint(id="whk_2", tenant=None)

    matched = subscriptions(tenants, operators).match(make_record(tenant=None))

    assert told(matched) == ["whk_2"]
    assert not subscriptions(tenants).interested("connix", None)


def test_nobody_is_interested_where_nobody_is():
    """Without endpoints the question costs nothing and the answer is no."""
    assert not subscriptions().interested("connix", "org_1")
    assert subscriptions().match(make_record()) == Matched()


def test_what_nobody_asked_for_is_told_to_nobody():
    """An endpoint of other event types hears nothing of errors."""
    known = subscriptions(make_endpoint(events=("something.else",)))

    assert not known.interested("connix", "org_1")
    assert known.match(make_record()) == Matched()


def test_webhooks_w18_one_fault_is_one_event_for_all():
    """Every endpoint gets a delivery of its own, of the same event with the same bytes."""
    endpoints = [make_endpoint(id=f"whk_{number}") for number in range(3)]
    record = make_record()

    matched = subscriptions(*endpoints).match(record)

    assert told(matched) == ["whk_0", "whk_1", "whk_2"]
    assert {each.event_id for each in matched.deliveries} == {event_of(record).id}
    assert {each.body for each in matched.deliveries} == {standard(event_of(record))}
    assert len({each.id for each in matched.deliveries}) == 3


def test_each_endpoint_gets_its_own_shape():
    """A body is written once for each shape; a shape nobody knows is the standard one."""
    written = []

    def own(event):
        written.append(event)
        return b"own"

    endpoints = [
        make_endpoint(id="whk_0", shape="connix"),
        make_endpoint(id="whk_1", shape="connix"),
        make_endpoint(id="whk_2", shape="lost"),
    ]
    matched = subscriptions(*endpoints, payloads={"connix": own}).match(make_record())

    assert [each.body for each in matched.deliveries] == [
        b"own",
        b"own",
        standard(event_of(make_record())),
    ]
    assert len(written) == 1


def test_webhooks_w22_filters_are_looked_at_when_the_fault_happens():
    """Editing a filter changes what is matched next, not what was matched before."""
    before = make_endpoint(filters={"severity": ("high",)})
    store = Known(before)
    known = Subscriptions(store, payloads={})

    matched = known.match(make_record())
    store.known = (msgspec.structs.replace(before, filters={"severity": ("critical",)}),)

    assert told(matched) == [before.id]
    assert known.match(make_record(request_id="req_2")) == Matched()
    assert told(known.match(make_record(severity="critical"))) == [before.id]


def test_endpoints_come_and_go():
    """What the store knows counts at once: a new endpoint hears, a deleted one does not."""
    store = Known()
    known = Subscriptions(store, payloads={})
    assert not known.interested("connix", "org_1")

    store.known = (make_endpoint(),)
    assert known.interested("connix", "org_1")

    store.known = ()
    assert known.match(make_record()) == Matched()


def test_webhooks_w24_beyond_the_limit_of_a_minute_events_are_counted():
    """So many are told one by one; each further one is counted with its code and window."""
    known = subscriptions(make_endpoint(), flood_per_minute=3)
    records = [make_record(request_id=f"req_{number}") for number in range(5)]

    matched = [known.match(record) for record in records]

    assert [len(each.deliveries) for each in matched] == [1, 1, 1, 0, 0]
    window = 1705335600
    assert matched[3].flooded == (("whk_1234567890abcdef", window, "internal_error", 1),)
    assert matched[4].flooded == matched[3].flooded


def test_webhooks_w24_a_new_minute_begins_anew():
    """The limit counts whole minutes of the clock, also when that steps back."""
    known = subscriptions(make_endpoint(), flood_per_minute=1)
    start = make_record().at

    outcomes = [
        bool(known.match(make_record(at=at)).deliveries)
        for at in (start, start + 59.9, start + 60, start + 61, start - 3600)
    ]

    assert outcomes == [True, False, True, False, True]


def test_webhooks_w24_a_flood_of_one_does_not_silence_another():
    """Each endpoint has a limit of its own, and what its filters refuse does not count."""
    quiet = make_endpoint(id="whk_quiet", filters={"code": ("rate_limit_exceeded",)})
    known = subscriptions(make_endpoint(id="whk_loud"), quiet, flood_per_minute=2)
    for number in range(4):
        known.match(make_record(request_id=f"req_{number}"))

    matched = known.match(make_record(code="rate_limit_exceeded"))

    assert told(matched) == ["whk_quiet"]
    assert [each[0] for each in matched.flooded] == ["whk_loud"]


def test_webhooks_w26_a_disabled_endpoint_is_not_forgotten():
    """What matched while it was disabled is stored as skipped."""
    known = subscriptions(make_endpoint(state="disabled"))

    (delivery,) = known.match(make_record()).deliveries

    assert known.interested("connix", "org_1")
    assert delivery.state == "skipped_disabled"


@given(
    endpoints=st.lists(
        st.builds(
            make_endpoint,
            id=st.uuids().map(lambda each: f"whk_{each.hex[:16]}"),
            api=st.sampled_from([None, "connix", "ixon"]),
            tenant=st.sampled_from([None, "org_1", "org_2"]),
            events=st.sampled_from([("error.occurred",), ()]),
            filters=st.sampled_from([{}, {"severity": ("high",)}, {"status": ("4xx",)}]),
            state=st.sampled_from(["active", "probing", "disabled"]),
        ),
        max_size=8,
    ),
    api=st.sampled_from(["connix", "ixon", "connxt"]),
    tenant=st.sampled_from([None, "org_1", "org_2", "org_3"]),
    status=st.sampled_from([404, 500]),
)
def test_who_is_told_is_what_a_plain_loop_finds(endpoints, api, tenant, status):
    """Looking up is only quicker than asking every endpoint; it never finds anybody else."""
    known = subscriptions(*endpoints)
    record = make_record(api=api, tenant=tenant, status=status)

    wanted = [
        each.id
        for each in endpoints
        if each.events
        and each.api in (None, api)
        and each.tenant in (None, tenant)
        and (each.filters.get("status") is None or status == 404)
    ]

    assert sorted(told(known.match(record))) == sorted(wanted)
    assert known.interested(api, tenant) or not wanted
