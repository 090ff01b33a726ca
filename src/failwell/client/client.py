"""Client: calls an API from threads, and every error arrives right."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self, Unpack

import httpx2

from failwell.client.attempts import attempts
from failwell.client.caller import Caller, CallOptions
from failwell.client.error_body import ErrorBody, ready
from failwell.client.steps import Answer, Join, Send, Step, Steps, Wait
from failwell.client.transport import SocketTransport

__all__ = ["Client"]


class Client(Caller):
    """Calls an API; may be shared by threads.

    Examples:
        >>> with Client("https://api.connix.io", contract="connix") as api:
        ...     api  # doctest: +ELLIPSIS
        <failwell...Client object at ...>
    """

    _own_sleep = staticmethod(time.sleep)

    def _own_transport(self) -> httpx2.BaseTransport:
        return SocketTransport()

    def request(
        self, method: str, url: str | httpx2.URL, **options: Unpack[CallOptions]
    ) -> httpx2.Response:
        """Call the API and give back what it answered.

        Raises:
            FaultError: The answer is an error, or there is none.
        """
        return self._run(attempts(self._call(method, url, options), self._settings))

    def get(self, url: str | httpx2.URL, **options: Unpack[CallOptions]) -> httpx2.Response:
        """Send a GET; see `request`."""
        return self.request("GET", url, **options)

    def head(self, url: str | httpx2.URL, **options: Unpack[CallOptions]) -> httpx2.Response:
        """Send a HEAD; see `request`."""
        return self.request("HEAD", url, **options)

    def options(self, url: str | httpx2.URL, **options: Unpack[CallOptions]) -> httpx2.Response:
        """Send an OPTIONS; see `request`."""
        return self.request("OPTIONS", url, **options)

    def post(self, url: str | httpx2.URL, **options: Unpack[CallOptions]) -> httpx2.Response:
        """Send a POST; see `request`."""
        return self.request("POST", url, **options)

    def put(self, url: str | httpx2.URL, **options: Unpack[CallOptions]) -> httpx2.Response:
        """Send a PUT; see `request`."""
        return self.request("PUT", url, **options)

    def patch(self, url: str | httpx2.URL, **options: Unpack[CallOptions]) -> httpx2.Response:
        """Send a PATCH; see `request`."""
        return self.request("PATCH", url, **options)

    def delete(self, url: str | httpx2.URL, **options: Unpack[CallOptions]) -> httpx2.Response:
        """Send a DELETE; see `request`."""
        return self.request("DELETE", url, **options)

    @contextmanager
    def stream(
        self, method: str, url: str | httpx2.URL, **options: Unpack[CallOptions]
    ) -> Iterator[httpx2.Response]:
        """Call the API and leave the body to be read piece by piece; see `request`."""
        call = self._call(method, url, options, stream=True)
        response = self._run(attempts(call, self._settings))
        try:
            yield response
        finally:
            response.close()

    def _run(self, steps: Steps[httpx2.Response]) -> httpx2.Response:
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
            response: httpx2.Response = done.value
            return response
        finally:
            steps.close()

    def _take(self, step: Step) -> Any:
        if isinstance(step, Send):
            return self._send(step)
        if isinstance(step, Wait):
            return self._sleep(step.seconds)
        return _joined(step)

    def _send(self, step: Send) -> Answer:
        response: httpx2.Response = self._transport.handle_request(step.request)
        response.request = step.request
        try:
            return self._read(response, step)
        except BaseException:
            response.close()
            raise

    def _read(self, response: httpx2.Response, step: Send) -> Answer:
        step.request.extensions["timeout"]["read"].answered = True
        received = self._settings.clock.now()
        if response.status_code >= 300:
            return ready(response, received=received) or _error(response, received)
        if not step.stream:
            response.read()
        return Answer(status=response.status_code, headers=(), response=response)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _error(response: httpx2.Response, received: float) -> Answer:
    body = ErrorBody(response, received=received)
    try:
        for piece in response.iter_raw():
            if not body.take(piece):
                break
    except (httpx2.HTTPError, httpx2.StreamError) as error:
        body.break_off(error)
    finally:
        response.close()
    return body.answer()


def _joined(step: Join) -> Any:
    return step.future.result(step.timeout)
