"""Timing in turns, so that a noise of the machine meets every candidate alike."""

import gc
import time
from collections.abc import Callable, Mapping

__all__ = ["best_seconds"]


def best_seconds(
    candidates: Mapping[str, Callable[[], object]], *, rounds: int = 60, calls: int = 200
) -> dict[str, float]:
    """Time every candidate in each round and keep its best round, in seconds a call.

    The best of many rounds is what the code costs; everything above it is somebody else's.

    Args:
        candidates: Name -> what to call.
        rounds: How often each has its turn.
        calls: Calls a turn.
    """
    best = dict.fromkeys(candidates, float("inf"))
    collecting = gc.isenabled()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, call in candidates.items():
                best[name] = min(best[name], _seconds(call, calls))
    finally:
        if collecting:
            gc.enable()
    return best


def _seconds(call: Callable[[], object], calls: int) -> float:
    turns = range(calls)
    before = time.perf_counter()
    for _ in turns:
        call()
    return (time.perf_counter() - before) / calls
