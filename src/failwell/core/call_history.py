"""The history of a call: what a client did, attempt by attempt, before it gave up.

Kept beside the fault of every error a client raises. It holds names, numbers and an address
without its query, and nothing that lives: it can be logged, pickled and shown.
"""

from typing import Literal

import msgspec

__all__ = ["Attempt", "CallHistory", "Phase", "Suppression"]

Phase = Literal[
    "dns", "connect", "tls", "pool", "write", "read_headers", "read_body", "decode", "refresh"
]
"""How far an attempt had come when it broke."""

Suppression = Literal["attempts", "body", "budget", "circuit", "deadline", "gate", "policy", "wait"]
"""What kept a fault that may pass from being retried."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One sending of a request, and what followed."""

    number: int
    """From 1."""

    status: int | None = None
    """The status that came back; ``None`` when no answer did."""

    code: str | None = None
    """The error code of the answer."""

    error: str | None = None
    """Name of the exception, when there was no whole answer."""

    phase: Phase | None = None
    """How far it had come when it broke."""

    request_id: str | None = None
    """Name of the exchange."""

    wait: float | None = None
    """Seconds waited afterwards, before the next attempt."""

    because: str | None = None
    """Why it was repeated, or why not, in words fit for a log line."""

    source: str | None = None
    """Where the length of the wait came from: ``Retry-After (seconds)``, ``backoff``."""


class CallHistory(msgspec.Struct, frozen=True, kw_only=True):
    """All attempts of one call."""

    method: str
    """The request method."""

    url: str
    """Scheme, host and path template: no query, no user, and ids in the path as ``{id}``."""

    attempts: tuple[Attempt, ...] = ()
    """Every sending, the last one last."""

    elapsed: float = 0.0
    """Seconds from the call to its end, waits included."""

    ended: float | None = None
    """Unix seconds when the call ended, by the caller's clock."""

    because: str | None = None
    """Why it ended here, in words fit for a log line."""

    suppressed: Suppression | None = None
    """What kept a fault that may pass from being retried; ``None`` where nothing did."""

    language: str = "en"
    """Language of the texts for people that the client was told to use."""

    status: int | None = None
    """The status line, even where the fault came with a 200."""

    guessed: bool = False
    """Whether no contract fits and the answer was read as well as could be."""

    gateway: bool = False
    """Whether something in front of the API answered: a proxy, a CDN, a load balancer."""

    truncated: bool = False
    """Whether the body was cut off, by the line or by our limit."""

    in_stream: bool = False
    """Whether the error came inside a stream that had begun well."""

    violated: bool = False
    """Whether the answer broke the contract it was read by."""
