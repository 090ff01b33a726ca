"""``/metrics``: the counters of this process as Prometheus reads them.

Names and labels follow OpenTelemetry and the conventions of Prometheus. A label never holds
what callers make up: no request id, no path, no person, no message.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import get_args

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from failwell.core.contract import Contract
from failwell.server.metrics import BUCKETS, AnswerKind, Timing
from failwell.stores.endpoints import Endpoint
from failwell.stores.outbox import AttemptError
from failwell.webhooks.tally import DELAY_BOUNDS, Tally

__all__ = ["CONTENT_TYPE", "MOST_ENDPOINTS", "Snapshot", "metrics_text"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Media type of the text."""

MOST_ENDPOINTS = 1_000
"""How many endpoints have a line each; those that are not well come first."""

_OUTCOMES = ("delivered", "exhausted", "refused", "parked", "cancelled")
_Labels = tuple[str, ...]


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What is counted, at one moment: copies, for writing takes a while and counting goes on."""

    now: float
    """The moment, in Unix seconds."""

    answers: Mapping[AnswerKind, Timing]
    """Requests since the start."""

    tally: Tally
    """Deliveries since the start."""

    backlog: Mapping[str, tuple[int, float]] | None
    """Endpoint -> how many wait, and since when the oldest is due; ``None``: cannot be read."""

    endpoints: Sequence[Endpoint]
    """Every endpoint."""

    contracts: Mapping[str, Contract]
    """API -> its contract."""

    lost: int
    """Error responses that could not be recorded."""


def metrics_text(snapshot: Snapshot) -> bytes:
    """Write everything that is counted in the text format of Prometheus.

    Args:
        snapshot: What is counted.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(snapshot))
    return generate_latest(registry)


class _Collected(Collector):
    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        snapshot, answers = self._snapshot, self._snapshot.answers
        yield _durations(answers)
        yield _requests(answers)
        yield _errors(answers, snapshot.contracts)
        yield _counter("fault_records_lost", "Errors that could not be recorded.", snapshot.lost)
        yield from _sent(snapshot.tally)
        yield from _waiting(snapshot)
        yield _states(snapshot.endpoints)


def _durations(answers: Mapping[AnswerKind, Timing]) -> Metric:
    family = HistogramMetricFamily(
        "http_server_request_duration_seconds",
        "Seconds from a request to its answer.",
        labels=(
            "api",
            "http_route",
            "http_request_method",
            "http_response_status_code",
            "error_type",
        ),
    )
    found = _together(
        answers,
        lambda kind: (kind.api, kind.route, kind.method, str(kind.status), kind.code or ""),
    )
    for labels, timings in found.items():
        counts = [sum(column) for column in zip(*(each.buckets for each in timings), strict=True)]
        seconds = sum(each.seconds for each in timings)
        family.add_metric(labels, _cumulated(BUCKETS, counts), sum_value=seconds)
    return family


def _requests(answers: Mapping[AnswerKind, Timing]) -> Metric:
    family = CounterMetricFamily(
        "api_requests", "Requests that were answered.", labels=("api", "http_route", "status")
    )
    found = _together(answers, lambda kind: (kind.api, kind.route, str(kind.status)))
    for labels, timings in found.items():
        family.add_metric(labels, sum(each.count for each in timings))
    return family


def _errors(answers: Mapping[AnswerKind, Timing], contracts: Mapping[str, Contract]) -> Metric:
    family = CounterMetricFamily(
        "api_errors",
        "Requests that were answered with an error; planned ones by a maintenance window.",
        labels=("api", "http_route", "code", "status", "severity", "documented", "planned"),
    )

    def labels_of(kind: AnswerKind) -> _Labels:
        contract = contracts.get(kind.api)
        documented = contract is not None and kind.code in contract.codes
        words = (kind.api, kind.route, kind.code or "", str(kind.status), kind.severity or "")
        return (*words, _word(documented), _word(kind.planned))

    errors = {kind: timing for kind, timing in answers.items() if kind.code is not None}
    for labels, timings in _together(errors, labels_of).items():
        family.add_metric(labels, sum(each.count for each in timings))
    return family


def _sent(tally: Tally) -> Iterator[Metric]:
    finished = CounterMetricFamily(
        "webhook_deliveries", "Deliveries that came to an end.", labels=("outcome",)
    )
    for state in sorted({*_OUTCOMES, *tally.finished}):
        finished.add_metric((state,), tally.finished[state])
    yield finished
    attempts = CounterMetricFamily(
        "webhook_delivery_attempts",
        "Attempts, by why they failed; none for those that did not.",
        labels=("error_class",),
    )
    for error in sorted({"none", *get_args(AttemptError), *tally.attempts}):
        attempts.add_metric((error,), tally.attempts[error])
    yield attempts
    delays = HistogramMetricFamily(
        "webhook_delivery_delay_seconds", "Seconds from an event to its delivery."
    )
    bounds = (*DELAY_BOUNDS, float("inf"))
    counts = [tally.delays[bound] for bound in bounds]
    delays.add_metric((), _cumulated(DELAY_BOUNDS, counts), sum_value=tally.delay_seconds)
    yield delays


def _waiting(snapshot: Snapshot) -> Iterator[Metric]:
    if snapshot.backlog is None:
        return
    waiting = snapshot.backlog.values()
    yield _gauge("webhook_pending", "Deliveries that wait.", sum(count for count, _ in waiting))
    oldest = min((due for _, due in waiting), default=snapshot.now)
    yield _gauge(
        "webhook_oldest_due_seconds",
        "Seconds since the delivery that waits longest was due.",
        max(snapshot.now - oldest, 0.0),
    )


def _states(endpoints: Sequence[Endpoint]) -> Metric:
    family = GaugeMetricFamily(
        "webhook_endpoint_state", "1 for the state an endpoint is in.", labels=("endpoint", "state")
    )
    for endpoint in sorted(endpoints, key=lambda each: each.state == "active")[:MOST_ENDPOINTS]:
        family.add_metric((endpoint.id, endpoint.state), 1)
    return family


def _counter(name: str, documentation: str, value: float) -> Metric:
    family = CounterMetricFamily(name, documentation)
    family.add_metric((), value)
    return family


def _gauge(name: str, documentation: str, value: float) -> Metric:
    family = GaugeMetricFamily(name, documentation)
    family.add_metric((), value)
    return family


def _together(
    answers: Mapping[AnswerKind, Timing], labels_of: Callable[[AnswerKind], _Labels]
) -> Mapping[_Labels, list[Timing]]:
    found: dict[_Labels, list[Timing]] = {}
    for kind, timing in answers.items():
        found.setdefault(labels_of(kind), []).append(timing)
    return found


def _cumulated(bounds: Sequence[float], counts: Sequence[int]) -> list[tuple[str, float]]:
    """Count up to each bound instead of between two, as Prometheus wants it."""
    names, total, buckets = [*map(str, bounds), "+Inf"], 0, []
    for name, count in zip(names, counts, strict=True):
        total += count
        buckets.append((name, float(total)))
    return buckets


def _word(value: bool) -> str:  # a label, not a switch
    return "true" if value else "false"
