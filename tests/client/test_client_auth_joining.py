"""Waiting for another thread or task, in threads and in both kinds of loops."""

import functools
import threading
import time
from concurrent.futures import Future

import anyio
import anyio.lowlevel
import pytest

from failwell.client.auth.user_code import call
from failwell.client.joining import ajoined, joined
from failwell.client.steps import Join
from failwell.core.exceptions import DeadlineExceededError
from tests.client.driving import WORLDS


@pytest.fixture(params=WORLDS)
def join(request):
    """Waiting, in each world."""
    if request.param == "sync":
        return joined
    return lambda step: anyio.run(ajoined, step, backend=request.param)


def later(seconds, action):
    timer = threading.Timer(seconds, action)
    timer.start()
    return timer


def test_a_result_of_another_thread_is_given(join):
    """It is there as soon as the other thread has it."""
    future = Future()
    timer = later(0.05, lambda: future.set_result(7))
    started = time.monotonic()

    assert join(Join(future)) == 7
    assert 0.04 < time.monotonic() - started < 0.4
    timer.join()


def test_what_is_done_is_given_at_once(join):
    """No turn of the loop is needed."""
    future = Future()
    future.set_result(7)

    assert join(Join(future, 0.0)) == 7


@pytest.mark.parametrize("error", [ValueError("x"), TimeoutError("its own")])
def test_an_exception_of_another_thread_is_raised(join, error):
    """Its own time-out is not ours."""
    future = Future()
    future.set_exception(error)

    with pytest.raises(type(error), match=str(error)):
        join(Join(future, 1.0))


def test_nobody_waits_longer_than_the_step_allows(join):
    """The future goes on without the one who gave up."""
    future = Future()
    started = time.monotonic()

    with pytest.raises(DeadlineExceededError):
        join(Join(future, 0.1))
    assert time.monotonic() - started < 0.5
    future.set_result(1)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_client_n67_a_cancelled_waiter_leaves_at_once(backend):
    """And what it waited for knows nothing of it."""
    future = Future()
    future.set_running_or_notify_cancel()

    async def main():
        with anyio.move_on_after(0.05) as scope:
            await ajoined(Join(future))
        return scope.cancelled_caught

    started = time.monotonic()
    assert anyio.run(main, backend=backend)
    assert time.monotonic() - started < 0.5
    assert future.running()
    future.set_result(1)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_coroutine_function_of_the_user_runs_in_the_loop_of_the_call(backend):
    """What it uses of that loop works, and its result arrives."""

    async def main():
        here, event = threading.get_ident(), anyio.Event()

        async def wait(number):
            await event.wait()
            return number, threading.get_ident() == here

        future = call(wait, 3)
        assert not future.done()
        event.set()
        return await ajoined(Join(future, 2.0))

    assert anyio.run(main, backend=backend) == (3, True)


def test_a_coroutine_function_of_the_user_runs_without_a_loop_too():
    """It gets a loop of its own."""

    async def double(number):
        await anyio.lowlevel.checkpoint()
        return 2 * number

    assert joined(Join(call(double, 4), 2.0)) == 8


def test_a_plain_function_runs_where_the_call_runs():
    """Its thread is the caller's, and its result is there at once."""
    future = call(threading.get_ident)

    assert future.result(0) == threading.get_ident()


def test_an_exception_of_the_user_arrives():
    """Plain or not."""

    async def broken():
        raise OSError("later")

    with pytest.raises(ZeroDivisionError):
        joined(Join(call(functools.partial(divmod, 1, 0)), 1.0))
    with pytest.raises(OSError, match="later"):
        joined(Join(call(broken), 2.0))
