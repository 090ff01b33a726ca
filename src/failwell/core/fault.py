"""Fault: one occurrence of a failure, on either side of the wire.

A fault is a frozen value. It has no field for an exception, so a stack trace cannot
reach the wire.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from failwell.core.situation import Situation

__all__ = ["Fault", "Location", "Outcome", "Part", "Severity", "Violation"]

Severity = Literal["low", "medium", "high", "critical"]
"""How much an operator should care."""

Outcome = Literal["not_sent", "not_processed", "unknown", "processed"]
"""What is known about the effect of a failed call."""

Part = Literal["body", "query", "path", "header", "cookie"]
"""Which part of a request a violation speaks of."""

_NOTHING: Mapping[str, Any] = {}


class Location(msgspec.Struct, frozen=True):
    """Where a violation sits: the part of the request and the path inside it.

    All path notations of the wire (dotted, JSON Pointer, fragment, segments) meet in
    one tuple of names and indexes, so violations of any two APIs compare.
    """

    path: tuple[str | int, ...] = ()
    """Names and indexes from the root of the part, ``("config", "temperature")``."""

    part: Part = "body"
    """The part of the request."""

    @property
    def dotted(self) -> str:
        """The path with dots, ``config.temperature``."""
        return ".".join(map(str, self.path))


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """One rejected input of one request."""

    code: str | None = None
    """The API's word for the broken rule (``required``), where it has one."""

    detail: str | None = None
    """The sentence about this input, safe for the caller."""

    location: Location | None = None
    """Where the input sits; ``None`` when the API does not say."""

    params: Mapping[str, Any] = _NOTHING
    """Typed values such as ``min`` and ``max``."""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One occurrence of a failure.

    Raised by handlers (inside a `FaultError`), completed by a contract, put on the wire
    by the encoder, and made again from the wire by the decoder.
    """

    situation: Situation | None = None
    """What happened, before the API named it."""

    code: str | None = None
    """The API's own word, a key of the contract's catalogue."""

    status: int | None = None
    """The HTTP status of the status line."""

    message: str | None = None
    """The sentence of the code as the contract words it."""

    detail: str | None = None
    """A second sentence about this occurrence, safe for the caller."""

    params: Mapping[str, Any] = _NOTHING
    """The typed values of this occurrence, under the contract's names."""

    violations: tuple[Violation, ...] | None = None
    """Rejected inputs; ``None`` when there is no such list, ``()`` when it is there and empty."""

    retry_after: float | None = None
    """Seconds the server asks the caller to wait."""

    request_id: str | None = None
    """Name of the HTTP exchange, for support."""

    timestamp: datetime | None = None
    """When it happened, aware."""

    severity: Severity | None = None
    """How much an operator should care."""

    outcome: Outcome | None = None
    """What is known about the effect of the call (client side)."""
