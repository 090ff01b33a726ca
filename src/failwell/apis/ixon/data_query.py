"""Queries on points: a stream of points in, the points of the answer out. Pure."""

import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby, islice, pairwise
from typing import Any

from failwell.apis.ixon.data_rows import Point
from failwell.apis.ixon.data_schemas import LARGEST_LIMIT

__all__ = ["evaluate"]

_AGGREGATORS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "count": lambda values: float(len(values)),
    "mean": statistics.fmean,
    "median": statistics.median,
    "mode": statistics.mode,
    "spread": lambda values: max(values) - min(values),
    "sum": sum,
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
    "max": max,
    "min": min,
}
_OPERATORS: Mapping[str, Callable[[float, float], float | None]] = {
    "*": lambda value, factor: value * factor,
    "/": lambda value, factor: value / factor if factor else None,
    "+": lambda value, factor: value + factor,
    "-": lambda value, factor: value - factor,
}


def evaluate(
    stream: Iterable[Point], query: Mapping[str, Any], *, start: int
) -> Iterator[tuple[int, float | None]]:
    """Answer one query; no more of the stream is read than that needs.

    Args:
        stream: The points of the range, in the order of the query.
        query: As the schema of requests describes it.
        start: The first second of the range, where steps begin.

    Examples:
        >>> points = [(0, 1.0), (30, 2.0), (60, 5.0)]
        >>> list(evaluate(points, {"postAggr": "mean", "step": 60}, start=0))
        [(0, 1.5), (60, 5.0)]
    """
    found = _aggregated(stream, query, start)
    if query.get("postTransform") == "difference":
        found = ((time, value - before) for (_, before), (time, value) in pairwise(found))
    offset, limit = query.get("offset", 0), query.get("limit", LARGEST_LIMIT)
    for time, value in islice(found, offset, offset + limit):
        yield time, _scaled(value, query)


def _aggregated(stream: Iterable[Point], query: Mapping[str, Any], start: int) -> Iterator[Point]:
    name = query.get("postAggr", "raw")
    if name == "raw":
        yield from stream
        return
    aggregate, step = _AGGREGATORS[name], query.get("step")
    for bucket, inside in groupby(stream, lambda point: _bucket(point[0], start, step)):
        values = [value for _, value in inside]
        if query.get("order") == "desc":
            values.reverse()
        yield bucket, aggregate(values)


def _bucket(time: int, start: int, step: int | None) -> int:
    return start if step is None else start + (time - start) // step * step


def _scaled(value: float, query: Mapping[str, Any]) -> float | None:
    scaled: float | None = value
    if "factor" in query:
        factor = float(Decimal(query["factor"]))
        scaled = _OPERATORS[query.get("operator", "*")](value, factor)
    decimals = query.get("decimals")
    return scaled if scaled is None or decimals is None else round(scaled, decimals)
