"""What our client costs: on success over bare httpx2, and from an error body to an exception."""

import contextlib
import gc
import math
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import httpx2
import msgspec

from benchmarks.result import Result
from benchmarks.rounds import best_seconds
from failwell.client import AsyncClient, Client
from failwell.core.contract import Contract
from failwell.core.decode import Decoded
from failwell.core.exceptions import FaultError

__all__ = ["PER_ERROR", "PER_SUCCESS", "SHARE", "Costs", "errors", "measure", "results"]

PER_SUCCESS = 30e-6
"""Most seconds that a call that succeeds costs more than with bare httpx2 ..."""

SHARE = 0.05
"""... or most of its time, if that is more."""

PER_ERROR = 25e-6
"""Most seconds from the body of an error to an exception."""

_CALLS = 20
"""Calls of a window: few enough that many windows are free of what else runs."""

_ROOT = Path(__file__).parent.parent


class Costs(msgspec.Struct, frozen=True):
    """What a call costs that succeeds: seconds of processor, the best of many windows.

    A thread that waits for its server uses none, and what else runs on the machine cannot
    change it much. On a quiet machine a call takes longer by as much as it costs more.
    """

    bare: float
    ours: float

    @property
    def overhead(self) -> float:
        """What ours costs more."""
        return self.ours - self.bare

    @property
    def at_most(self) -> float:
        """What it may cost more."""
        return max(PER_SUCCESS, SHARE * self.bare)


async def results() -> AsyncIterator[Result]:
    """Compare in threads and on asyncio, then tell what each error costs."""
    for world in ("sync", "asyncio"):
        costs = await measure(world)
        note = f"{costs.ours * 1e6:.0f} against {costs.bare * 1e6:.0f} us of processor"
        yield Result(
            name=f"a call that succeeds, {world}: more than bare",
            value=costs.overhead * 1e6,
            unit="us",
            at_most=round(costs.at_most * 1e6, 1),
            note=note,
        )
    failing = await measure("sync", path="/missing")
    yield Result(
        name="a call that fails, sync: more than bare",
        value=failing.overhead * 1e6,
        unit="us",
        note=f"{failing.ours * 1e6:.0f} against {failing.bare * 1e6:.0f} us, raising included",
    )
    contract = Contract.bundled("connix")
    for result in errors(contract, contract.codes):
        yield result


async def measure(world: str, *, windows: int = 150, path: str = "/v1/projects") -> Costs:
    """Call a server of another process with both clients in turns.

    Args:
        world: ``sync`` or ``asyncio``.
        path: What is called; ``/missing`` is answered with an error.
        windows: How many windows each has.
    """
    with _server() as url, _no_collection():
        run = _in_loop if world == "asyncio" else _in_thread
        return await run(url, path, windows)


def errors(contract: Contract, codes: Iterable[str], *, rounds: int = 600) -> Iterator[Result]:
    """Tell what it costs to read each error, and to have it as an exception.

    Args:
        contract: Whose errors.
        codes: Which of them.
        rounds: How often every candidate has its turn.
    """
    for code in codes:
        wire = contract.golden(code)
        read = partial(contract.decode, wire.status, wire.headers, wire.body)
        best = best_seconds(
            {"decode": read, "exception": partial(_exception, contract, read)},
            rounds=rounds,
            calls=_CALLS,
        )
        note = f"{best['decode'] * 1e6:.1f} us of them to read it"
        yield Result(
            name=f"body to exception {code}",
            value=best["exception"] * 1e6,
            unit="us",
            at_most=PER_ERROR * 1e6,
            note=note,
        )


def _exception(contract: Contract, read: Callable[[], Decoded]) -> FaultError:
    decoded = read()
    return FaultError.of(
        decoded.fault, entry=decoded.entry, api=contract.api, contract=contract.name
    )


async def _in_thread(url: str, path: str, windows: int) -> Costs:
    with httpx2.Client(base_url=url) as bare, Client(url, contract="connix") as ours:
        best = {"bare": math.inf, "ours": math.inf}
        for _ in range(windows):
            for name, call in (("bare", bare.get), ("ours", ours.get)):
                begun = time.thread_time()
                for _ in range(_CALLS):
                    with contextlib.suppress(httpx2.HTTPStatusError, FaultError):
                        call(path).raise_for_status()
                best[name] = min(best[name], (time.thread_time() - begun) / _CALLS)
        return Costs(**best)


async def _in_loop(url: str, path: str, windows: int) -> Costs:
    async with (
        httpx2.AsyncClient(base_url=url) as bare,
        AsyncClient(url, contract="connix") as ours,
    ):
        best = {"bare": math.inf, "ours": math.inf}
        for _ in range(windows):
            for name, call in (("bare", bare.get), ("ours", ours.get)):
                begun = time.thread_time()
                for _ in range(_CALLS):
                    with contextlib.suppress(httpx2.HTTPStatusError, FaultError):
                        (await call(path)).raise_for_status()
                best[name] = min(best[name], (time.thread_time() - begun) / _CALLS)
        return Costs(**best)


@contextlib.contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.client_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=_ROOT) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
