"""Server processes of benchmarks, which tell what they do while they are loaded."""

import asyncio
import contextlib
import random
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from benchmarks.hello_server import Window
from benchmarks.load import pin

__all__ = ["watched"]

_ROOT = Path(__file__).parent.parent


@contextlib.asynccontextmanager
async def watched(
    module: str, *arguments: str, ports: int
) -> AsyncIterator[tuple[int, list[Window]]]:
    """Run a server in a process of its own, on the processors of its side.

    Args:
        module: What is run; it gets its first port and the arguments.
        arguments: What else it is told.
        ports: How many ports it needs.

    Yields:
        Its first port, and what it did: a list that grows.
    """
    first = _free_ports(ports)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, str(first), *arguments), stdout=subprocess.PIPE, cwd=_ROOT
    )
    assert process.stdout is not None
    pin(process.pid, 0)
    windows: list[Window] = []
    if await process.stdout.readline() != b"ready\n":
        raise RuntimeError(f"{module} did not start")
    reading = asyncio.ensure_future(_read(process.stdout, windows))
    try:
        yield first, windows
    finally:
        process.terminate()
        await reading
        await process.wait()


async def _read(lines: asyncio.StreamReader, windows: list[Window]) -> None:
    async for line in lines:
        windows.append(msgspec.json.decode(line, type=Window))  # noqa: PERF401  it grows meanwhile


def _free_ports(count: int) -> int:
    for first in random.sample(range(10_000, 32_000, 10), 200):
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for port in range(first, first + count):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return first
    raise RuntimeError("no free block of ports")
