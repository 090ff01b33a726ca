"""What an operator can choose about Apinizer."""

from ipaddress import IPv4Network, IPv6Network

import msgspec

__all__ = ["ApinizerSettings"]


class ApinizerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The choices, with their defaults. Durations are seconds."""

    per_minute: int = 100
    """Requests per short window and token; per address where there is no token yet."""

    window_seconds: float = 60
    """How long the short window lasts."""

    token_seconds: int = 3600
    """How long tokens of ``auth/token`` are good."""

    deadline: float = 10.0
    """How long the server behind a ``specUrl`` may take to answer."""

    outbound_allow: tuple[IPv4Network | IPv6Network, ...] = ()
    """Private networks that a ``specUrl`` may lead to."""

    deploy_seconds: float = 0.25
    """How long bringing a proxy to its environments takes."""
