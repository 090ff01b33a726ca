"""A function of the user's may be plain or a coroutine function, in every world."""

import functools
import threading

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest

from failwell.client.auth.user_code import call


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_coroutine_function_runs_in_the_loop_of_the_call(backend):
    """What it uses of that loop works, and its result arrives."""

    async def main():
        here, event = threading.get_ident(), anyio.Event()

        async def wait(number):
            await event.wait()
            return number, threading.get_ident() == here

        future = call(wait, 3)
        assert not future.done()
        event.set()
        return await anyio.to_thread.run_sync(future.result, 2.0)

    assert anyio.run(main, backend=backend) == (3, True)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_coroutine_function_outlives_the_call_that_began_it(backend):
    """A call that is cancelled does not cut in half what it began."""

    async def main():
        ended = anyio.Event()

        async def store():
            await anyio.sleep(0.05)
            ended.set()

        async with anyio.create_task_group() as group:
            group.start_soon(anyio.lowlevel.checkpoint)
            future = call(store)
            group.cancel_scope.cancel()
        with anyio.fail_after(2):
            await ended.wait()
        return await anyio.to_thread.run_sync(future.result, 2.0)

    assert anyio.run(main, backend=backend) is None


def test_a_coroutine_function_runs_without_a_loop_too():
    """It gets a loop of its own."""

    async def double(number):
        await anyio.lowlevel.checkpoint()
        return 2 * number

    assert call(double, 4).result(2.0) == 8


def test_a_plain_function_runs_where_the_call_runs():
    """Its thread is the caller's, and its result is there at once."""
    assert call(threading.get_ident).result(0) == threading.get_ident()


def test_an_exception_of_the_user_arrives():
    """From either kind."""

    async def broken():
        raise OSError("later")

    with pytest.raises(ZeroDivisionError):
        call(functools.partial(divmod, 1, 0)).result(0)
    with pytest.raises(OSError, match="later"):
        call(broken).result(2.0)


def test_a_future_cannot_be_cancelled_by_who_waits():
    """What the user's function does is under way and comes to its end."""
    assert not call(lambda: 1).cancel()
