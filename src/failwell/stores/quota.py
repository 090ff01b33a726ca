"""Quotas: how often a partition may do something in a window of time.

A window starts at its first request, not at the full minute: a burst is told to wait for
the whole window, a slow caller for the rest of it. A refused request is not counted.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

__all__ = ["QuotaDecision", "QuotaPolicy", "QuotaStore"]


class QuotaPolicy(msgspec.Struct, frozen=True, gc=False):
    """A named limit: so many requests in so much time."""

    name: str
    """Tells the windows of one partition apart, ``minute``."""

    limit: int
    """How many requests a window allows."""

    seconds: float
    """How long a window lasts."""

    label: str
    """The window in words, ``1 minute``."""

    block: float = 0.0
    """Seconds for which everything is refused once the limit is passed, if that is longer."""


class QuotaDecision(msgspec.Struct, frozen=True, gc=False):
    """What a request was told, with the numbers of the policy that matters to the caller.

    That is the first policy asked, unless others are used up: then the one of those that
    lasts longest.
    """

    allowed: bool
    """Whether the request may go on; only then it was counted."""

    policy: QuotaPolicy
    """The policy the numbers belong to."""

    remaining: int
    """How many requests its window still allows."""

    reset: float
    """When its window ends, in Unix seconds."""

    retry_after: float
    """Seconds until a refused request could pass; 0.0 for an allowed one."""

    @property
    def limit(self) -> int:
        """How many requests the window allows."""
        return self.policy.limit


class QuotaStore(Protocol):
    """Where windows are counted."""

    async def hit(
        self, partition: str, policies: Sequence[QuotaPolicy], now: float
    ) -> QuotaDecision:
        """Count a request against several policies, as one decision.

        Args:
            partition: Whose request it is, ``connix:key:key_0123456789abcdef``.
            policies: At least one; the first is the one to tell about.
            now: Unix seconds.
        """
        ...
