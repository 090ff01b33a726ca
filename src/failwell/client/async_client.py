"""AsyncClient: calls an API from tasks; `Client` with ``await``."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any, Self, Unpack

import anyio
import httpx2

from failwell.client.attempts import attempts
from failwell.client.caller import Caller, CallOptions
from failwell.client.error_body import ErrorBody, ready
from failwell.client.steps import Answer, Join, Send, Step, Steps, Wait
from failwell.client.transport import AsyncSocketTransport

__all__ = ["AsyncClient"]


class AsyncClient(Caller):
    """Calls an API; may be shared by the tasks of one event loop, asyncio or trio."""

    _own_sleep = staticmethod(anyio.sleep)

    def _own_transport(self) -> httpx2.AsyncBaseTransport:
        return AsyncSocketTransport()

    async def request(
        self, method: str, url: str | httpx2.URL, **options: Unpack[CallOptions]
    ) -> httpx2.Response:
        """Call the API and give back what it answered.

        Raises:
            FaultError: The answer is an error, or there is none.
        """
        return await self._run(attempts(self._call(method, url, options), self._settings))

    async def get(self, url: str | httpx2.URL, **options: Unpack[CallOptions]) -> httpx2.Response:
        """Send a GET; see `request`."""
        return await self.request("GET", url, **options)

    async def head(self, url: str | httpx2.URL, **options: Unpack[CallOptions]) -> httpx2.Response:
        """Send a HEAD; see `request`."""
        return await self.request("HEAD", url, **options)

    async def options(
        self, url: str | httpx2.URL, **options: Unpack[CallOptions]
    ) -> httpx2.Response:
        """Send an OPTIONS; see `request`."""
        return await self.request("OPTIONS", url, **options)

    async def post(self, url: str | httpx2.URL, **options: Unpack[CallOptions]) -> httpx2.Response:
        """Send a POST; see `request`."""
        return await self.request("POST", url, **options)

    async def put(self, url: str | httpx2.URL, **options: Unpack[CallOptions]) -> httpx2.Response:
        """Send a PUT; see `request`."""
        return await self.request("PUT", url, **options)

    async def patch(self, url: str | httpx2.URL, **options: Unpack[CallOptions]) -> httpx2.Response:
        """Send a PATCH; see `request`."""
        return await self.request("PATCH", url, **options)

    async def delete(
        self, url: str | httpx2.URL, **options: Unpack[CallOptions]
    ) -> httpx2.Response:
        """Send a DELETE; see `request`."""
        return await self.request("DELETE", url, **options)

    @asynccontextmanager
    async def stream(
        self, method: str, url: str | httpx2.URL, **options: Unpack[CallOptions]
    ) -> AsyncIterator[httpx2.Response]:
        """Call the API and leave the body to be read piece by piece; see `request`."""
        call = self._call(method, url, options, stream=True)
        response = await self._run(attempts(call, self._settings))
        try:
            yield response
        finally:
            await response.aclose()

    async def _run(self, steps: Steps[httpx2.Response]) -> httpx2.Response:
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
            response: httpx2.Response = done.value
            return response
        finally:
            steps.close()

    async def _take(self, step: Step) -> Any:
        if isinstance(step, Send):
            return await self._send(step)
        if isinstance(step, Wait):
            return await self._sleep(step.seconds)
        return _joined(step)

    async def _send(self, step: Send) -> Answer:
        response: httpx2.Response = await self._transport.handle_async_request(step.request)
        response.request = step.request
        try:
            return await self._read(response, step)
        except BaseException:
            await response.aclose()
            raise

    async def _read(self, response: httpx2.Response, step: Send) -> Answer:
        step.request.extensions["timeout"]["read"].answered = True
        received = self._settings.clock.now()
        if response.status_code >= 300:
            return ready(response, received=received) or await _error(response, received)
        if not step.stream:
            await response.aread()
        return Answer(status=response.status_code, headers=(), response=response)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()


async def _error(response: httpx2.Response, received: float) -> Answer:
    body = ErrorBody(response, received=received)
    try:
        async with aclosing(response.aiter_raw()) as pieces:
            async for piece in pieces:
                if not body.take(piece):
                    break
    except (httpx2.HTTPError, httpx2.StreamError) as error:
        body.break_off(error)
    finally:
        await response.aclose()
    return body.answer()


def _joined(step: Join) -> Any:
    return step.future.result(step.timeout)
