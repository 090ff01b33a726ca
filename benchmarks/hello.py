"""How much of a bare application's speed is left inside Failwell."""

import statistics
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence

import msgspec

from benchmarks.hello_server import KINDS, Window
from benchmarks.load import load
from benchmarks.result import Result
from benchmarks.watched import watched

__all__ = ["KEPT", "Speeds", "measure", "results"]

KEPT = 0.8
"""Least share of the bare requests per second that is left."""

_FEWEST = 20


class Speeds(msgspec.Struct, frozen=True):
    """What one kind of application achieved."""

    per_second: float
    """Requests per second, the median of its turns."""

    cpu: float
    """Processor seconds a request, the best of many short windows.

    A server that is given a whole processor answers one request per that time, and what
    else runs on the machine cannot change it much.
    """


async def measure(
    kinds: Sequence[str], *, turns: int = 5, seconds: int = 1, plain: bool = False
) -> dict[str, Speeds]:
    """Load each kind of application in turns.

    Args:
        kinds: Some of `KINDS`.
        turns: How often each has its turn.
        seconds: How long a turn is.
        plain: Whether uvicorn's own protocol class serves them, instead of ours.
    """
    rates: dict[str, list[float]] = defaultdict(list)
    flags = ("--plain",) if plain else ()
    async with watched("benchmarks.hello_server", *flags, ports=len(KINDS)) as (first, windows):
        # The first turn warms up.
        for turn in range(turns + 1):
            for kind in kinds:
                rate = await load(f"http://127.0.0.1:{first + KINDS.index(kind)}/", seconds=seconds)
                if turn:
                    rates[kind].append(rate)
    return {k: Speeds(statistics.median(rates[k]), _least_cpu(windows, k)) for k in kinds}


async def results() -> AsyncIterator[Result]:
    """Compare with both protocol classes, and say what logging and crashes cost."""
    for plain in (False, True):
        speeds = await measure(("bare", "wrapped"), plain=plain)
        protocol = "uvicorn's protocol" if plain else "our protocol"
        yield _compared(f"wrapped, {protocol}", speeds["bare"], speeds["wrapped"], KEPT)
    speeds = await measure(("bare", "logged", "bare_crash", "crash"), turns=3)
    yield _compared("wrapped, one log line per request", speeds["bare"], speeds["logged"])
    yield _compared("crash, logged, against bare uvicorn", speeds["bare_crash"], speeds["crash"])


def _compared(name: str, bare: Speeds, ours: Speeds, least: float | None = None) -> Result:
    rates = f"{ours.per_second:,.0f} against {bare.per_second:,.0f} a second"
    costs = f"{ours.cpu * 1e6:.1f} against {bare.cpu * 1e6:.1f} us of processor"
    share = ours.per_second / bare.per_second
    note = f"{costs}; {rates} ({share:.2f})"
    return Result(name=name, value=bare.cpu / ours.cpu, at_least=least, note=note)


def _least_cpu(windows: Sequence[Window], kind: str) -> float:
    alone = (w for w in windows if w.requests[kind] == sum(w.requests.values()))
    costs = [w.cpu / w.requests[kind] for w in alone if w.requests[kind] >= _FEWEST]
    return min(costs, default=float("inf"))
