"""Backoff: full jitter within bounds that double, and padding that only lengthens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.resilience.backoff import backoff, padded
from failwell.resilience.policy import RetryPolicy

SHARES = st.floats(0, 1)
POLICIES = st.builds(
    RetryPolicy,
    base=st.floats(0, 10),
    throttle_base=st.floats(0, 10),
    cap=st.floats(0, 100),
)


@pytest.mark.parametrize(
    ("retry_number", "throttled", "most"),
    [(1, False, 0.1), (2, False, 0.2), (3, False, 0.4), (1, True, 1.0), (2, True, 2.0)]
    + [(8, False, 12.8), (9, False, 20.0), (6, True, 20.0), (10**9, True, 20.0)],
)
def test_the_bound_doubles_up_to_the_cap(retry_number, throttled, most):
    """The longest wait is the base, then twice as much each time, then the cap (N24)."""
    wait = backoff(retry_number, policy=RetryPolicy(), throttled=throttled, random=lambda: 1.0)

    assert wait == pytest.approx(most)


@pytest.mark.parametrize(("throttled", "least"), [(False, 0.025), (True, 0.25)])
def test_no_retry_is_immediate(throttled, least):
    """Even the luckiest draw waits a quarter of the base (N24)."""
    for retry_number in (0, 1, 5, 1000):
        wait = backoff(retry_number, policy=RetryPolicy(), throttled=throttled, random=lambda: 0.0)

        assert wait == pytest.approx(least)


@given(st.integers(-5, 5000), POLICIES, st.booleans(), SHARES)
def test_a_backoff_stays_within_its_bounds(retry_number, policy, throttled, share):
    """Never negative, never above the cap nor above the doubled base."""
    base = policy.throttle_base if throttled else policy.base

    wait = backoff(retry_number, policy=policy, throttled=throttled, random=lambda: share)

    assert 0 <= wait <= policy.cap * (1 + 1e-9)
    if retry_number < 500:
        assert wait <= base * 2.0 ** max(retry_number - 1, 0) * (1 + 1e-9)


@given(st.integers(1, 5000), POLICIES, st.booleans(), SHARES)
def test_the_bound_never_shrinks(retry_number, policy, throttled, share):
    """With the same luck a later retry waits at least as long."""
    now, later = (
        backoff(number, policy=policy, throttled=throttled, random=lambda: share)
        for number in (retry_number, retry_number + 1)
    )

    assert later >= now


@given(st.floats(0, 1e10), SHARES)
def test_padding_only_lengthens_a_little(wait, share):
    """Never earlier than asked; at most a tenth or half a second later (N1)."""
    longer = padded(wait, lambda: share)

    assert wait <= longer <= wait + max(0.1 * wait, 0.5) * (1 + 1e-9)


@given(st.floats(0, 1e4), SHARES, st.floats(0, 1e4))
def test_padding_stops_at_the_deadline_but_never_before_the_wait(wait, share, most):
    """What the server asked for is kept; only the padding gives way."""
    assert wait <= padded(wait, lambda: share, most=most) <= max(wait, most)


@pytest.mark.parametrize(
    ("wait", "longest"),
    [(0.1, 0.2), (0.5, 1.0), (2.0, 2.5), (5.0, 5.5), (20.0, 22.0), (60.0, 66.0)],
)
def test_padding_spreads_those_who_were_told_the_same(wait, longest):
    """There is room to spread in: as much again, then half a second, then a tenth."""
    assert padded(wait, lambda: 0.0) == wait
    assert padded(wait, lambda: 1.0) == pytest.approx(longest)


def test_at_once_stays_at_once():
    """A wait of nothing is not padded (N7)."""
    assert padded(0.0, lambda: 1.0) == 0.0


@pytest.mark.parametrize(
    "wrong", [{"attempts": 0}, {"base": -1.0}, {"cap": float("nan")}, {"max_wait": -0.1}]
)
def test_a_policy_that_cannot_be_meant_is_refused(wrong):
    """No attempt, negative times and NaN are mistakes, said at once."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        RetryPolicy(**wrong)
