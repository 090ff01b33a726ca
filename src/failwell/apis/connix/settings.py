"""What an operator can choose about Connix."""

from ipaddress import IPv4Network, IPv6Network

import msgspec

__all__ = ["ConnixSettings"]


class ConnixSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The choices, with their defaults. Durations are seconds."""

    per_minute: int = 100
    """Requests per short window and credential on the free plan."""

    per_hour: int = 1000
    """Requests per hour and credential on the free plan."""

    window_seconds: float = 60
    """How long the short window lasts."""

    access_token_seconds: int = 3600
    """How long access tokens are good."""

    model_url: str | None = None
    """Where invoked agents ask; the bundled local model when not set."""

    deadline: float = 10.0
    """How long the model may take to answer."""

    outbound_allow: tuple[IPv4Network | IPv6Network, ...] = ()
    """Private networks that outbound calls may reach, besides the model's own address."""

    transition_seconds: float = 0.5
    """How long starting, pausing and stopping an agent takes."""
