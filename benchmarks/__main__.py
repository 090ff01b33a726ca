"""Run the benchmarks: ``python -m benchmarks [--json] [PART ...]``."""

import argparse
import asyncio
import os
import platform
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping

from benchmarks import bodies, client_speed, hello, recording, served, small, webhooks
from benchmarks.result import Result, as_json, as_lines
from failwell.core.contract import Contract

__all__ = ["main"]


async def _bodies() -> AsyncIterator[Result]:
    contract = Contract.bundled("connix")
    for measure in (bodies.encoding, bodies.decoding, bodies.with_headers):
        for result in measure(contract, contract.codes):
            yield result


async def _small() -> AsyncIterator[Result]:
    for result in small.results():
        yield result


async def _start() -> AsyncIterator[Result]:
    for result in served.starting():
        yield result


_PARTS: Mapping[str, Callable[[], AsyncIterator[Result]]] = {
    "bodies": _bodies,
    "small": _small,
    "hello": hello.results,
    "start": _start,
    "connix": served.answers,
    "recording": recording.results,
    "client": client_speed.results,
    "webhooks": webhooks.results,
}


def main() -> None:
    """Run the parts asked for; exit with 1 when a promise is broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(_PARTS))
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    chosen = parser.parse_args()
    unknown = [part for part in chosen.parts if part not in _PARTS]
    if unknown:
        parser.error(f"no part {unknown[0]!r}; there are {', '.join(_PARTS)}")
    kept = asyncio.run(_run(chosen.parts or list(_PARTS), in_json=chosen.json))
    sys.exit(not kept)


async def _run(parts: list[str], *, in_json: bool) -> bool:
    if not in_json:
        print("\n".join(_conditions()))
    everything = []
    for part in parts:
        if not in_json:
            print(f"\n{part}")
        async for result in _PARTS[part]():
            everything.append(result)
            if not in_json:
                print(as_lines([result]), flush=True)
    if in_json:
        print(as_json(everything))
    return all(result.kept for result in everything)


def _conditions() -> Iterator[str]:
    busy, processors = os.getloadavg()[0], os.cpu_count()
    tool = "wrk" if shutil.which("wrk") else "a loop of asyncio (wrk is not installed)"
    yield f"Python {platform.python_version()}, {processors} processors, load {busy:.1f}"
    yield f"load by {tool}; access log off; hello logs nothing unless its line says so"


if __name__ == "__main__":
    main()
