"""What recording every error response costs the API that answers them."""

import json
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec

from benchmarks.hello_server import Window
from benchmarks.load import load
from benchmarks.recording_server import KINDS
from benchmarks.result import Result
from benchmarks.watched import watched

__all__ = ["KEPT", "Turn", "compare", "measure", "results"]

KEPT = 0.85
"""Least share of the requests per second that is left."""

_PATH = "/api/v1/projects/proj_0000000000000000"


class Turn(msgspec.Struct, frozen=True):
    """What one kind of server achieved while only it was loaded."""

    per_second: float
    """Requests per second."""

    cpu: float
    """Processor seconds a request, writing of records included."""


async def measure(*, turns: int = 2, seconds: int = 3) -> dict[str, list[Turn]]:
    """Ask each kind of Connix for a project that is not there, in turns.

    Args:
        turns: How often each has its turn.
        seconds: How long a turn is. The rows of a second are kept at its begin, so a turn that is
            not longer than a second may have those of two.
    """
    found: dict[str, list[Turn]] = {kind: [] for kind in KINDS}
    with tempfile.TemporaryDirectory() as directory:
        async with watched("benchmarks.recording_server", directory, ports=len(KINDS)) as (
            first,
            windows,
        ):
            headers = (_key(Path(directory)),)
            # The first turn warms up.
            for turn in range(turns + 1):
                for port, kind in enumerate(KINDS, start=first):
                    begin = len(windows)
                    url = f"http://127.0.0.1:{port}{_PATH}"
                    rate = await load(url, seconds=seconds, headers=headers)
                    if turn:
                        found[kind].append(Turn(rate, _cpu(windows[begin:], kind)))
    return found


def compare(found: dict[str, list[Turn]]) -> float:
    """Give the share that is left: of the best turn of each kind, by processor time.

    What else runs on a machine changes its requests per second far more than that.
    """
    best = {kind: min(turn.cpu for turn in turns) for kind, turns in found.items()}
    return best["plain"] / best["recorded"]


async def results() -> AsyncIterator[Result]:
    """Compare a Connix that records with one that does not."""
    found = await measure()
    rates = {kind: max(turn.per_second for turn in turns) for kind, turns in found.items()}
    costs = {kind: min(turn.cpu for turn in turns) * 1e6 for kind, turns in found.items()}
    note = (
        f"{costs['recorded']:.1f} against {costs['plain']:.1f} us of processor; "
        f"{rates['recorded']:,.0f} against {rates['plain']:,.0f} a second"
    )
    yield Result(name="404 of Connix, recorded", value=compare(found), at_least=KEPT, note=note)


def _key(directory: Path) -> str:
    known = json.loads((directory / "connix.json").read_text("utf-8"))
    return f"X-API-Key: {known['api_key']}"


def _cpu(windows: Sequence[Window], kind: str) -> float:
    # A whole turn: the rows of a second are written in its first moments.
    alone = [each for each in windows if each.requests[kind] == sum(each.requests.values())]
    requests = sum(each.requests[kind] for each in alone)
    return sum(each.cpu for each in alone) / requests if requests else float("inf")
