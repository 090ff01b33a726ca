"""Load: requests over kept-alive connections, by ``wrk`` where it is installed.

Server and load are pinned to different processors, where the machine has two.
"""

import asyncio
import os
import re
import shutil
import subprocess
import time
from collections.abc import Sequence

__all__ = ["load", "pin", "pinned"]

_CONNECTIONS = 32


def pinned(side: int) -> Sequence[int]:
    """List the processors of a side: 0 for the server, 1 for the load."""
    usable = sorted(os.sched_getaffinity(0))
    return usable if len(usable) < 2 else [usable[side % len(usable)]]


def pin(process: int, side: int) -> None:
    """Keep a process on the processors of its side."""
    os.sched_setaffinity(process, pinned(side))


async def load(
    url: str, *, seconds: int = 1, headers: Sequence[str] = (), connections: int = _CONNECTIONS
) -> float:
    """Ask for one page as often as possible and return the requests per second.

    Args:
        url: The page.
        seconds: How long.
        headers: Header lines of every request.
        connections: How many requests are under way at once.
    """
    if shutil.which("wrk"):
        return await asyncio.to_thread(_wrk, url, seconds, headers, connections)
    return await _plain(url, seconds, headers, connections)


def _wrk(url: str, seconds: int, headers: Sequence[str], connections: int) -> float:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", url]
    for header in headers:
        command += ["-H", header]
    processor = pinned(1)
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, processor),
    )
    found = re.search(r"Requests/sec:\s+([0-9.]+)", done.stdout)
    if found is None:
        raise RuntimeError(f"wrk told no rate:\n{done.stdout}")
    return float(found[1])


async def _plain(url: str, seconds: int, headers: Sequence[str], connections: int) -> float:
    host, _, rest = url.removeprefix("http://").partition("/")
    lines = [f"GET /{rest} HTTP/1.1", f"Host: {host}", *headers, "", ""]
    request = "\r\n".join(lines).encode()
    name, _, port = host.partition(":")
    begun = time.monotonic()
    callers = (_caller(name, int(port), request, begun + seconds) for _ in range(connections))
    return sum(await asyncio.gather(*callers)) / (time.monotonic() - begun)


async def _caller(host: str, port: int, request: bytes, end: float) -> int:
    reader, writer = await asyncio.open_connection(host, port)
    answers = 0
    while time.monotonic() < end:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        size = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        await reader.readexactly(int(size[1]) if size else 0)
        answers += 1
    writer.close()
    return answers
