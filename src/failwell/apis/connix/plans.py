"""Plans: how many requests an organization may make."""

from collections.abc import Mapping

from failwell.apis.connix.settings import ConnixSettings
from failwell.server.guards.quota import Policies, by_plan, minute
from failwell.stores.quota import QuotaPolicy

__all__ = ["PLANS", "quota_policies"]

PLANS: Mapping[str, int] = {"free": 1, "pro": 10, "enterprise": 50}
"""Each plan, and how many times the requests of the free one it allows."""


def quota_policies(settings: ConnixSettings) -> Policies:
    """Make the function that tells a caller's limits; callers without a plan have the free one."""
    return by_plan(
        {
            plan: (
                minute(settings.per_minute * factor, settings.window_seconds),
                QuotaPolicy("hour", settings.per_hour * factor, 3600, "1 hour"),
            )
            for plan, factor in PLANS.items()
        }
    )
