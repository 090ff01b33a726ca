"""The health of an endpoint: how it declines, when operators are warned, when it is given up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.webhooks.health import HealthPolicy, decline, warning_due
from tests.webhooks.values import NOW, make_endpoint

POLICY = HealthPolicy()
DAY = 86_400.0


def failing(*, days, deliveries, **changes):
    return make_endpoint(
        failing_since=NOW - days * DAY, failed_deliveries=deliveries, failed_attempts=1, **changes
    )


@pytest.mark.parametrize(
    ("days", "deliveries", "percentage"),
    [
        (5, 10, 100),
        (50, 100, 100),
        (5, 9, 90),
        (4.99, 1_000, 99),
        (2.5, 10, 50),
        (100, 1, 10),
        (0, 1_000, 0),
    ],
)
def test_webhooks_w25_time_and_deliveries_count_together(days, deliveries, percentage):
    """An endpoint is given up after five days of failures only, and only for ten deliveries."""
    endpoint = failing(days=days, deliveries=deliveries)

    assert decline(endpoint, now=NOW, policy=POLICY) == percentage


def test_webhooks_w25_a_healthy_endpoint_does_not_decline():
    """Without a failure since the last success there is nothing to count."""
    assert decline(make_endpoint(), now=NOW, policy=POLICY) == 0


def test_webhooks_w25_failures_in_a_row_can_have_a_limit():
    """With a limit of failures in a row an endpoint is given up at that many, however fast."""
    endpoint = make_endpoint(failing_since=NOW, failed_attempts=20, failed_deliveries=2)

    assert decline(endpoint, now=NOW, policy=POLICY) == 0
    assert decline(endpoint, now=NOW, policy=HealthPolicy(attempts=20)) == 100


@given(st.floats(-1e6, 1e9), st.integers(0, 10**6), st.floats(0, 1e6))
def test_webhooks_w25_decline_only_grows_while_it_fails(seconds, deliveries, later):
    """Without a success the percentage stays within 0 and 100 and never falls."""
    endpoint = make_endpoint(failing_since=NOW - seconds, failed_deliveries=deliveries)

    first = decline(endpoint, now=NOW, policy=POLICY)
    second = decline(endpoint, now=NOW + later, policy=POLICY)

    assert 0 <= first <= second <= 100


@pytest.mark.parametrize(
    ("warned", "percentage", "mark"),
    [
        (0, 49, None),
        (0, 50, 50),
        (50, 69, None),
        (50, 70, 70),
        (0, 95, 90),
        (90, 100, 100),
        (100, 100, None),
    ],
)
def test_webhooks_w25_each_warning_is_given_once(warned, percentage, mark):
    """At 50, 70, 90 and 100 per cent there is one warning; of several at once the highest."""
    assert warning_due(make_endpoint(warned=warned), percentage, policy=POLICY) == mark
