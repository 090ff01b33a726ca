"""How much of a bare application's speed is left inside Failwell."""

import asyncio
import contextlib
import random
import socket
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec

from benchmarks.hello_server import KINDS, Window
from benchmarks.load import load, pin
from benchmarks.result import Result

__all__ = ["KEPT", "Speeds", "measure", "results"]

KEPT = 0.8
"""Least share of the bare requests per second that is left."""

_FEWEST = 20
_ROOT = Path(__file__).parent.parent


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
    async with _server(plain=plain) as (first, windows):
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


@contextlib.asynccontextmanager
async def _server(*, plain: bool) -> AsyncIterator[tuple[int, list[Window]]]:
    first = _free_ports(len(KINDS))
    command = [sys.executable, "-m", "benchmarks.hello_server", str(first)]
    process = await asyncio.create_subprocess_exec(
        *command, *(["--plain"] if plain else []), stdout=subprocess.PIPE, cwd=_ROOT
    )
    assert process.stdout is not None
    pin(process.pid, 0)
    windows: list[Window] = []
    if await process.stdout.readline() != b"ready\n":
        raise RuntimeError("the server of the benchmark did not start")
    reading = asyncio.ensure_future(_read(process.stdout, windows))
    try:
        yield first, windows
    finally:
        process.terminate()
        await reading
        await process.wait()


async def _read(lines: asyncio.StreamReader, windows: list[Window]) -> None:
    windows.extend([msgspec.json.decode(line, type=Window) async for line in lines])


def _free_ports(count: int) -> int:
    for first in random.sample(range(10_000, 32_000, 10), 200):
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for port in range(first, first + count):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return first
    raise RuntimeError("no free block of ports")
