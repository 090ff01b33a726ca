"""Quota windows in the memory of one process."""

from collections import OrderedDict, defaultdict
from collections.abc import Sequence

from failwell.core.exceptions import FailwellError
from failwell.stores.quota import QuotaDecision, QuotaPolicy

__all__ = ["MemoryQuotaStore"]


# Blocks are windows of their own, so that those of one name still last equally long.
_BLOCK = " block"


class _Window:
    __slots__ = ("reset", "used")

    def __init__(self, reset: float) -> None:
        self.reset = reset
        self.used = 0


class MemoryQuotaStore:
    """Counts in dictionaries; implements `QuotaStore`. For one event loop.

    Windows of one policy name last equally long, so the order in which they began is the
    order in which they end: each new one sweeps away a few that are over.

    Args:
        max_windows: How many windows are kept for one policy name. When all of them are
            running, the one that ends first gives way, which forgives its owner early;
            the memory of the process is worth more.
    """

    def __init__(self, *, max_windows: int = 100_000) -> None:
        self._max_windows = max_windows
        self._windows: defaultdict[str, OrderedDict[str, _Window]] = defaultdict(OrderedDict)

    @property
    def window_count(self) -> int:
        """How many windows are in memory."""
        return sum(map(len, self._windows.values()))

    async def hit(
        self, partition: str, policies: Sequence[QuotaPolicy], now: float
    ) -> QuotaDecision:
        """Count a request against several policies, as one decision."""
        return self.decide(partition, policies, now)

    def decide(self, partition: str, policies: Sequence[QuotaPolicy], now: float) -> QuotaDecision:
        """Same as `hit`, for code that does not wait."""
        blocked = self._blocked(partition, policies, now)
        if blocked is not None:
            return blocked
        shown: QuotaPolicy | None = None
        remaining, reset = 0, 0.0
        for policy in policies:
            window = self._running(policy.name, partition, policy.seconds, now)
            if window is None:
                window = self._begin(policy.name, partition, policy.seconds, now)
            used = window.used = window.used + 1
            left = policy.limit - used
            if left < 0:
                window.used -= 1
                # In the usual refusal nothing else was touched.
                if used == 1 or policy is not policies[0]:
                    self._take_back(partition, policies, refusing=policy)
                return self._refusal(partition, policies, now, refusing=policy)
            if shown is None or (left == 0 and (remaining > 0 or window.reset > reset)):
                shown, remaining, reset = policy, left, window.reset
        if shown is None:
            raise FailwellError("a quota decision needs at least one policy")
        return QuotaDecision(True, shown, remaining, reset, 0.0)

    def _blocked(
        self, partition: str, policies: Sequence[QuotaPolicy], now: float
    ) -> QuotaDecision | None:
        for policy in policies:
            if policy.block:
                block = self._running(policy.name + _BLOCK, partition, policy.block, now)
                if block is not None:
                    return QuotaDecision(False, policy, 0, block.reset, block.reset - now)
        return None

    def _take_back(
        self, partition: str, policies: Sequence[QuotaPolicy], *, refusing: QuotaPolicy
    ) -> None:
        """Undo what a refused request was counted for; a window it began is gone again."""
        for policy in policies:
            window = self._windows[policy.name][partition]
            if policy is not refusing:
                window.used -= 1
            if window.used == 0:
                del self._windows[policy.name][partition]
            if policy is refusing:
                return

    def _refusal(
        self,
        partition: str,
        policies: Sequence[QuotaPolicy],
        now: float,
        *,
        refusing: QuotaPolicy,
    ) -> QuotaDecision:
        """Tell about the policy that refuses for longest."""
        if refusing.block > refusing.seconds:
            block = self._begin(refusing.name + _BLOCK, partition, refusing.block, now)
            return QuotaDecision(False, refusing, 0, block.reset, refusing.block)
        refusing, reset = policies[0], now
        for policy in policies:
            window = self._running(policy.name, partition, policy.seconds, now)
            if window is None:
                window = _Window(now + policy.seconds)
            if window.used >= policy.limit and window.reset > reset:
                refusing, reset = policy, window.reset
        return QuotaDecision(False, refusing, 0, reset, reset - now)

    def _running(self, name: str, partition: str, seconds: float, now: float) -> _Window | None:
        window = self._windows[name].get(partition)
        # The second test is for a clock that was set back: nobody waits longer than a window.
        if window is None or not now < window.reset <= now + seconds:
            return None
        return window

    def _begin(self, name: str, partition: str, seconds: float, now: float) -> _Window:
        windows = self._windows[name]
        windows.pop(partition, None)
        # Two for one: the number of windows that are over shrinks with every new one.
        for _ in range(2):
            if windows and next(iter(windows.values())).reset <= now:
                windows.popitem(last=False)
        if len(windows) >= self._max_windows:
            windows.popitem(last=False)
        window = windows[partition] = _Window(now + seconds)
        return window
