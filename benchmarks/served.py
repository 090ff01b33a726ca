"""``failwell serve`` as a user starts it: how soon it is ready, how much it holds, how fast."""

import contextlib
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.request import urlopen

import msgspec

from benchmarks.load import load, pin
from benchmarks.result import Result

__all__ = ["IDLE", "READY", "Started", "answers", "started", "starting"]

READY = 4.0
"""Most seconds until every port is ready."""

IDLE = 250.0
"""Most megabytes of an idle server, its children included."""

_LONGEST = 30.0
_SETTLING = 1.0
_ROOMY = ("connix.per_minute=100000000", "connix.per_hour=100000000")


class Started(msgspec.Struct, frozen=True):
    """A running server."""

    port: int
    """Its first port."""

    process: int
    """Its process."""

    seconds: float
    """How long it took to be ready."""

    @property
    def megabytes(self) -> float:
        """Resident memory of the process and its children."""
        return sum(_resident(each) for each in _family(self.process)) / 1e6


@contextlib.contextmanager
def started(data: Path, *flags: str) -> Iterator[Started]:
    """Start a server, and stop it at the end.

    Args:
        data: Its data directory.
        flags: Further flags.
    """
    port = _free_pair()
    command = [sys.executable, "-m", "failwell.cli", "serve", "--port", str(port), *flags]
    before = time.monotonic()
    process = subprocess.Popen(
        [*command, "--data", str(data)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(process, port, before + _LONGEST)
        yield Started(port, process.pid, time.monotonic() - before)
    finally:
        process.terminate()
        process.wait()


def starting(*, again: int = 2) -> Iterator[Result]:
    """Measure the first start, with its demo accounts, and the best of the later ones."""
    with tempfile.TemporaryDirectory() as directory:
        data = Path(directory, "data")
        with started(data) as first:
            time.sleep(_SETTLING)
            megabytes = first.megabytes
        later = min(_seconds(data) for _ in range(again))
    yield Result(name="first start until ready", value=first.seconds, unit="s", at_most=READY)
    yield Result(name="later start until ready", value=later, unit="s", at_most=READY)
    yield Result(name="memory when idle", value=megabytes, unit="MB", at_most=IDLE)


async def answers(*, turns: int = 3) -> AsyncIterator[Result]:
    """Load some pages of Connix in turns, and compare each with its hello."""
    flags = [word for setting in _ROOMY for word in ("--set", setting)]
    with tempfile.TemporaryDirectory() as directory:
        data = Path(directory, "data")
        with started(data, "--log-format", "json", *flags) as server:
            pin(server.process, 0)
            known = json.loads((data / "credentials.json").read_text("utf-8"))["connix"]
            key, base = f"X-API-Key: {known['api_key']}", known["base_url"]
            pages = {
                "healthz": (f"http://127.0.0.1:{server.port + 1}/healthz", ()),
                "200": (f"{base}/hello?name=Test", (key,)),
                "401": (f"{base}/hello", ()),
                "404": (f"{base}/projects/proj_0000000000000000", (key,)),
                "400": (f"{base}/projects?limit=x", (key,)),
            }
            rates: dict[str, list[float]] = {name: [] for name in pages}
            for _ in range(turns):
                for name, (url, headers) in pages.items():
                    rates[name].append(await load(url, headers=headers))
    best = {name: max(found) for name, found in rates.items()}
    for name, rate in best.items():
        note = f"{rate:,.0f} a second, logged as JSON"
        yield Result(name=f"Connix {name} against its hello", value=rate / best["200"], note=note)


def _seconds(data: Path) -> float:
    with started(data) as server:
        return server.seconds


def _wait(process: subprocess.Popen[bytes], port: int, end: float) -> None:
    while not (_ready(port) and _ready(port + 1)):
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError("failwell serve did not start")
        time.sleep(0.01)


def _ready(port: int) -> bool:
    with contextlib.suppress(OSError), urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
        return bool(answer.status == 200)
    return False


def _family(process: int) -> list[int]:
    found = [process]
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(stat.read_text("ascii", "replace").rpartition(")")[2].split()[1])
            if parent == process:
                found += _family(int(stat.parent.name))
    return found


def _resident(process: int) -> int:
    with contextlib.suppress(OSError):
        pages = Path(f"/proc/{process}/statm").read_text("ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _free_pair() -> int:
    for first in random.sample(range(10_000, 32_000, 10), 200):
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for port in range(first, first + 6):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return first
    raise RuntimeError("no free block of ports")
