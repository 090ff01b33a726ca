"""Driving a client the same way in three worlds: sync, asyncio and trio.

A test asks for the fixture `drive` and is written once, as a plain function. Behind `drive` the
async client lives in an event loop of a thread of its own; every call of the test becomes a task
there. Clients are closed when the test ends.
"""

import contextlib
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import anyio
import anyio.lowlevel
import pytest
from anyio.from_thread import start_blocking_portal

from failwell.resilience.policy import RetryPolicy
from tests.client.blocking import BlockingClient, Cancelling, Loop

__all__ = [
    "QUICK",
    "WORLDS",
    "AsyncDrive",
    "Cancelled",
    "Drive",
    "FakeTime",
    "World",
    "drive",
    "driving",
    "outcome",
]

World = Literal["sync", "asyncio", "trio"]

QUICK = RetryPolicy(base=0.02, throttle_base=0.02, cap=0.1)
"""The default policy with waits fit for a test on a real clock."""

WORLDS: tuple[World, ...] = ("sync", "asyncio", "trio")


@dataclass(frozen=True)
class Cancelled:
    """How a call ended that was cancelled."""

    seconds: float
    """From the cancellation to the end of the call; negative when it had ended before."""

    outcome: Any
    """The result, or the exception that came out of the client."""


class FakeTime:
    """A clock that only moves when somebody sleeps; what was slept is kept.

    Args:
        world: Whose way of sleeping `sleep` is.
        now: Unix seconds it begins with.
    """

    def __init__(self, world: World, *, now: float = 1_800_000_000.0) -> None:
        self.slept: list[float] = []
        self.wall_jump = 0.0
        """Seconds by which somebody has set the wall clock."""

        self.asleep: Callable[[], None] = lambda: None
        """Called in the middle of every sleep."""
        self.sleep: Callable[[float], Any] = self._nap if world == "sync" else self._anap
        self._start = now

    def now(self) -> float:
        """Unix seconds."""
        return self._start + self.wall_jump + sum(self.slept)

    def monotonic(self) -> float:
        """Seconds that never step back."""
        return 1000.0 + sum(self.slept)

    def _nap(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.asleep()

    async def _anap(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.asleep()
        await anyio.lowlevel.checkpoint()


class Drive:
    """The sync world."""

    name: World = "sync"

    def __init__(self) -> None:
        self._closing = contextlib.ExitStack()

    def client(self, base_url: str = "", **options: Any) -> Any:
        """A client of ours, with its options; its calls block."""
        from failwell.client import AsyncClient, Client

        return self.opened(Client, AsyncClient, base_url, **options)

    def opened(self, sync: Any, of_loop: Any, *given: Any, **options: Any) -> Any:
        """A client of either class, whichever fits here; closed when the test ends."""
        return self._closing.enter_context(sync(*given, **options))

    def fake_time(self) -> FakeTime:
        """A clock without waiting: for ``clock=``, and its ``sleep`` for ``sleep=``."""
        return FakeTime(self.name)

    def transport(self, **connections: Any) -> Any:
        """A transport of ours with settings of its connections, for ``transport=``."""
        from failwell.client.transport import AsyncSocketTransport, Connections, SocketTransport

        kind = SocketTransport if self.name == "sync" else AsyncSocketTransport
        return kind(Connections(**connections))

    def one_shot(self, *pieces: bytes) -> Any:
        """A body that can be read once."""
        return (piece for piece in pieces)

    def together(self, calls: Iterable[Callable[[], Any]], *, at_once: int = 1000) -> list[Any]:
        """Make calls at the same time; results or exceptions, in the order of the calls.

        Args:
            calls: What is called, each from a thread; in the async worlds each is a task.
            at_once: How many run at a time.
        """
        calls = list(calls)
        with ThreadPoolExecutor(min(max(len(calls), 1), at_once)) as pool:
            return list(pool.map(outcome, calls))

    def cancel_after(self, seconds: float, call: Callable[[], Any]) -> Cancelled:
        """Make a call and cancel it while it runs: here by a signal, as Ctrl-C does it."""
        cancelled_at: list[float] = []

        def interrupt(*_: object) -> None:
            cancelled_at.append(time.monotonic())
            raise KeyboardInterrupt

        before = signal.signal(signal.SIGUSR1, interrupt)
        main = threading.main_thread().ident
        timer = threading.Timer(seconds, lambda: signal.pthread_kill(main, signal.SIGUSR1))
        timer.start()
        try:
            ended = outcome(call)
            at = time.monotonic()
            timer.cancel()
            timer.join()
        finally:
            signal.signal(signal.SIGUSR1, before)
        return Cancelled(at - cancelled_at[0] if cancelled_at else -1.0, ended)

    def close(self) -> None:
        """Close every client."""
        self._closing.close()


class AsyncDrive(Drive):
    """An event loop in a thread.

    Args:
        name: Which loop.
        portal: The way into it.
    """

    def __init__(self, name: World, portal: Any) -> None:
        super().__init__()
        self.name = name
        self._of_thread = threading.local()
        self._loop = Loop(portal, lambda: getattr(self._of_thread, "cancelling", None))

    def opened(self, sync: Any, of_loop: Any, *given: Any, **options: Any) -> Any:
        """A client of either class, whichever fits here; closed when the test ends."""
        client = self._loop.run(of_loop, *given, **options)
        self._loop.run(client.__aenter__)
        self._closing.callback(self._loop.run, client.__aexit__, None, None, None)
        return BlockingClient(client, self._loop)

    def one_shot(self, *pieces: bytes) -> Any:
        """A body that can be read once."""

        async def body() -> AsyncIterator[bytes]:
            for piece in pieces:
                yield piece

        return body()

    def cancel_after(self, seconds: float, call: Callable[[], Any]) -> Cancelled:
        """Make a call and cancel its task while it runs."""
        cancelling = Cancelling()

        def run() -> None:
            self._of_thread.cancelling = cancelling
            outcome(call)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join(seconds)
        cancelled_at = self._loop.run(anyio.current_time)
        self._loop.run(cancelling.cancel)
        thread.join()
        ended_at, ended = cancelling.outcomes[-1]
        return Cancelled(ended_at - cancelled_at, ended)


def outcome(call: Callable[[], Any]) -> Any:
    """What a call returned or raised."""
    try:
        return call()
    except BaseException as error:
        return error


@contextlib.contextmanager
def driving(name: World) -> Iterator[Drive]:
    """One world, for tests that walk through several."""
    if name == "sync":
        with contextlib.closing(Drive()) as sync:
            yield sync
        return
    with start_blocking_portal(name) as portal, contextlib.closing(AsyncDrive(name, portal)) as one:
        yield one


@pytest.fixture(params=WORLDS)
def drive(request: pytest.FixtureRequest) -> Iterator[Drive]:
    """Each world in turn."""
    with driving(request.param) as one:
        yield one
