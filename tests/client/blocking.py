"""An async client behind blocking calls, so that a test is written once for every world."""

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, contextmanager
from functools import partial
from typing import Any

import anyio
from anyio.from_thread import BlockingPortal

__all__ = ["Blocking", "BlockingClient", "Cancelling", "Loop"]


class Cancelling:
    """Cancels everything a thread has running in the loop, now and later."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[float, Any]] = []
        """Moment and result or exception of what ran."""
        self._scopes: list[anyio.CancelScope] = []
        self._cancelled = False

    def scope(self) -> anyio.CancelScope:
        """A scope to run something in."""
        scope = anyio.CancelScope()
        self._scopes.append(scope)
        if self._cancelled:
            scope.cancel()
        return scope

    def cancel(self) -> None:
        """Cancel it; called in the loop."""
        self._cancelled = True
        for scope in self._scopes:
            scope.cancel()


class Loop:
    """Runs things in the tasks of an event loop.

    Args:
        portal: The way into the loop.
        cancelling: What the calling thread may be cancelled by, if anything.
    """

    def __init__(self, portal: BlockingPortal, cancelling: Callable[[], Cancelling | None]) -> None:
        self.portal = portal
        self._cancelling = cancelling

    def run(self, call: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """Call in a task, await what is to be awaited, and wait for it."""
        asked = partial(call, *given, **named)
        return self.portal.start_task_soon(self._task, asked, self._cancelling()).result()

    async def _task(self, asked: Callable[[], Any], cancelling: Cancelling | None) -> Any:
        if cancelling is None:
            return await _result(asked)
        with cancelling.scope():
            try:
                outcome = await _result(asked)
            except BaseException as error:
                cancelling.outcomes.append((anyio.current_time(), error))
                raise
            cancelling.outcomes.append((anyio.current_time(), outcome))
            return outcome
        return None

    @contextmanager
    def entered(self, opens: Callable[[], AbstractAsyncContextManager[Any]]) -> Iterator[Any]:
        """Enter, use and leave an async context in one task, as ``async with`` would."""
        ready: Future[Any] = Future()
        send, receive = anyio.create_memory_object_stream[Any](100)
        task = self.portal.start_task_soon(_stay, opens, ready, receive)
        try:
            task.add_done_callback(lambda done: _fail(ready, done))
            yield Blocking(ready.result(), partial(_ask, self.portal, send))
        except BaseException as error:
            self.portal.call(send.send_nowait, (error, Future()))
            self._over(send, receive, task)
            # Leaving the context may have made another error of it.
            if (ended := task.exception()) is not None and ended is not error:
                raise ended from ended.__cause__
            raise
        self._over(send, receive, task)
        task.result()

    def _over(self, send: Any, receive: Any, task: Future[Any]) -> None:
        self.portal.call(send.close)
        task.exception()
        self.portal.call(receive.close)


class Blocking:
    """An async object behind blocking calls.

    Args:
        inner: The object.
        run: Calls something in the loop and waits for it.
    """

    def __init__(self, inner: Any, run: Callable[..., Any]) -> None:
        self.inner = inner
        self._run = run

    def __getattr__(self, name: str) -> Any:
        for known in (name, f"a{name}"):
            member = getattr(self.inner, known, None)
            if inspect.iscoroutinefunction(member):
                return partial(self._run, member)
            if inspect.isasyncgenfunction(member):
                return partial(self._iterate, member)
        return getattr(self.inner, name)

    def __iter__(self) -> Iterator[Any]:
        return self._steps(self.inner)

    def _iterate(self, member: Callable[..., Any], *given: Any, **named: Any) -> Iterator[Any]:
        return self._steps(member(*given, **named))

    def _steps(self, items: AsyncIterator[Any]) -> Iterator[Any]:
        iterator = aiter(items)
        end = object()
        while (item := self._run(anext, iterator, end)) is not end:
            yield item


class BlockingClient(Blocking):
    """An `AsyncClient` behind blocking calls."""

    def __init__(self, inner: Any, loop: Loop) -> None:
        super().__init__(inner, loop.run)
        self._loop = loop

    def stream(self, *given: Any, **named: Any) -> Any:
        """A response that is read piece by piece, in a ``with`` block."""
        return self._loop.entered(partial(self.inner.stream, *given, **named))

    def paginate(self, *given: Any, **named: Any) -> Any:
        """Page after page."""
        return Blocking(self.inner.paginate(*given, **named), self._run)


async def _result(asked: Callable[[], Any]) -> Any:
    result = asked()
    return await result if inspect.isawaitable(result) else result


async def _stay(opens: Callable[[], Any], ready: Future[Any], asked: Any) -> None:
    async with opens() as opened:
        ready.set_result(opened)
        async for call, done in asked:
            if isinstance(call, BaseException):
                raise call
            try:
                done.set_result(await _result(call))
            except BaseException as error:
                done.set_exception(error)
                raise


def _ask(portal: BlockingPortal, send: Any, call: Callable[..., Any], *given: Any) -> Any:
    done: Future[Any] = Future()
    portal.call(send.send_nowait, (partial(call, *given), done))
    return done.result()


def _fail(ready: Future[Any], task: Future[Any]) -> None:
    if not ready.done() and (error := task.exception()) is not None:
        ready.set_exception(error)
