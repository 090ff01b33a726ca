"""Retry budget: the share of the traffic to one origin that may be retries.

When a server is down, every caller would like to try again, and a client with three attempts
would treble its load at the worst moment. A bucket of tokens bounds that: a retry takes one,
a success earns a part of one, and time gives a few back.
"""

from collections.abc import Callable
from threading import Lock

from failwell.resilience.origins import MOST_ORIGINS, PerOrigin
from failwell.resilience.policy import RetryBudget

__all__ = ["Budget", "Budgets"]

_ONE = 1.0 - 1e-9
"""A whole token, as sums of floating-point parts make it."""


class Budget:
    """The live tokens of one origin; safe for threads and tasks.

    Args:
        policy: How many tokens there are and how they come back.
        monotonic: Seconds that never step back.

    Examples:
        >>> budget = Budget(RetryBudget(tokens=1.0), monotonic=lambda: 0.0)
        >>> budget.withdraw(), budget.withdraw()
        (True, False)
        >>> budget.refund()
        >>> budget.withdraw()
        True
    """

    __slots__ = ("_filled_at", "_lock", "_monotonic", "_policy", "_tokens")

    def __init__(self, policy: RetryBudget, *, monotonic: Callable[[], float]) -> None:
        self._policy = policy
        self._monotonic = monotonic
        self._tokens = policy.tokens
        self._filled_at = monotonic()
        self._lock = Lock()

    def deposit(self) -> None:
        """Take note of a call that succeeded; a failed one earns nothing."""
        # Most calls find the bucket full; they need no lock to leave it so.
        if self._tokens < self._policy.tokens:
            self._add(self._policy.refund)

    def withdraw(self) -> bool:
        """Take a token for a retry, if there is a whole one."""
        with self._lock:
            self._refill()
            if self._tokens < _ONE:
                return False
            self._tokens -= 1.0
            return True

    def refund(self) -> None:
        """Give back the token of a retry that was not sent after all."""
        self._add(1.0)

    @property
    def tokens(self) -> float:
        """What is there now."""
        with self._lock:
            self._refill()
            return self._tokens

    def _add(self, tokens: float) -> None:
        with self._lock:
            self._tokens = min(self._policy.tokens, self._tokens + tokens)

    def _refill(self) -> None:
        now = self._monotonic()
        earned = max(0.0, now - self._filled_at) * self._policy.refill
        self._tokens = min(self._policy.tokens, self._tokens + earned)
        self._filled_at = now


class Budgets:
    """The budgets of one client, one for each origin.

    Args:
        policy: The policy of each; ``None`` for no limit.
        monotonic: Seconds that never step back.
        most: How many origins are remembered.
    """

    def __init__(
        self,
        policy: RetryBudget | None,
        *,
        monotonic: Callable[[], float],
        most: int = MOST_ORIGINS,
    ) -> None:
        unlimited = RetryBudget(tokens=float("inf"))
        self._budgets = PerOrigin(
            lambda: Budget(policy or unlimited, monotonic=monotonic), most=most
        )

    def of(self, origin: str) -> Budget:
        """Return the budget of an origin (scheme, host and port)."""
        return self._budgets.of(origin)
