"""What an operator can choose about IXON."""

import msgspec

__all__ = ["IxonSettings"]


class IxonSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The choices, with their defaults. Durations are seconds."""

    per_second: int = 50
    """Requests a second that one address may make over five seconds."""

    block: float = 600.0
    """How long an address is refused that asked for too much."""

    deadline: float = 60.0
    """How long a request for data may take."""
