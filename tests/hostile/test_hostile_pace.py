"""Slow callers: each is answered in time, and no connection hangs."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.hostile.answer_rules import check_answer
from tests.hostile.hostile_caller import HostileCaller
from tests.hostile.slow_requests import NEVER_READ, SLOW_BODIES, SLOW_HEADS, SlowRequest


def test_a_body_that_does_not_come_is_refused_in_time(impatient_caller: HostileCaller) -> None:
    """A body has its time from the first byte to the last; then it is refused, and readably."""
    waits = _perform(impatient_caller, SLOW_BODIES)

    late = waits.pop("a wrong chunk, late")
    assert late < 0.9
    assert {name: wait for name, wait in waits.items() if not 0.9 < wait < 3} == {}


def test_a_head_that_does_not_come_is_refused_in_time(caller: HostileCaller) -> None:
    """A head has ten seconds; where nothing was asked the connection just ends."""
    waits = _perform(caller, SLOW_HEADS)

    assert {name: wait for name, wait in waits.items() if not 9.5 < wait < 13} == {}


def test_a_body_nobody_wants_is_not_waited_for(caller: HostileCaller) -> None:
    """What is wrong anyway is answered while the body is still missing."""
    waits = _perform(caller, NEVER_READ)

    assert max(waits.values()) < 2


def _perform(caller: HostileCaller, requests: Sequence[SlowRequest]) -> dict[str, float]:
    """Perform all of them at once; returns the seconds until each was answered."""
    with ThreadPoolExecutor(len(requests)) as pool:
        waits = list(pool.map(lambda request: _wait(caller, request), requests))
    return dict(zip((request.name for request in requests), waits, strict=True))


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
        check_answer(answer, canary=filling.canary)
        caller.check_row(request.name, request.expected, answer)
        if answer.closes:
            assert connection.rest() == b"", request.name
    return took
