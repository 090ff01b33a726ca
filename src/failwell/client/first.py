"""Stand-ins until the parts they stand for have landed."""

from typing import Any

import msgspec

from failwell.core.call_history import Phase
from failwell.core.exceptions import FaultError

__all__ = ["DeadlineExceededError", "NetworkError", "RetryPolicy", "UnexpectedRedirectError"]


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How often and how long."""

    attempts: int = 3
    base: float = 0.1
    throttle_base: float = 1.0
    cap: float = 20.0
    max_wait: float = 60.0
    budget: Any = None
    floor: float = 0.05
    statuses: frozenset[int] = frozenset(
        {408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529}
    )


class NetworkError(FaultError):
    """No whole answer."""

    phase: Phase | None = None


class DeadlineExceededError(FaultError):
    """The call was over."""


class UnexpectedRedirectError(FaultError):
    """A redirect."""

    location: str | None = None
