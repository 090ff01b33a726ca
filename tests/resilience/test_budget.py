"""Retry budget: a server that is down is not buried under retries."""

from failwell.resilience.budget import Budgets
from failwell.resilience.policy import RetryBudget
from failwell.testing import FakeClock


def test_a_dead_server_gets_few_retries():
    """240 calls of three attempts in no time cost 20 retries, the tokens at the start."""
    clock = FakeClock()
    budget = Budgets(RetryBudget(), monotonic=clock.monotonic).of("https://api.example")

    retries = sum(budget.withdraw() for _ in range(480))

    assert retries == 20
