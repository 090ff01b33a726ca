"""Retry budget: a server that is down is not buried, one that is back is retried at once."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.resilience.budget import Budget, Budgets
from failwell.resilience.policy import RetryBudget, RetryPolicy
from failwell.testing import FakeClock
from tests.resilience.storm import Storm

ORIGIN = "https://api.example"


def down(_time):
    """A server that always fails."""
    return True


@pytest.mark.parametrize("seconds", [0.1, 1, 10, 60, 120])
@pytest.mark.parametrize("seed", range(5))
def test_calls_to_a_dead_server_cost_little_more_than_one_request(seconds, seed):
    """240 calls of three attempts cost at most 1.25 requests each, fast or slow (N31)."""
    trace = Storm(fails=down, latency=seconds / 10, seed=seed).run()

    assert trace.calls == 240
    assert trace.lasted >= seconds
    assert trace.cost <= 1.25


def test_without_a_budget_the_same_storm_costs_three_requests_a_call():
    """What the budget is for."""
    trace = Storm(fails=down, latency=0.1, policy=RetryPolicy(budget=None)).run()

    assert trace.cost == 3.0


def test_first_attempts_are_never_held_back():
    """A spent budget delays nobody: every caller goes on the moment its call has ended."""
    policy = RetryPolicy(budget=RetryBudget(tokens=0.0, refund=0.0, refill=0.0))

    trace = Storm(fails=down, latency=0.5, policy=policy).run()

    assert trace.requests == trace.calls == 240
    assert trace.lasted == pytest.approx(240 / 24 * 0.5)


@pytest.mark.parametrize(("callers", "pause"), [(24, 0.0), (4, 1.0), (1, 1.0)])
@pytest.mark.parametrize("seed", range(5))
def test_retries_are_back_seconds_after_the_server(callers, pause, seed):
    """A minute down, then one failure in ten: after three seconds every one is retried (N31)."""
    dice = random.Random(seed)
    storm = Storm(
        fails=lambda time: time < 60.0 or dice.random() < 0.1,
        latency=0.1,
        calls=callers * 700,
        callers=callers,
        pause=pause,
        seed=seed,
    )

    trace = storm.run()

    assert trace.lasted > 70.0
    assert [time for time in trace.refused_at if time < 60.0] != []
    assert [time for time in trace.refused_at if time > 63.0] == []


@pytest.mark.parametrize("share", [0.05, 0.1, 0.15])
def test_few_failures_are_all_retried(share):
    """A server that fails now and then is helped by every retry: hardly a call fails."""
    dice = random.Random(1)

    trace = Storm(fails=lambda _: dice.random() < share, latency=0.01, calls=5000).run()

    retries = len(trace.retried_at)
    assert retries >= 0.95 * trace.calls * share
    assert trace.cost <= 1.0 + share / (1 - share) + 0.02


@pytest.mark.parametrize("share", [0.3, 0.5, 0.8, 0.95])
def test_many_failures_are_retried_in_proportion_to_successes(share):
    """However badly a server does, retries are at most a fifth of the successes and a rest."""
    dice = random.Random(1)

    trace = Storm(fails=lambda _: dice.random() < share, latency=0.01, calls=5000).run()

    assert len(trace.retried_at) <= 20 + 0.2 * trace.calls + 0.25 * trace.lasted
    assert trace.cost <= 1.25


OPERATIONS = st.lists(
    st.sampled_from(["deposit", "withdraw"]) | st.floats(0, 10, allow_nan=False), max_size=200
)
POLICIES = st.builds(
    RetryBudget, tokens=st.floats(0, 30), refund=st.floats(0, 2), refill=st.floats(0, 2)
)


@given(OPERATIONS, POLICIES)
def test_there_are_never_more_retries_than_tokens(operations, policy):
    """Retries never exceed the start, what successes earned and what time gave back."""
    clock = FakeClock()
    budget = Budget(policy, monotonic=clock.monotonic)
    retries = deposits = 0

    for operation in operations:
        if operation == "deposit":
            budget.deposit()
            deposits += 1
        elif operation == "withdraw":
            retries += budget.withdraw()
        else:
            clock.advance(operation)
        assert -1e-6 <= budget.tokens <= policy.tokens
        earned = deposits * policy.refund + clock.monotonic() * policy.refill
        assert retries <= policy.tokens + earned + 1e-6


def test_a_token_can_be_given_back():
    """A retry that was not sent after all costs nothing."""
    budget = Budget(RetryBudget(tokens=1.0, refill=0.0), monotonic=lambda: 0.0)

    assert budget.withdraw()
    budget.refund()

    assert budget.tokens == 1.0


def test_a_clock_that_stands_or_steps_back_gives_nothing():
    """Only time that passes gives tokens back."""
    times = iter([100.0, 50.0, 50.0, 50.0])
    budget = Budget(RetryBudget(tokens=1.0, refill=1.0), monotonic=lambda: next(times))

    assert [budget.withdraw(), budget.withdraw(), budget.withdraw()] == [True, False, False]


def test_threads_never_take_one_token_twice():
    """64 threads find exactly the twenty tokens (N32)."""
    budget = Budgets(RetryBudget(), monotonic=lambda: 0.0).of(ORIGIN)

    with ThreadPoolExecutor(64) as pool:
        granted = list(pool.map(lambda _: budget.withdraw(), range(5000)))

    assert sum(granted) == 20


def test_origins_have_budgets_of_their_own():
    """One dead server takes nothing from the others of the same client (N32)."""
    budgets = Budgets(RetryBudget(tokens=1.0), monotonic=lambda: 0.0)

    assert budgets.of(ORIGIN) is budgets.of(ORIGIN)
    assert budgets.of(ORIGIN).withdraw()
    assert not budgets.of(ORIGIN).withdraw()
    assert budgets.of("https://other.example").withdraw()


@pytest.mark.parametrize("wrong", [{"tokens": -1.0}, {"refund": float("nan")}, {"refill": -0.1}])
def test_a_budget_that_cannot_be_meant_is_refused(wrong):
    """Negative shares and NaN are mistakes, said at once."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        RetryBudget(**wrong)


def test_no_budget_is_no_limit():
    """``budget=None`` lets every retry through."""
    budget = Budgets(None, monotonic=lambda: 0.0).of(ORIGIN)

    assert all(budget.withdraw() for _ in range(1000))
