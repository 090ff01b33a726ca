"""Quota windows against two references: a slow one written plainly, and `limits`."""

import types

import limits.storage.memory
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from failwell.stores.quota import QuotaPolicy
from failwell.stores.quota_memory import MemoryQuotaStore

START = 1_700_000_000.0

policies = st.lists(
    st.builds(
        QuotaPolicy,
        name=st.sampled_from(["a", "b", "c"]),
        limit=st.integers(0, 4),
        seconds=st.integers(1, 20).map(float),
        label=st.just("a while"),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda policy: policy.name,
)
requests = st.lists(
    st.tuples(st.sampled_from(["x", "y"]), st.integers(0, 40).map(lambda n: n / 4)), max_size=60
)


class Plain:
    """Every request that passed, kept for ever; windows are worked out from the beginning."""

    def __init__(self):
        self.passed = {}

    def window(self, partition, policy, now):
        """When the running window ends and how many requests it has, or nothing."""
        ends, used = None, 0
        for moment in self.passed.get(partition, []):
            if ends is None or moment >= ends:
                ends, used = moment + policy.seconds, 0
            used += 1
        return (ends, used) if ends is not None and now < ends else (now + policy.seconds, 0)

    def hit(self, partition, asked, now):
        """Whether the request passes."""
        windows = [(policy, *self.window(partition, policy, now)) for policy in asked]
        waits = [ends - now for policy, ends, used in windows if used >= policy.limit]
        if not waits:
            self.passed.setdefault(partition, []).append(now)
        return (not waits, max(waits, default=0.0))


@given(policies, requests)
def test_decisions_are_those_of_the_plain_reference(asked, sent):
    """Several policies, any order of requests: allowed and wait are as worked out plainly."""
    store, plain, now = MemoryQuotaStore(), Plain(), START
    for partition, pause in sent:
        now += pause
        decision = store.decide(partition, asked, now)
        assert (decision.allowed, decision.retry_after) == plain.hit(partition, asked, now)
        assert 0 <= decision.remaining <= decision.policy.limit
        assert now < decision.reset <= now + decision.policy.seconds


@given(policies, requests)
def test_no_window_lets_more_pass_than_its_limit(asked, sent):
    """From the first request of a window to its end, no more than `limit` pass."""
    store, now = MemoryQuotaStore(), START
    passed = {}
    for partition, pause in sent:
        now += pause
        if store.decide(partition, asked, now).allowed:
            passed.setdefault(partition, []).append(now)
    for policy in asked:
        for moments in passed.values():
            windows = {}
            ends = 0.0
            for moment in moments:
                ends = moment + policy.seconds if moment >= ends else ends
                windows[ends] = windows.get(ends, 0) + 1
            assert max(windows.values()) <= policy.limit


@pytest.fixture(scope="module")
def reference():
    """The fixed window of `limits` on a clock of ours."""
    with pytest.MonkeyPatch.context() as patch:
        clock = types.SimpleNamespace(now=START)
        storage = MemoryStorage()
        storage.timer.join()
        # Its sweeping thread would look at the clock while a test turns it.
        patch.setattr(MemoryStorage, "_MemoryStorage__schedule_expiry", lambda self: None)
        patch.setattr(limits.storage.memory, "time", types.SimpleNamespace(time=lambda: clock.now))
        yield clock, FixedWindowRateLimiter(storage)


@settings(max_examples=60)
@given(limit=st.integers(1, 5), seconds=st.integers(1, 20), sent=requests)
def test_one_policy_agrees_with_limits(reference, limit, seconds, sent):
    """For a single policy, pass, remaining and reset are those of the fixed window of `limits`."""
    clock, limiter = reference
    limiter.storage.reset()
    item = RateLimitItemPerSecond(limit, seconds)
    policy = QuotaPolicy("only", limit, float(seconds), "a while")
    store = MemoryQuotaStore()
    for partition, pause in sent:
        clock.now += pause
        decision = store.decide(partition, [policy], clock.now)
        assert decision.allowed == limiter.hit(item, partition)
        stats = limiter.get_window_stats(item, partition)
        assert (decision.reset, decision.remaining) == (stats.reset_time, stats.remaining)
    clock.now += 100
