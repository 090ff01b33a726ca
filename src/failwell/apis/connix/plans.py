"""Plans: how many requests an organization may make."""

from collections.abc import Callable, Mapping, Sequence

from failwell.apis.connix.settings import ConnixSettings
from failwell.server.principal import Principal
from failwell.stores.quota import QuotaPolicy

__all__ = ["PLANS", "quota_policies"]

_Windows = Sequence[QuotaPolicy]

PLANS: Mapping[str, int] = {"free": 1, "pro": 10, "enterprise": 50}
"""Each plan, and how many times the requests of the free one it allows."""


def quota_policies(settings: ConnixSettings) -> Callable[[Principal | None], _Windows]:
    """Make the function that tells a caller's limits; callers without a plan have the free one."""
    seconds = settings.window_seconds
    windows = {
        plan: (
            QuotaPolicy("minute", settings.per_minute * factor, seconds, _label(seconds)),
            QuotaPolicy("hour", settings.per_hour * factor, 3600, "1 hour"),
        )
        for plan, factor in PLANS.items()
    }

    def of(principal: Principal | None) -> _Windows:
        plan = "free" if principal is None else principal.plan
        return windows.get(plan or "free", windows["free"])

    return of


def _label(seconds: float) -> str:
    if seconds == 60:
        return "1 minute"
    return "1 second" if seconds == 1 else f"{seconds:g} seconds"
