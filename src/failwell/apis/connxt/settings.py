"""What an operator can choose about Connxt."""

from ipaddress import IPv4Network, IPv6Network

import msgspec

__all__ = ["ConnxtSettings"]


class ConnxtSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The choices, with their defaults. Durations are seconds."""

    encryption_key: str | None = None
    """What PSP credentials are encrypted with, 64 hexadecimal digits; a key file when not set."""

    gateway_url: str | None = None
    """Where payments are announced; the bundled sandbox provider when not set."""

    public_url: str | None = None
    """Origin of payment pages, ``https://pay.example``; as the caller addressed it when not set."""

    deadline: float = 10.0
    """How long the payment provider may take to answer."""

    page_seconds: float = 1800.0
    """How long a payment may stay unfinished before it counts as failed."""

    outbound_allow: tuple[IPv4Network | IPv6Network, ...] = ()
    """Private networks that outbound calls may reach, besides the provider's own address."""

    def __repr__(self) -> str:
        # The key must not get into a log by way of a traceback or a debugger.
        return f"ConnxtSettings(gateway_url={self.gateway_url!r}, deadline={self.deadline!r}, ...)"
