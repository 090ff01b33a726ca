"""What the small parts of an answer cost: its id, its moment, the step from bug to answer."""

from collections.abc import Iterator

from benchmarks.result import Result
from benchmarks.rounds import best_seconds
from failwell.core.clock import SystemClock, moment
from failwell.core.contract import Contract
from failwell.core.fault import Fault
from failwell.core.situation import Situation
from failwell.server.request_id import RequestIds
from failwell.server.traceback_text import traceback_text

__all__ = ["results"]

_DEPTH = 12


def results() -> Iterator[Result]:
    """Tell the cost of each part in microseconds."""
    contract, clock, ids = Contract.bundled("connix"), SystemClock(), RequestIds()
    crash, bug = Fault(situation=Situation.CRASH), _bug(_DEPTH)
    found = best_seconds(
        {
            "request id": ids,
            "request id and timestamp": lambda: (ids(), moment(clock.now())),
            "crash, resolved and encoded": lambda: contract.encode(contract.resolve(crash)),
            f"traceback of {_DEPTH + 1} frames": lambda: traceback_text(bug),
        }
    )
    for name, seconds in found.items():
        yield Result(name=name, value=seconds * 1e6, unit="us")


def _bug(depth: int) -> Exception:
    try:
        _fall(depth)
    except RuntimeError as error:
        return error
    raise AssertionError("it falls every time")


def _fall(depth: int) -> None:
    if depth == 0:
        raise RuntimeError("a bug")
    _fall(depth - 1)
