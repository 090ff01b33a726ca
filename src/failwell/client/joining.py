"""Waiting for what another thread or task is doing: the step `Join`, with and without ``await``.

A waiter that is cancelled, or gives up, changes nothing for the one it waited for.
"""

import concurrent.futures
import contextlib
from collections.abc import Callable
from typing import Any

import anyio
import anyio.lowlevel

from failwell.client.steps import Join
from failwell.core.exceptions import DeadlineExceededError
from failwell.core.fault import Fault

__all__ = ["ajoined", "joined"]


def joined(step: Join) -> Any:
    """Block until the future has its result; give it, or raise its exception.

    Raises:
        DeadlineExceededError: It took longer than the step allows.
    """
    concurrent.futures.wait((step.future,), step.timeout)
    return _result(step)


async def ajoined(step: Join) -> Any:
    """Wait in an event loop until the future has its result; see `joined`."""
    if not step.future.done():
        over = anyio.Event()
        call_soon = _of_this_loop()

        def wake(_: object) -> None:
            # A loop that has ended in the meantime has nobody left who waits.
            with contextlib.suppress(RuntimeError):
                call_soon(over.set)

        step.future.add_done_callback(wake)
        with anyio.move_on_after(step.timeout):
            await over.wait()
    return _result(step)


def _of_this_loop() -> Callable[..., object]:
    """Find what calls a function in the running loop, from any thread and without waiting."""
    native: Any = anyio.lowlevel.current_token().native_token
    found: Callable[..., object] | None = getattr(native, "call_soon_threadsafe", None)
    return native.run_sync_soon if found is None else found


def _result(step: Join) -> Any:
    if not step.future.done():
        message = "What another call is doing for this one takes too long"
        raise DeadlineExceededError.of(Fault(message=message, outcome="not_sent"))
    return step.future.result()
