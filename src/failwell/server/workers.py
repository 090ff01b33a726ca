"""Workers: a few threads for work that would hold up every other request."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from failwell.core.exceptions import UnavailableError

__all__ = ["Workers"]

P = ParamSpec("P")
T = TypeVar("T")

_BREATHER = 1.0


class Workers:
    """Threads with a bounded queue in front of them; one more is refused, not kept waiting.

    Args:
        count: How many functions run at once.
        waiting: How many may wait for their turn.
        name: Name of the threads.
    """

    def __init__(self, count: int, *, waiting: int = 64, name: str = "worker") -> None:
        self._threads = ThreadPoolExecutor(count, thread_name_prefix=name)
        self._places = count + waiting

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function in a thread and return its result.

        A caller that is cancelled gives up waiting; a function that has begun goes on, and
        keeps its place until it ends.

        Raises:
            UnavailableError: Too many wait.
        """
        if self._places <= 0:
            raise UnavailableError(reason="overload", retry_after=_BREATHER)
        loop = asyncio.get_running_loop()
        job = self._threads.submit(function, *args, **kwargs)
        self._places -= 1
        job.add_done_callback(lambda _: loop.call_soon_threadsafe(self._free))
        return await asyncio.wrap_future(job)

    async def start(self) -> None:
        """Do nothing: threads begin with the first function."""

    async def close(self) -> None:
        """Drop what waits and wait for what runs."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)

    def _free(self) -> None:
        self._places += 1
