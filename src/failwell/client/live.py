"""What a client has learned about its servers: budgets, gates and breakers, one for each origin."""

import os
import weakref

import httpx2

from failwell.client.settings import Settings
from failwell.resilience.breaker import CircuitBreaker, CircuitBreakers
from failwell.resilience.budget import Budgets
from failwell.resilience.gate import RateGates
from failwell.resilience.policy import RetryPolicy

__all__ = ["Live", "origin_of"]

_PORTS = {"http": 80, "https": 443}
_SPREAD_SHARE = 1.2
_SPREAD = 1.0


class Live:
    """The live state of one client; safe for threads and tasks.

    Args:
        settings: What the client was told.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        _LIVING.add(self)
        self.begin()

    def begin(self) -> None:
        """Know nothing yet; done again in a child process, where a lock may be held for ever."""
        settings = self._settings
        monotonic = settings.clock.monotonic
        policy = settings.retry or RetryPolicy()
        self.budgets = Budgets(policy.budget, monotonic=monotonic)
        self.gates = RateGates(monotonic=monotonic, longest=policy.max_wait)
        self._breakers = (
            None
            if settings.circuit is None
            else CircuitBreakers(settings.circuit, monotonic=monotonic)
        )
        self.gated_until = float("-inf")
        """Until when some gate may be closed: before the first refusal nobody looks."""
        self.spent = False
        """Whether any budget was drawn on: before that no success has to fill it."""

    def close_gate(self, origin: str, seconds: float, now: float) -> None:
        """Let everybody who calls an origin wait as a server asked."""
        self.gates.of(origin).close_for(seconds)
        self.gated_until = max(self.gated_until, now + seconds * _SPREAD_SHARE + _SPREAD)

    def breaker(self, origin: str) -> CircuitBreaker | None:
        """Give the breaker of an origin, where the client has breakers."""
        return None if self._breakers is None else self._breakers.of(origin)


def origin_of(url: httpx2.URL) -> str:
    """Name the origin of an address: scheme, host and port (RFC 9110, 4.3.1)."""
    return f"{url.scheme}://{url.host}:{url.port or _PORTS.get(url.scheme, 0)}"


_LIVING: "weakref.WeakSet[Live]" = weakref.WeakSet()


def _begin_all() -> None:
    for live in list(_LIVING):
        live.begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_all)
