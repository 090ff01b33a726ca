"""5,000 cancellations at random points leave a client that works, and nothing behind.

Each call is cancelled after a random while in one of five places: connecting, waiting for the
head, reading the body, waiting before a retry, fetching a token.
"""

import asyncio
import contextlib
import os
import random
import threading
import time
from collections import Counter
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Mapping,
    Sequence,
)
from functools import partial
from typing import Any

import anyio
import pytest
import trio

from failwell.client import AsyncClient
from failwell.client.auth import OAuth2
from failwell.core.exceptions import FaultError
from failwell.resilience.policy import RetryPolicy
from tests.client.byte_server import HANG, ByteServer, Reply, Seen, full_backlog, json_reply

_CANCELLATIONS = 5_000
_AT_ONCE = 50
_LONGEST = 0.03
"""Seconds after which the last of a batch is cancelled; the places take longer."""


class _Service:
    """Slow in every place until it is told to be well."""

    def __init__(self) -> None:
        self.well = False

    def __call__(self, seen: Seen) -> Reply:
        if seen.target == "/token":
            return self._token()
        if self.well:
            return json_reply(200, {"ok": True})
        return _PLACES.get(seen.target, lambda: HANG)()

    def _token(self) -> Reply:
        answer = json_reply(200, {"access_token": "token", "expires_in": 0.001})
        return answer if self.well else answer.after(_LONGEST)


def _dripped(status: int) -> Reply:
    return json_reply(status, "x" * 4000).slow(piece=500, pause=_LONGEST / 5)


_PLACES: dict[str, Callable[[], Reply]] = {
    "/head": lambda: HANG,
    "/body": partial(_dripped, 200),
    "/error-body": partial(_dripped, 400),
    "/back-off": lambda: json_reply(503, {"message": "down"}),
    "/after": lambda: json_reply(429, {"message": "slower"}, {"retry-after": "1"}),
}


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_client_n67_five_thousand_cancellations_leave_a_client_that_works(backend):
    """10 of 10 requests succeed afterwards, and no socket, task or thread is left."""
    service = _Service()
    with ByteServer(service) as server, full_backlog() as nowhere:
        anyio.run(_cancelled_and_well, server, service, nowhere, backend=backend)


async def _cancelled_and_well(server: ByteServer, service: _Service, nowhere: str) -> None:
    tasks, threads = _tasks(), _threads()
    before = _sockets()
    async with _clients(server) as (api, member):
        calls = [partial(api.get, place) for place in _PLACES]
        calls += [partial(api.get, nowhere), partial(member.get, "/head")]
        cancelled = await _cancel_all(calls)
        places = range(len(calls))
        assert min(cancelled[place] for place in places) > 0.5 * _CANCELLATIONS / len(calls)
        service.well = True
        for call in (partial(api.get, "/well"), partial(member.get, "/well")):
            statuses = [(await call()).status_code for _ in range(10)]
            assert statuses == [200] * 10
        await _until(lambda: server.open_connections <= 2)
        assert _tasks() == tasks
    await _until(lambda: server.open_connections == 0 and _sockets() <= before)
    assert _tasks() == tasks
    await _until(lambda: _threads() == threads)


@contextlib.asynccontextmanager
async def _clients(server: ByteServer) -> AsyncIterator[tuple[AsyncClient, AsyncClient]]:
    retry = RetryPolicy(base=_LONGEST, throttle_base=_LONGEST, budget=None)
    auth = OAuth2(f"{server.url}/token", "app", "secret")
    async with (
        AsyncClient(server.url, retry=retry) as api,
        AsyncClient(server.url, retry=retry, auth=auth) as member,
    ):
        yield api, member


async def _cancel_all(calls: Sequence[Callable[[], Awaitable[Any]]]) -> Mapping[int, int]:
    """Make every call again and again; count of each how often a cancellation ended it."""
    chance = random.Random(5000)
    cancelled: Counter[int] = Counter()
    for batch in range(0, _CANCELLATIONS, _AT_ONCE):
        async with anyio.create_task_group() as group:
            for number in range(batch, batch + _AT_ONCE):
                after = chance.uniform(0.0, _LONGEST)
                group.start_soon(_cancel, calls, number % len(calls), after, cancelled)
    return cancelled


async def _cancel(
    calls: Sequence[Callable[[], Awaitable[Any]]],
    place: int,
    after: float,
    cancelled: Counter[int],
) -> None:
    with anyio.move_on_after(after) as scope, contextlib.suppress(FaultError):
        await calls[place]()
    cancelled[place] += scope.cancelled_caught


async def _until(question: Callable[[], bool], *, within: float = 5.0) -> None:
    end = time.monotonic() + within
    while not question():
        assert time.monotonic() < end, "it did not happen"
        await anyio.sleep(0.01)


def _tasks() -> int:
    with contextlib.suppress(RuntimeError):
        return len(asyncio.all_tasks())
    return trio.lowlevel.current_statistics().tasks_living


def _threads() -> set[str]:
    """Threads that are neither of the server nor of a loop's pool, which outlive their work."""
    kept = ("byte-server-", "AnyIO worker", "asyncio_", "Trio thread", "MainThread")
    names = (thread.name for thread in threading.enumerate())
    return {name for name in names if not name.startswith(kept)}


def _sockets() -> int:
    """Open sockets of this process, those of the server included."""
    return sum(_is_socket(number) for number in os.listdir("/proc/self/fd"))


def _is_socket(number: str) -> bool:
    with contextlib.suppress(OSError):
        return os.readlink(f"/proc/self/fd/{number}").startswith("socket:")
    return False
