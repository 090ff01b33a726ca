"""The health of an endpoint: when it is warned about, and when it is given up. Pure.

An endpoint is disabled when every attempt failed for days *and* several events were concerned:
neither a short outage of a busy receiver nor one event that a quiet one cannot digest is enough.
"""

import msgspec

from failwell.stores.endpoints import Endpoint

__all__ = ["HealthPolicy", "decline", "warning_due"]


class HealthPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """When an endpoint is disabled for failing."""

    seconds: float = 432_000.0
    """How long every attempt has to have failed; five days."""

    deliveries: int = 10
    """How many deliveries have to have failed in that time."""

    attempts: int | None = None
    """Attempts in a row whose failure disables at once; ``None`` for no such limit."""

    warnings: tuple[int, ...] = (50, 70, 90, 100)
    """At how many per cent of the way operators are warned."""


def decline(endpoint: Endpoint, *, now: float, policy: HealthPolicy) -> int:
    """Tell how far an endpoint is on its way to being disabled, in per cent.

    Args:
        endpoint: The endpoint, as it stands after its latest attempt.
        now: Unix seconds, by the clock that its attempts were dated with.
        policy: What disables it.

    Returns:
        0 for a healthy one, 100 for one that is to be disabled.
    """
    if endpoint.failing_since is None:
        return 0
    lasted = (now - endpoint.failing_since) / policy.seconds
    concerned = endpoint.failed_deliveries / policy.deliveries
    in_a_row = endpoint.failed_attempts / policy.attempts if policy.attempts else 0.0
    return int(100 * min(1.0, max(min(lasted, concerned), in_a_row, 0.0)))


def warning_due(endpoint: Endpoint, percentage: int, *, policy: HealthPolicy) -> int | None:
    """Find the highest warning that was reached and not given yet.

    Args:
        endpoint: The endpoint.
        percentage: How far it has declined.
        policy: Where warnings are given.
    """
    reached = [mark for mark in policy.warnings if endpoint.warned < mark <= percentage]
    return max(reached, default=None)
