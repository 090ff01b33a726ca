"""Limits: how often one address may ask, whoever is calling."""

from failwell.apis.ixon.settings import IxonSettings
from failwell.server.guards.quota import Policies
from failwell.stores.quota import QuotaPolicy

__all__ = ["limits"]

_SUSTAINED = 0.8
"""What may be kept up for two minutes, as a share of what may be done in a burst."""


def limits(settings: IxonSettings) -> Policies:
    """Make the limits of an address: a short burst, and what may be kept up.

    Args:
        settings: What the operator chose.
    """
    burst = QuotaPolicy("burst", settings.per_second * 5, 5.0, "5 seconds", block=settings.block)
    most = max(1, int(settings.per_second * _SUSTAINED * 120))
    sustained = QuotaPolicy("sustained", most, 120.0, "2 minutes", block=settings.block)
    return lambda _: (burst, sustained)
