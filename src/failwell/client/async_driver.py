"""Driver of an asynchronous client: runs the steps of a call in a task, on asyncio or trio."""

import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from time import perf_counter
from typing import Any

import anyio
import anyio.lowlevel
import httpx2

from failwell.client.auth.user_code import call
from failwell.client.error_body import ErrorBody, ready
from failwell.client.steps import Answer, Detach, Join, Send, Step, Steps, Wait
from failwell.client.transport import AsyncSocketTransport
from failwell.core.exceptions import DeadlineExceededError
from failwell.core.fault import Fault

__all__ = ["AsyncDriver"]


class AsyncDriver:
    """Takes each step a flow asks for.

    Args:
        transport: What sends requests.
        sleep: Lets seconds pass; really, by default.
        now: The wall clock, Unix seconds.
    """

    def __init__(
        self,
        transport: httpx2.AsyncBaseTransport,
        *,
        sleep: Callable[[float], Awaitable[object]] | None = None,
        now: Callable[[], float],
    ) -> None:
        self._transport = transport
        self._bounded = isinstance(transport, AsyncSocketTransport)
        self._sleep = sleep or anyio.sleep
        self._now = now

    async def run(self, steps: Steps[Any]) -> Any:
        """Run a flow to its end.

        What is no `Exception`, as a cancellation, is not given to the flow; it ends there and
        then.
        """
        try:
            step = next(steps)
            while True:
                try:
                    result = await self._take(step)
                except Exception as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(result)
        except StopIteration as done:
            return done.value
        finally:
            steps.close()

    async def _take(self, step: Step) -> Any:
        if isinstance(step, Send):
            return await self._send(step)
        if isinstance(step, Wait):
            return await self._sleep(step.seconds)
        if isinstance(step, Detach):
            call(self.run, step.steps)
            return None
        return await _joined(step)

    async def _send(self, step: Send) -> Answer:
        if self._bounded and isinstance(step.request.stream, httpx2.ByteStream):
            return await self._exchange(step)
        # A foreign transport, and a body that is still to be made, know nothing of deadlines.
        limit = step.timeout
        with anyio.move_on_after(max(0.0, limit.ends - limit.monotonic())):
            return await self._exchange(step)
        raise httpx2.ReadTimeout("the deadline of the call has passed")

    async def _exchange(self, step: Send) -> Answer:
        started = perf_counter()
        response = await self._transport.handle_async_request(step.request)
        response.request = step.request
        step.timeout.head = response
        try:
            answer = await self._read(response, step)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await response.aclose()
            raise
        response.elapsed = timedelta(seconds=perf_counter() - started)
        return answer

    async def _read(self, response: httpx2.Response, step: Send) -> Answer:
        status = response.status_code
        if status < 300 or status == 304:
            if not step.stream:
                await response.aread()
            return Answer(status=status, headers=(), response=response)
        received = self._now()
        return ready(response, received=received) or await _error(response, received)


async def _error(response: httpx2.Response, received: float) -> Answer:
    body = ErrorBody(response, received=received)
    try:
        async with contextlib.aclosing(response.aiter_raw()) as pieces:
            async for piece in pieces:
                if not body.take(piece):
                    break
    except (httpx2.RequestError, httpx2.StreamError) as error:
        body.break_off(error)
    finally:
        # Before anybody waits: a response that is kept open keeps its connection.
        with anyio.CancelScope(shield=True):
            await response.aclose()
    return body.answer()


async def _joined(step: Join) -> Any:
    """Wait for what may be done in another thread, or in another task of this loop."""
    done, wake = anyio.Event(), _waker()
    step.future.add_done_callback(lambda _: wake(done.set))
    with anyio.move_on_after(step.timeout):
        await done.wait()
    if not step.future.done():
        raise DeadlineExceededError.of(Fault(outcome="not_sent"))
    return step.future.result()


def _waker() -> Callable[[Callable[[], object]], object]:
    """Give the way of this loop to be called from any thread."""
    token: Any = anyio.lowlevel.current_token().native_token
    call = getattr(token, "call_soon_threadsafe", None) or token.run_sync_soon

    def wake(tell: Callable[[], object]) -> object:
        # The loop may be over by the time the other is done; then nobody waits any more.
        with contextlib.suppress(RuntimeError):
            return call(tell)
        return None

    return wake
