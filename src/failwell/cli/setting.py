"""One setting: its name, its default, what it means, and how its text becomes a value."""

import ipaddress
import math
import re
from collections.abc import Callable
from typing import Generic, TypeVar
from urllib.parse import urlsplit

import msgspec

__all__ = ["YEAR", "Network", "Setting", "networks", "seconds", "secret", "url", "whole"]

T = TypeVar("T")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
"""A range of addresses."""

YEAR = 31_536_000
"""Seconds; longer durations are mistakes."""


class Setting(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One thing an operator may choose."""

    name: str
    """Its name; a dot comes after the API it belongs to."""

    default: T
    """The value when nobody chooses."""

    unit: str
    """What the value counts; empty for texts."""

    meaning: str
    """One line for the operator."""

    expects: str
    """What a valid value looks like."""

    parse: Callable[[str], T]
    """Turns the text of a flag into the value; raises ValueError."""

    secret: bool = False
    """Whether its value is never shown."""

    def format(self, value: T) -> str | None:
        """Write a value the way `parse` reads it; ``None`` when there is none."""
        if self.secret and value is not None:
            return "(hidden)"
        if isinstance(value, tuple):
            return ",".join(map(str, value)) or None
        if isinstance(value, float):
            return f"{value:g}"
        return None if value is None else str(value)

    @property
    def variable(self) -> str:
        """The environment variable of this setting."""
        return "FAILWELL_" + self.name.upper().replace(".", "__")


def whole(name: str, default: int, meaning: str, *, unit: str, most: int) -> Setting[int]:
    """Declare a whole number from 1 to `most`."""

    def parse(text: str) -> int:
        value = int(text)
        if not 1 <= value <= most:
            raise ValueError(text)
        return value

    return Setting(
        name=name,
        default=default,
        unit=unit,
        meaning=meaning,
        expects=f"a whole number from 1 to {most}",
        parse=parse,
    )


def seconds(name: str, default: float, meaning: str) -> Setting[float]:
    """Declare a duration."""

    def parse(text: str) -> float:
        value = float(text)
        if not math.isfinite(value) or not 0 < value <= YEAR:
            raise ValueError(text)
        return value

    return Setting(
        name=name,
        default=default,
        unit="seconds",
        meaning=meaning,
        expects=f"a number of seconds above 0, at most {YEAR}",
        parse=parse,
    )


def networks(name: str, meaning: str) -> Setting[tuple[Network, ...]]:
    """Declare ranges of addresses with commas between them; none by default."""

    def parse(text: str) -> tuple[Network, ...]:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())

    return Setting(
        name=name,
        default=(),
        unit="CIDR,...",
        meaning=meaning,
        expects="networks with commas between them, such as 10.0.0.0/8,fd00::/8",
        parse=parse,
    )


def url(name: str, meaning: str) -> Setting[str | None]:
    """Declare the address of a server; none by default."""

    def parse(text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", text):
            raise ValueError(text)
        _ = parts.port  # raises ValueError on a port that is no number
        return text

    return Setting(
        name=name,
        default=None,
        unit="",
        meaning=meaning,
        expects="an http or https URL",
        parse=parse,
    )


def secret(name: str, meaning: str, *, pattern: str, expects: str) -> Setting[str | None]:
    """Declare a secret: checked against a pattern, and never shown."""

    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(text)
        return text

    return Setting(
        name=name,
        default=None,
        unit="",
        meaning=meaning,
        expects=expects,
        parse=parse,
        secret=True,
    )
