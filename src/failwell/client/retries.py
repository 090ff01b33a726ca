"""Retries of one call: whether there is another, and after which wait."""

import msgspec

from failwell.client.call import Call
from failwell.client.live import Live, origin_of
from failwell.client.settings import Settings
from failwell.client.switches import retries_are_on
from failwell.client.trouble import Trouble
from failwell.resilience.backoff import backoff, padded
from failwell.resilience.decision import BACKOFF, Decision, GiveUp, Retry, decide
from failwell.resilience.policy import RetryPolicy

__all__ = ["Retries"]

_ONCE = RetryPolicy(attempts=1)
_BUSY = (429, 503)


class Retries:
    """Counts what a call has used up, and asks `decide` about the rest.

    Args:
        call: What the caller wants.
        settings: What the client was told.
        live: What the client has learned.
    """

    def __init__(self, call: Call, settings: Settings, live: Live) -> None:
        self._call = call
        self._settings = settings
        self._live = live
        self._number = 1
        self._own_waits = 0
        self._fresh_tried = False

    def decide(self, trouble: Trouble, *, may_log_in: bool) -> Decision:
        """Decide what to do about a failed attempt.

        Args:
            trouble: The attempt.
            may_log_in: Whether a new credential can be had.
        """
        call, settings = self._call, self._settings
        policy = (call.policy if retries_are_on() else None) or _ONCE
        failure = trouble.failure
        if self._fresh_tried:
            failure = msgspec.structs.replace(failure, stale=False, fresh_once=False)
        own = backoff(
            self._own_waits + 1,
            policy=policy,
            throttled=failure.rate_limited,
            random=settings.random,
        )
        decision = decide(
            failure,
            policy=policy,
            attempt=self._number,
            remaining=call.ends - settings.clock.monotonic(),
            backoff=own,
            may_log_in=may_log_in,
            allowed=self._withdrawn,
        )
        if policy is _ONCE and _might_go_on(decision):
            decision = GiveUp(because="retries are switched off", suppressed="policy")
        self._close_gate(trouble, decision)
        return decision

    def _withdrawn(self) -> bool:
        policy = self._call.policy
        if policy is None or policy.budget is None:
            return True
        self._live.spent = True
        return self._live.budgets.of(self._origin).withdraw()

    @property
    def _origin(self) -> str:
        return origin_of(self._call.request.url)

    def _close_gate(self, trouble: Trouble, decision: Decision) -> None:
        """Let all who call this server wait as it asked one of them."""
        failure, policy = trouble.failure, self._call.policy
        if failure.wait is None or policy is None or failure.status not in _BUSY:
            return
        hopeless = isinstance(decision, GiveUp) and decision.suppressed is None
        if not hopeless and failure.wait.seconds <= policy.max_wait:
            now = self._settings.clock.monotonic()
            self._live.close_gate(self._origin, failure.wait.seconds, now)

    def count(self, decision: Retry) -> None:
        """Note that there is going to be another attempt."""
        if decision.free or decision.fresh_connection:
            self._fresh_tried = True
        if not decision.free:
            self._number += 1
            own = decision.source == BACKOFF
            # A wait the server asked for starts our own from the beginning again (gRPC A6).
            self._own_waits = self._own_waits + 1 if own else 0

    def wait(self, decision: Retry, trouble: Trouble) -> float:
        """Give the seconds to wait; what a server asked for is lengthened a little.

        Args:
            decision: The decision to repeat.
            trouble: What is repeated.
        """
        directed = decision.source != BACKOFF and trouble.failure.wait is not None
        if not directed or decision.fresh_connection:
            return decision.after
        settings, floor = self._settings, (self._call.policy or _ONCE).floor
        left = self._call.ends - settings.clock.monotonic() - floor
        if trouble.failure.status in _BUSY:
            slot = self._live.gates.of(self._origin).wait(settings.random)
            return max(decision.after, min(slot, left))
        return padded(decision.after, settings.random, most=left)


def _might_go_on(decision: Decision) -> bool:
    return isinstance(decision, Retry) or getattr(decision, "suppressed", None) == "attempts"
