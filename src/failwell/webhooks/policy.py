"""The policy of a dispatcher: how much at once, how long, how often."""

import msgspec

from failwell.webhooks.health import HealthPolicy
from failwell.webhooks.schedule import USUAL_SCHEDULE

__all__ = ["DispatchPolicy"]

_LARGEST_SHARE = 5
_MARGIN = 15.0


class DispatchPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How a dispatcher works; durations are seconds."""

    schedule: tuple[float, ...] = USUAL_SCHEDULE
    """The wait before each attempt, for endpoints without a schedule of their own."""

    timeout: float = 15.0
    """How long an attempt may take, from the look-up of the name to the end of the answer."""

    connect_timeout: float = 5.0
    """How long it may take until there is a connection."""

    in_flight: int = 50
    """How many attempts run at once."""

    endpoint_in_flight: int = 10
    """How many of them go to one endpoint; see `cap`."""

    poll: float = 0.5
    """How often a dispatcher looks for work that nobody told it of."""

    grace: float = 5.0
    """How long attempts under way may go on when the dispatcher is closed."""

    health: HealthPolicy = HealthPolicy()
    """When an endpoint is given up."""

    @property
    def cap(self) -> int:
        """Most attempts to one endpoint at once: never more than a fifth of all.

        One receiver that hangs would otherwise take every place, and each delivery to the
        others would wait for its timeouts.
        """
        return min(self.endpoint_in_flight, max(1, self.in_flight // _LARGEST_SHARE))

    @property
    def lease(self) -> float:
        """How long a claimed delivery is left alone: an attempt, and storing what became of it."""
        return self.timeout + _MARGIN
