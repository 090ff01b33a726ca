"""Call: one thing a caller wants, from the first attempt to the last."""

from typing import Any

import httpx2
import msgspec

from failwell.client.first import RetryPolicy

__all__ = ["IDEMPOTENT", "Call"]

IDEMPOTENT = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PUT", "QUERY", "TRACE"})
"""Methods that do no harm when sent twice (RFC 9110, 9.2.2)."""


class Call(msgspec.Struct, kw_only=True):
    """One thing a caller wants."""

    request: httpx2.Request
    """What is sent, without what each attempt adds."""

    policy: RetryPolicy | None
    """When it is repeated; ``None``: never."""

    timeout: float
    """Seconds for each phase of an attempt."""

    started: float
    """Moment of the monotonic clock at which it began."""

    ends: float
    """Moment of the monotonic clock at which it has to be over."""

    idempotent: bool
    """Whether sending twice does no harm, by its method or by a key."""

    body: Any = None
    """How the body is made ready for another attempt; ``None`` when it always is."""

    stream: bool = False
    """Whether the body of a success is left to the caller."""

    route: str | None = None
    """Path template, for texts."""
