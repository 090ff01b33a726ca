"""Call: one thing a caller wants, from the first attempt to the last."""

from typing import Any

import httpx2
import msgspec

from failwell.client.replay import Body
from failwell.resilience.policy import RetryPolicy

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

    idempotent: bool = False
    """Whether sending twice does no harm, by its method or by a key."""

    keyed: bool = False
    """Whether it has an idempotency key."""

    body: Body | None = None
    """A body that has to be made ready for another attempt; ``None`` when it always is."""

    stream: bool = False
    """Whether the body of a success is left to the caller."""

    route: str | None = None
    """Path template, for texts."""

    own_headers: frozenset[str] = frozenset()
    """Names, in lower case, of header fields that the caller gave for this call."""

    json: Any = None
    """The value that is sent as JSON, for checks before sending."""

    trusted: bool = True
    """Whether the address is of the origin that credentials are for."""

    errand: bool = False
    """Whether it is sent for a log-in: without credentials, and any answer is handed back."""

    handed_back: bool = False
    """Whether the last answer is given back instead of an error, and what httpx2 raises raised."""

    wrapped: bool = False
    """Whether a client of httpx2 sends it, which follows redirects itself."""
