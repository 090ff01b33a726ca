"""A handler with a deadline works for its caller, and for nobody when that one has left."""

import asyncio
import contextlib
import threading
import time

import pytest

from failwell.server.frameworks.starlette import build_api
from failwell.server.guards.deadline import Deadline
from failwell.server.operation import Operation, Reply
from tests.server.library_api import CONNIX, call
from tests.server.wire import running

REQUEST = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"


class Slow:
    """Works for half a minute, and knows when it was told to stop."""

    def __init__(self):
        self.begun, self.stopped = threading.Event(), threading.Event()

    async def __call__(self, _call):
        self.begun.set()
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            self.stopped.set()
            raise
        return Reply(body={})

    def api(self, *, seconds=20.0):
        operation = Operation(
            method="GET",
            path="/slow",
            handler=self,
            id="slow",
            summary="Work.",
            deadline=Deadline(seconds=seconds),
        )
        return build_api([operation], CONNIX)


def test_work_stops_when_its_caller_has_left():
    """A closed connection ends the work long before the deadline."""
    slow = Slow()
    with running(slow.api(), CONNIX, bare=True) as server:
        with contextlib.closing(server.connect()) as connection:
            connection.send(REQUEST)
            assert slow.begun.wait(5)

        assert slow.stopped.wait(5)


@pytest.mark.parametrize("requests", [1, 2])
def test_work_goes_on_while_its_caller_waits(requests):
    """Who waits in silence is answered, at the deadline in the words of the contract."""
    slow, begun = Slow(), time.monotonic()
    with (
        running(slow.api(seconds=0.3), CONNIX, bare=True) as server,
        contextlib.closing(server.connect()) as connection,
    ):
        connection.send(REQUEST * requests)
        answers = [connection.read() for _ in range(requests)]

    assert [each.status for each in answers] == [504] * requests
    assert time.monotonic() - begun >= 0.3 * requests


async def test_events_that_say_nothing_of_leaving_are_no_leaving():
    """A server that goes on sending empty bodies does not end the work."""
    answer = await call(Slow().api(seconds=0.05), "GET", "/slow")

    assert answer.status == 504
