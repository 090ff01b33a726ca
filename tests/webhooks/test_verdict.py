"""Verdicts: what a delivery and its endpoint do after an attempt."""

from email.utils import formatdate
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.stores.outbox import Attempt, AttemptError, Delivery
from failwell.webhooks.schedule import USUAL_SCHEDULE
from failwell.webhooks.verdict import verdict
from tests.webhooks.values import NOW, make_endpoint

SHARES = st.floats(0, 1, exclude_max=True)
DAY = 86_400.0


def make_delivery(tries=0):
    return Delivery(
        id="dlv_1234567890abcdef",
        event_id="msg_1",
        endpoint_id="whk_1234567890abcdef",
        api="connix",
        tenant="org_1",
        event_type="error.occurred",
        body=b"{}",
        created_at=NOW,
        seq=1,
        tries=tries,
        attempts=tries,
        next_at=NOW,
    )


def make_attempt(status=500, error="http", headers=()):
    return Attempt(
        delivery_id="dlv_1234567890abcdef",
        number=1,
        at=NOW,
        seconds=0.0,
        url="https://yourapp.example.com/webhooks/connix",
        request_headers=(),
        status=status,
        response_headers=tuple(headers),
        error=error,
    )


def judged(attempt, *, tries=0, random=0.0, schedule=USUAL_SCHEDULE, **endpoint):
    return verdict(
        attempt,
        make_delivery(tries),
        make_endpoint(**endpoint),
        now=NOW,
        schedule=schedule,
        random=lambda: random,
    )


@given(st.integers(0, 8), SHARES, st.sampled_from(get_args(AttemptError)))
def test_webhooks_w10_every_class_of_failure_is_retried(tries, share, error):
    """Whatever kept an attempt from arriving, the next one follows as the schedule says (W12)."""
    outcome = judged(make_attempt(None, error), tries=tries, random=share)

    wait = USUAL_SCHEDULE[tries + 1]
    earliest = max(wait, 3_600.0) if error == "blocked" else wait
    latest = max(wait * 1.1, 3_600.0) if error == "blocked" else wait * 1.1
    assert outcome.state == "pending"
    assert earliest <= outcome.next_at - NOW <= latest + 1e-3
    assert outcome.throttle_until is None


@pytest.mark.parametrize("error", get_args(AttemptError))
def test_webhooks_w13_the_tenth_failure_is_the_last(error):
    """After its last attempt a delivery is exhausted and waits for nothing."""
    outcome = judged(make_attempt(None, error), tries=9)

    assert (outcome.state, outcome.next_at) == ("exhausted", None)


def test_webhooks_w11_gone_disables_the_endpoint():
    """A 410 ends everything for its endpoint; its delivery waits with the others."""
    outcome = judged(make_attempt(410))

    assert (outcome.state, outcome.disable) == ("parked", "gone")


@pytest.mark.parametrize("value", ["abort-message", " Abort-Message "])
def test_webhooks_w11_a_receiver_may_refuse_one_message(value):
    """`webhook-delivery: abort-message` on a failure ends this delivery and no other."""
    outcome = judged(make_attempt(400, headers=[("webhook-delivery", value)]))

    assert (outcome.state, outcome.disable, outcome.throttle_until) == ("refused", None, None)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize(
    ("asked", "seconds"),
    [("120", 120), (formatdate(NOW + 120, usegmt=True), 120), ("999999", DAY)],
)
def test_webhooks_w11_retry_after_delays_the_endpoint(status, asked, seconds):
    """An overloaded receiver says when to come back, in seconds or as a date, up to a day."""
    outcome = judged(make_attempt(status, headers=[("retry-after", asked)]))

    assert outcome.next_at - NOW == pytest.approx(seconds, abs=1)
    assert outcome.throttle_until - NOW == pytest.approx(seconds, abs=1)


def test_webhooks_w11_retry_after_never_shortens_the_schedule():
    """The next attempt is at the later one of schedule and `Retry-After`."""
    outcome = judged(make_attempt(503, headers=[("retry-after", "1")]), tries=3)

    assert outcome.next_at - NOW == USUAL_SCHEDULE[4]
    assert outcome.throttle_until - NOW == 1


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_webhooks_w11_overload_without_a_time_pauses_the_endpoint_shortly(status):
    """Without `Retry-After` an overloaded endpoint rests as long as the delivery, or a minute."""
    assert judged(make_attempt(status)).throttle_until - NOW == 5
    assert judged(make_attempt(status), tries=5).throttle_until - NOW == 60


@pytest.mark.parametrize("status", [400, 404, 500, 301])
def test_webhooks_w17_other_answers_delay_nobody_else(status):
    """A failing message has its schedule; the others to its endpoint go on."""
    outcome = judged(make_attempt(status, headers=[("retry-after", "3600")]))

    assert outcome.throttle_until is None
    assert outcome.next_at - NOW == 5


def test_webhooks_w35_blocked_waits_at_least_an_hour():
    """A target that may not be called is tried again at most once an hour."""
    assert judged(make_attempt(None, "blocked")).next_at - NOW == 3_600
    assert judged(make_attempt(None, "blocked"), tries=4).next_at - NOW == 18_000


@given(st.integers(0, 50))
def test_webhooks_w26_failed_probes_come_less_and_less_often(failed):
    """While an endpoint on probation fails, the pause grows as a schedule does."""
    outcome = judged(make_attempt(), state="probing", failed_attempts=failed)

    assert outcome.throttle_until - NOW == USUAL_SCHEDULE[min(failed + 1, 9)]


@given(st.sampled_from([200, 201, 204, 299]), st.text(max_size=20))
def test_webhooks_w08_delivered_is_delivered(status, noise):
    """What arrived is over, whatever header fields say."""
    fields = [("retry-after", noise), ("webhook-delivery", "abort-message")]
    outcome = judged(make_attempt(status, None, fields))

    assert (outcome.state, outcome.next_at, outcome.disable) == ("delivered", None, None)


@given(
    st.integers(100, 999),
    st.dictionaries(st.sampled_from(["retry-after", "ratelimit", "date"]), st.text(max_size=40)),
    st.integers(0, 12),
)
def test_webhooks_w11_hostile_header_fields_break_nothing(status, headers, tries):
    """Whatever a receiver sends, the next attempt is never earlier than its schedule."""
    outcome = judged(make_attempt(status, "http", headers.items()), tries=tries)

    if outcome.state == "pending":
        assert USUAL_SCHEDULE[tries + 1] <= outcome.next_at - NOW <= 1.1 * DAY
