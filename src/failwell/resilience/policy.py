"""Policies: how often, how fast and how much a client repeats. Values, never state."""

import msgspec

__all__ = ["RETRY_STATUSES", "RetryBudget", "RetryPolicy"]

RETRY_STATUSES = frozenset({408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
"""Statuses that may pass by themselves, when no contract says anything about the code.

520 to 524 are what a CDN says of a server behind it, 529 is "overloaded". Never among them:
400, 401, 403, 404, 405, 409, 410, 412, 422, 423, 428, 501, 505, 511.
"""


def _not_negative(policy: msgspec.Struct, *names: str) -> None:
    for name in names:
        # Written so that NaN fails too.
        if not getattr(policy, name) >= 0:
            raise ValueError(f"{name} is a number and not negative: {getattr(policy, name)}")


class RetryBudget(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the traffic to one origin may be retries.

    Every retry takes one token; first attempts take none. A server that is down gives nothing
    back, so retries to it come down to `refill`; one that works again earns them back.
    """

    tokens: float = 20.0
    """Retries that are there at the start, and at most."""

    refund: float = 0.2
    """Tokens that one successful call earns: in the long run one retry for five successes."""

    refill: float = 0.25
    """Tokens that come back every second by themselves, for callers with little traffic."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        _not_negative(self, "tokens", "refund", "refill")


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """When a failed request is sent again, and after how long. All times in seconds."""

    attempts: int = 3
    """Sendings at most, the first one included."""

    base: float = 0.1
    """Upper bound of the first backoff after a fault that passes quickly; doubles each time."""

    throttle_base: float = 1.0
    """The same after a rate limit."""

    cap: float = 20.0
    """Longest backoff."""

    max_wait: float = 60.0
    """Longest wait a server may ask for; beyond it the call fails at once and says until when.
    A 503 may ask for as long as the deadline allows."""

    budget: RetryBudget | None = RetryBudget()
    """Share of the traffic to one origin that may be retries; ``None`` for no limit."""

    floor: float = 0.05
    """With less than this left of the deadline no attempt and no wait is begun."""

    statuses: frozenset[int] = RETRY_STATUSES
    """Statuses that are repeated when neither contract nor server says anything."""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if self.attempts < 1:
            raise ValueError(
                f"attempts counts the first sending too, so at least 1: {self.attempts}"
            )
        _not_negative(self, "base", "throttle_base", "cap", "max_wait", "floor")
