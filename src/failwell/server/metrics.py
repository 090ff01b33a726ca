"""Metrics: how many requests there were of each kind, and how long they took.

Kept in memory since the process began, in the shape that a histogram of Prometheus or
OpenTelemetry has. Nothing of a single request is a kind: no id, no path, no person.
"""

from bisect import bisect_left
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from failwell.core.fault import Severity
from failwell.server.exchange import Exchange
from failwell.stores.faults import UNMATCHED

__all__ = ["BUCKETS", "AnswerKind", "Metrics", "Timing"]

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""Upper bounds in seconds, those OpenTelemetry advises for ``http.server.request.duration``."""

# OpenTelemetry: any other method is a made-up word, and callers make up words without end.
_METHODS = frozenset(
    ("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE")
)
_OTHER = "_OTHER"


class AnswerKind(NamedTuple):
    """What answers are counted by. Every value comes from a contract or a route table."""

    api: str
    route: str
    """Route template; `UNMATCHED` for requests that no route matches."""
    method: str
    """The request method, ``_OTHER`` for one that HTTP does not know."""
    status: int
    code: str | None
    """The error code; ``None`` for a good answer."""
    severity: Severity | None
    planned: bool
    """Whether a maintenance window answered."""


class Timing(msgspec.Struct):
    """How many answers of one kind there were, and how long they took."""

    count: int = 0
    """How many."""

    seconds: float = 0.0
    """How long they took together."""

    buckets: list[int] = msgspec.field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    """How many took up to each of `BUCKETS` and longer than the one before; the last, longer."""


class Metrics:
    """Counts every exchange that was answered; a `Recorder`. For one event loop."""

    def __init__(self) -> None:
        self._timings: dict[AnswerKind, Timing] = {}

    @property
    def answers(self) -> Mapping[AnswerKind, Timing]:
        """What was counted so far, as it stands now."""
        return MappingProxyType(self._timings)

    def record(self, exchange: Exchange) -> None:
        """Count a finished exchange; one whose caller went away before it is not."""
        if exchange.status is None:
            return
        kind, seconds = _kind(exchange, exchange.status), exchange.seconds
        timing = self._timings.get(kind)
        if timing is None:
            timing = self._timings[kind] = Timing()
        timing.count += 1
        timing.seconds += seconds
        timing.buckets[bisect_left(BUCKETS, seconds)] += 1


def _kind(exchange: Exchange, status: int) -> AnswerKind:
    fault, raised, method = exchange.fault, exchange.raised, exchange.method
    return AnswerKind(
        exchange.contract.name,
        exchange.route or UNMATCHED,
        method if method in _METHODS else _OTHER,
        status,
        None if fault is None else fault.code,
        None if fault is None else fault.severity,
        raised is not None and raised.params.get("reason") == "maintenance",
    )
