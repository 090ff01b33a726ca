"""A scenario: what a server does to one call, and what the client must have made of it."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import msgspec

from tests.client.byte_server import Reply, Seen, json_reply

__all__ = ["Judge", "Observed", "Scenario", "Told", "Verdict", "always", "good", "once"]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a client's process tells about one call."""

    status: int | None = None
    """200 after a good answer, otherwise the status its exception holds."""

    error: str | None = None
    """Class of what it raised."""

    text: int = 0
    """Characters of the exception's text."""

    seconds: float = 0.0

    memory: int = 0
    """Bytes by which the process grew at its peak."""


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """One call, seen from both sides."""

    told: Told | None
    """``None``: the call had not ended when its time was up, and its process was killed."""

    requests: Sequence[Seen]
    """What the server saw."""

    elsewhere: int = 0
    """Requests that reached the other origin."""

    @property
    def count(self) -> int:
        """How many requests the server saw."""
        return len(self.requests)

    @property
    def gap(self) -> float | None:
        """Seconds between the first two requests."""
        return self.requests[1].at - self.requests[0].at if self.count > 1 else None

    @property
    def same_key(self) -> bool:
        """Whether every request carries the same idempotency key."""
        keys = {seen.headers.get("idempotency-key") for seen in self.requests}
        return len(keys) == 1 and None not in keys


class Verdict(msgspec.Struct, frozen=True):
    """Whether a client did what the scenario asks for."""

    passed: bool | None
    """``None``: it does not retry that at all, or cannot send such a request."""

    note: str = ""

    def __str__(self) -> str:
        """Write it as a cell of the matrix."""
        mark = {True: "✓", False: "✗", None: "–"}[self.passed]
        return f"{mark} {self.note}".rstrip()


Judge: TypeAlias = Callable[[Observed], Verdict]
Script: TypeAlias = Callable[[int, str], Reply]
"""From the number of the request, from 1, and the address of another origin."""


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the matrix."""

    id: str

    promise: str
    """In a few words."""

    answer: Script

    judge: Judge

    method: str = "GET"

    body: str = ""
    """One of `benchmarks.peers.ask.ALL_BODIES`."""

    contract: str | None = None

    needs: str | None = None
    """What a client must retry at all for the row to apply to it."""

    limit: float = 6.0
    """Seconds after which the process of the client is killed."""


def good() -> Reply:
    """The answer of a server that is well."""
    return json_reply(200, {"id": "thing_1", "object": "thing"})


def once(first: Callable[[], Reply]) -> Script:
    """Answer the first request with this, and all later ones well."""
    return lambda number, _elsewhere: first() if number == 1 else good()


def always(every: Callable[[], Reply]) -> Script:
    """Answer every request with this."""
    return lambda _number, _elsewhere: every()
