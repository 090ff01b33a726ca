"""Workers: so many at once, so many waiting, and one more is told to come back."""

import asyncio
import threading

import pytest

from failwell.core.exceptions import UnavailableError
from failwell.server.workers import Workers


@pytest.fixture
async def workers():
    """One thread, and room for one that waits."""
    made = Workers(1, waiting=1)
    await made.start()
    yield made
    await made.close()


async def test_a_function_runs_in_a_thread(workers):
    """The loop is free while it works, and gets the result."""

    def work(text, *, times):
        return threading.current_thread() is not threading.main_thread(), text * times

    assert await workers.run(work, "a", times=3) == (True, "aaa")


async def test_a_failure_is_the_callers(workers):
    """What the function raises comes out of the call."""
    with pytest.raises(ZeroDivisionError):
        await workers.run(lambda: 1 // 0)


async def test_one_too_many_is_refused_at_once(workers):
    """With every place taken a caller is refused; a place that is free again can be had."""
    door = threading.Event()
    first, second = (asyncio.ensure_future(workers.run(door.wait)) for _ in range(2))
    await asyncio.sleep(0)

    with pytest.raises(UnavailableError) as refused:
        await workers.run(door.wait)
    door.set()
    await asyncio.gather(first, second)

    assert refused.value.retry_after == 1
    assert await workers.run(lambda: "free") == "free"


async def test_who_gives_up_does_not_free_what_still_works(workers):
    """A cancelled caller's function keeps its place until it ends."""
    door = threading.Event()
    begun = threading.Event()

    def work():
        begun.set()
        door.wait()

    first = asyncio.ensure_future(workers.run(work))
    await asyncio.to_thread(begun.wait)
    first.cancel()
    second = asyncio.ensure_future(workers.run(door.wait))
    await asyncio.sleep(0)

    with pytest.raises(UnavailableError):
        await workers.run(door.wait)
    door.set()
    await second
