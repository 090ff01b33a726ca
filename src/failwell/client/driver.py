"""Driver: runs the steps of a call in a thread. `async_driver` is the same with ``await``."""

import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from datetime import timedelta
from typing import Any
from weakref import WeakSet

import httpx2

from failwell.client.error_body import ErrorBody, ready
from failwell.client.steps import Answer, Detach, Join, Send, Step, Steps, Wait
from failwell.core.exceptions import DeadlineExceededError
from failwell.core.fault import Fault

__all__ = ["Driver"]

_ENDS_WITHIN = 1.0


class Driver:
    """Takes each step a flow asks for.

    Args:
        transport: What sends requests.
        sleep: Lets seconds pass; really, by default.
        now: The wall clock, Unix seconds.
    """

    def __init__(
        self,
        transport: httpx2.BaseTransport,
        *,
        sleep: Callable[[float], object] | None = None,
        now: Callable[[], float],
    ) -> None:
        self._transport = transport
        self._sleep = sleep or time.sleep
        self._now = now
        self._apart: WeakSet[threading.Thread] = WeakSet()

    def run(self, steps: Steps[Any]) -> Any:
        """Run a flow to its end.

        What is no `Exception`, as Ctrl-C, is not given to the flow; it ends there and then.
        """
        try:
            step = next(steps)
            while True:
                try:
                    result = self._take(step)
                except Exception as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(result)
        except StopIteration as done:
            return done.value
        finally:
            steps.close()

    def _take(self, step: Step) -> Any:
        if isinstance(step, Send):
            return self._send(step)
        if isinstance(step, Wait):
            return self._sleep(step.seconds)
        if isinstance(step, Detach):
            return self._detach(step)
        return _joined(step)

    def _detach(self, step: Detach) -> None:
        run = (self.run, step.steps)
        thread = threading.Thread(
            target=copy_context().run, args=run, daemon=True, name="failwell-log-in"
        )
        thread.start()
        self._apart.add(thread)

    def close(self) -> None:
        """Wait for what runs apart from any call, once its connections are closed."""
        for thread in set(self._apart) - {threading.current_thread()}:
            thread.join(_ENDS_WITHIN)

    def _send(self, step: Send) -> Answer:
        started = time.perf_counter()
        response = self._transport.handle_request(step.request)
        response.request = step.request
        step.timeout.head = response
        try:
            answer = self._read(response, step)
        except BaseException:
            response.close()
            raise
        response.elapsed = timedelta(seconds=time.perf_counter() - started)
        return answer

    def _read(self, response: httpx2.Response, step: Send) -> Answer:
        status = response.status_code
        if status < 300 or status == 304:
            if not step.stream:
                response.read()
            return Answer(status=status, headers=(), response=response)
        received = self._now()
        return ready(response, received=received) or _error(response, received)


def _error(response: httpx2.Response, received: float) -> Answer:
    body = ErrorBody(response, received=received)
    try:
        for piece in response.iter_raw():
            if not body.take(piece):
                break
    except (httpx2.RequestError, httpx2.StreamError) as error:
        body.break_off(error)
    finally:
        # Before anybody waits: a response that is kept open keeps its connection.
        response.close()
    return body.answer()


def _joined(step: Join) -> Any:
    try:
        return step.future.result(step.timeout)
    except TimeoutError:
        if step.future.done():
            raise
        raise DeadlineExceededError.of(Fault(outcome="not_sent")) from None
