"""What a client has learned about its servers: budgets, gates and breakers, one for each origin."""

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
        self.trusted: tuple[str, str, int] | None = None
        """The origin that credentials are for, where the first call decides it."""

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
