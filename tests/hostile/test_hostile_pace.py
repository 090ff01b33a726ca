"""Slow callers: each is answered in time, and no connection hangs."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product

from tests.hostile.hostile_caller import HostileCaller
from tests.hostile.slow_requests import NEVER_READ, SLOW_BODIES, SLOW_HEADS, SlowRequest

Callers = Sequence[HostileCaller]


def test_a_body_that_does_not_come_is_refused_in_time(
    impatient_callers: list[HostileCaller],
) -> None:
    """A body has its time from the first byte to the last; then it is refused, and readably."""
    waits = _perform(impatient_callers, SLOW_BODIES)

    late = [waits.pop(each) for each in list(waits) if each.endswith("a wrong chunk, late")]
    assert max(late) < 0.9
    assert {name: wait for name, wait in waits.items() if not 0.9 < wait < 3} == {}


def test_a_head_that_does_not_come_is_refused_in_time(callers: dict[str, HostileCaller]) -> None:
    """A head has ten seconds; where nothing was asked the connection just ends."""
    waits = _perform(list(callers.values()), SLOW_HEADS)

    assert {name: wait for name, wait in waits.items() if not 9.5 < wait < 13} == {}


def test_a_body_nobody_wants_is_not_waited_for(callers: dict[str, HostileCaller]) -> None:
    """What is wrong anyway is answered while the body is still missing."""
    waits = _perform(list(callers.values()), NEVER_READ)

    assert max(waits.values()) < 2


def _perform(callers: Callers, requests: Sequence[SlowRequest]) -> dict[str, float]:
    """Perform all of them on every API at once; returns the seconds until each was answered."""
    tasks = list(product(callers, requests))
    with ThreadPoolExecutor(len(tasks)) as pool:
        waits = list(pool.map(lambda task: _wait(*task), tasks))
    names = (f"{caller.api.name}: {request.name}" for caller, request in tasks)
    return dict(zip(names, waits, strict=True))


def _wait(caller: HostileCaller, request: SlowRequest) -> float:
    filling = caller.secrets()
    begun = time.monotonic()
    with caller.connect(patience=20.0) as connection:
        request.perform(connection, filling.fill)
        if request.expected is None:
            assert connection.rest() == b"", request.name
            return time.monotonic() - begun
        answer = connection.answer()
        took = time.monotonic() - begun
        caller.check(request.name, request.expected, answer, filling)
        if answer.closes:
            assert connection.rest() == b"", request.name
    return took
