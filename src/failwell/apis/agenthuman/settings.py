"""What an operator can choose about AgentHuman."""

from ipaddress import IPv4Network, IPv6Network

import msgspec

__all__ = ["AgentHumanSettings"]


class AgentHumanSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The choices, with their defaults. Durations are seconds."""

    per_minute: int = 100
    """Requests per window and key."""

    window_seconds: float = 60
    """How long the window lasts."""

    workers: int = 4
    """Render workers: how many sessions of all accounts run at once."""

    session_seconds: float = 3600
    """How long a session lasts, and how long a new one waits to be started."""

    room_url: str | None = None
    """Where rooms for sessions are opened; the bundled local provider when not set."""

    deadline: float = 10.0
    """How long the room provider, or the host of a picture, may take to answer."""

    outbound_allow: tuple[IPv4Network | IPv6Network, ...] = ()
    """Private networks that outbound calls may reach, besides the bundled hosts."""
