"""Calling a function of the user's from a flow, whether it is plain or a coroutine function."""

import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextvars import copy_context
from inspect import isawaitable
from typing import Any, TypeVar

import anyio
import anyio.from_thread
import anyio.lowlevel

__all__ = ["call"]

T = TypeVar("T")


def call(function: Callable[..., T | Awaitable[T]], *args: Any) -> Future[T]:
    """Call a function and give what will hold its result, or its exception.

    A plain function has run when this returns, where the call runs. What a coroutine function
    gives is awaited in the event loop of the call; without one, in a loop of its own. It runs
    to its end even if the call that began it is cancelled.

    Args:
        function: The user's.
        args: What it is given.
    """
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()
    try:
        result = function(*args)
    except Exception as error:
        future.set_exception(error)
        return future
    if isawaitable(result):
        _run_elsewhere(result, future)
    else:
        future.set_result(result)
    return future


def _run_elsewhere(awaitable: Awaitable[T], future: Future[T]) -> None:
    arguments = (_finish, awaitable, _loop(), future)
    thread = threading.Thread(
        target=copy_context().run, args=arguments, daemon=True, name="failwell-user-code"
    )
    thread.start()


def _loop() -> anyio.lowlevel.EventLoopToken | None:
    try:
        return anyio.lowlevel.current_token()
    except anyio.NoEventLoopError:
        return None


def _finish(
    awaitable: Awaitable[T], loop: anyio.lowlevel.EventLoopToken | None, future: Future[T]
) -> None:
    try:
        if loop is None:
            result = anyio.run(_awaited, awaitable)
        else:
            result = anyio.from_thread.run(_awaited, awaitable, token=loop)
    except BaseException as error:
        # Whatever ends this thread is for the one who waits, and nobody else would hear of it.
        future.set_exception(error)
    else:
        future.set_result(result)


async def _awaited(awaitable: Awaitable[T]) -> T:
    return await awaitable
