"""What a caller should do about a fault: decisions, waits, budgets. Pure: no I/O, no sleeping."""

from failwell.resilience.backoff import backoff, padded
from failwell.resilience.breaker import (
    CircuitBreaker,
    CircuitBreakers,
    CircuitPolicy,
    CircuitState,
    Permit,
    Verdict,
    verdict,
)
from failwell.resilience.budget import Budget, Budgets
from failwell.resilience.deadline import Deadline
from failwell.resilience.decision import BACKOFF, Decision, Failure, GiveUp, LogIn, Retry, decide
from failwell.resilience.delay import ServerWait, server_wait
from failwell.resilience.gate import RateGate, RateGates
from failwell.resilience.origins import MOST_ORIGINS, PerOrigin
from failwell.resilience.policy import RETRY_STATUSES, RetryBudget, RetryPolicy

__all__ = [
    "BACKOFF",
    "MOST_ORIGINS",
    "RETRY_STATUSES",
    "Budget",
    "Budgets",
    "CircuitBreaker",
    "CircuitBreakers",
    "CircuitPolicy",
    "CircuitState",
    "Deadline",
    "Decision",
    "Failure",
    "GiveUp",
    "LogIn",
    "PerOrigin",
    "Permit",
    "RateGate",
    "RateGates",
    "Retry",
    "RetryBudget",
    "RetryPolicy",
    "ServerWait",
    "Verdict",
    "backoff",
    "decide",
    "padded",
    "server_wait",
    "verdict",
]
