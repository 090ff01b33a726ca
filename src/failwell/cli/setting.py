"""One setting: its name, its default, what it means, and how its text becomes a value."""

import ipaddress
import math
import re
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar
from urllib.parse import urlsplit

import msgspec

from failwell.core.exceptions import FailwellError

__all__ = [
    "YEAR",
    "Network",
    "Setting",
    "networks",
    "schedule",
    "seconds",
    "secret",
    "switch",
    "url",
    "whole",
]

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
            return ",".join(map(_text, value)) or None
        return None if value is None else _text(value)

    @property
    def variable(self) -> str:
        """The environment variable of this setting."""
        return "FAILWELL_" + self.name.upper().replace(".", "__")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


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


def seconds(name: str, default: float, meaning: str, *, most: int = YEAR) -> Setting[float]:
    """Declare a duration of at most `most` seconds."""

    def parse(text: str) -> float:
        value = float(text)
        if not math.isfinite(value) or not 0 < value <= most:
            raise ValueError(text)
        return value

    return Setting(
        name=name,
        default=default,
        unit="seconds",
        meaning=meaning,
        expects=f"a number of seconds above 0, at most {most}",
        parse=parse,
    )


def schedule(
    name: str,
    default: tuple[float, ...],
    meaning: str,
    *,
    parse: Callable[[str], Sequence[float]],
) -> Setting[tuple[float, ...]]:
    """Declare the waits before the attempts of something, with commas between them.

    Args:
        name: Its name.
        default: Seconds.
        meaning: One line for the operator.
        parse: Reads a schedule; raises FailwellError.
    """

    def read(text: str) -> tuple[float, ...]:
        try:
            return tuple(parse(text))
        except FailwellError as error:
            raise ValueError(text) from error

    return Setting(
        name=name,
        default=default,
        unit="seconds,...",
        meaning=meaning,
        expects="waits with commas between them, the first one 0, such as 0,5s,5m,2h",
        parse=read,
    )


def switch(name: str, meaning: str) -> Setting[bool | None]:
    """Declare something that is on or off; what it is when nobody chooses, depends."""

    def parse(text: str) -> bool:
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"

    return Setting(
        name=name, default=None, unit="", meaning=meaning, expects="true or false", parse=parse
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
