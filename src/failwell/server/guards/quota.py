"""Quotas: every request is counted, the answer says how many are left, too many are refused."""

import math
from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv6Address, IPv6Network, ip_address

from failwell.core.clock import Clock, SystemClock
from failwell.core.exceptions import RateLimitError
from failwell.server.exchange import Exchange
from failwell.server.principal import Principal, quota_key
from failwell.stores.quota import QuotaDecision, QuotaPolicy, QuotaStore

__all__ = ["Policies", "QuotaGuard", "by_plan", "minute"]

Policies = Callable[[Principal | None], Sequence[QuotaPolicy]]
"""The limits of a principal, ``None`` for callers without one; the first is the one to tell about.

An empty list means no limit.
"""

_HOUSEHOLD = 64


def minute(limit: int, seconds: float = 60.0) -> QuotaPolicy:
    """Limit the short window, which is a minute unless a test shortens it.

    Args:
        limit: Requests in the window.
        seconds: How long it lasts.
    """
    return QuotaPolicy("minute", limit, seconds, _label(seconds))


def by_plan(plans: Mapping[str, Sequence[QuotaPolicy]]) -> Policies:
    """Make the function that tells a caller's limits from its plan.

    Args:
        plans: Plan -> its limits; callers without a plan of these have the first.
    """
    usual = next(iter(plans))

    def of(principal: Principal | None) -> Sequence[QuotaPolicy]:
        plan = usual if principal is None else principal.plan
        return plans.get(plan or usual, plans[usual])

    return of


def _label(seconds: float) -> str:
    if seconds == 60:
        return "1 minute"
    return "1 second" if seconds == 1 else f"{seconds:g} seconds"


class QuotaGuard:
    """Counts requests of one API.

    Callers are told apart by their quota key, callers without credentials by their
    address. Refused credentials are counted by address too, in windows of their own:
    otherwise they could be guessed without limit, or a stranger could use up the quota
    of a neighbour.

    Args:
        store: Where windows are counted.
        policies: Whose limits are which.
        clock: Where the time comes from.
        headers: Whether answers carry ``X-RateLimit-*`` fields.
        by_address: Whether the API counts before it knows who is calling; refused
            credentials are then not counted once more.
    """

    def __init__(
        self,
        store: QuotaStore,
        policies: Policies,
        *,
        clock: Clock | None = None,
        headers: bool = True,
        by_address: bool = False,
    ) -> None:
        self._store = store
        self._policies = policies
        self._clock = clock or SystemClock()
        self._by_address = by_address
        self.headers = headers
        """Whether answers carry ``X-RateLimit-*`` fields."""

    async def check(self, exchange: Exchange, address: str) -> None:
        """Count a request and note in the exchange what is left.

        Raises:
            RateLimitError: A window is used up.
        """
        principal = exchange.principal
        key = f"address:{_household(address)}" if principal is None else quota_key(principal)
        decision = await self._count(exchange, key, principal)
        if decision is not None and self.headers:
            exchange.headers += _fields(decision)

    async def count_refused_credentials(self, exchange: Exchange, address: str) -> None:
        """Count credentials that were refused.

        Raises:
            RateLimitError: Too many of them came from this address.
        """
        if not self._by_address:
            await self._count(exchange, f"refused:{_household(address)}", None)

    async def _count(
        self, exchange: Exchange, key: str, principal: Principal | None
    ) -> QuotaDecision | None:
        policies = self._policies(principal)
        if not policies:
            return None
        # Whole seconds, because the fields that announce a reset have no fractions: with
        # them a caller who believes the fields would come a moment too early.
        now = float(math.floor(self._clock.now()))
        decision = await self._store.hit(f"{exchange.api}:{key}", policies, now)
        if not decision.allowed:
            raise _refusal(decision, now)
        return decision


def _refusal(decision: QuotaDecision, now: float) -> RateLimitError:
    wait = max(1, math.ceil(decision.reset - now))
    return RateLimitError(
        limit=decision.limit,
        window=decision.policy.label,
        remaining=0,
        reset=int(now) + wait,
        retry_after=wait,
    )


def _fields(decision: QuotaDecision) -> list[tuple[bytes, bytes]]:
    return [
        (b"x-ratelimit-limit", b"%d" % decision.limit),
        (b"x-ratelimit-remaining", b"%d" % decision.remaining),
        (b"x-ratelimit-reset", b"%d" % math.ceil(decision.reset)),
    ]


def _household(address: str) -> str:
    """Cut an IPv6 address to the network one customer is given, or each could have many."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((int(parsed), _HOUSEHOLD), strict=False).network_address)
