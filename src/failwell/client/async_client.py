"""AsyncClient: calls an API from tasks; `Client` with ``await``."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self, Unpack

import httpx2

from failwell.client.async_driver import AsyncDriver
from failwell.client.attempts import attempts
from failwell.client.caller import Caller, CallOptions
from failwell.client.pages import NextPage, Pages
from failwell.client.streaming import unpacking
from failwell.client.transport import AsyncSocketTransport

__all__ = ["AsyncClient", "AsyncClientPages"]


class AsyncClient(Caller):
    """Calls an API; may be shared by the tasks of one event loop, on asyncio or trio."""

    def _begin(self, transport: httpx2.AsyncBaseTransport | None, sleep: Any) -> None:
        self._transport = transport or AsyncSocketTransport()
        self._driver = AsyncDriver(self._transport, sleep=sleep, now=self._settings.clock.now)

    async def request(
        self, method: str, url: str | httpx2.URL, **options: Unpack[CallOptions]
    ) -> httpx2.Response:
        """Call the API and give back what it answered.

        Raises:
            FaultError: The answer is an error, or there is none.
        """
        return await self._run(method, url, options)

    async def _run(
        self, method: str, url: str | httpx2.URL, options: CallOptions, *, stream: bool = False
    ) -> httpx2.Response:
        call = self._call(method, url, options, stream=stream)
        response: httpx2.Response = await self._driver.run(
            attempts(call, self._settings, self._live)
        )
        if "set-cookie" in response.headers:
            self._preparation.keep_cookies(response)
        return response

    async def get(self, url: str | httpx2.URL, **options: Unpack[CallOptions]) -> httpx2.Response:
        """Send a GET; see `request`."""
        return await self._run("GET", url, options)

    async def head(self, url: str | httpx2.URL, **options: Unpack[CallOptions]) -> httpx2.Response:
        """Send a HEAD; see `request`."""
        return await self._run("HEAD", url, options)

    async def options(
        self, url: str | httpx2.URL, **options: Unpack[CallOptions]
    ) -> httpx2.Response:
        """Send an OPTIONS; see `request`."""
        return await self._run("OPTIONS", url, options)

    async def post(self, url: str | httpx2.URL, **options: Unpack[CallOptions]) -> httpx2.Response:
        """Send a POST; see `request`."""
        return await self._run("POST", url, options)

    async def put(self, url: str | httpx2.URL, **options: Unpack[CallOptions]) -> httpx2.Response:
        """Send a PUT; see `request`."""
        return await self._run("PUT", url, options)

    async def patch(self, url: str | httpx2.URL, **options: Unpack[CallOptions]) -> httpx2.Response:
        """Send a PATCH; see `request`."""
        return await self._run("PATCH", url, options)

    async def delete(
        self, url: str | httpx2.URL, **options: Unpack[CallOptions]
    ) -> httpx2.Response:
        """Send a DELETE; see `request`."""
        return await self._run("DELETE", url, options)

    @asynccontextmanager
    async def stream(
        self, method: str, url: str | httpx2.URL, **options: Unpack[CallOptions]
    ) -> AsyncIterator[httpx2.Response]:
        """Call the API and leave the body to be read piece by piece; see `request`.

        Until the answer begins, failures are repeated; afterwards none is. The deadline covers
        the reading too: ``deadline=None`` lets a stream last as long as it will.
        """
        response = await self._run(method, url, options, stream=True)
        try:
            with unpacking(response):
                yield response
        finally:
            await response.aclose()

    def paginate(
        self,
        url: str | httpx2.URL,
        *,
        next_page: NextPage | None = None,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> "AsyncClientPages":
        """Get one page after the other.

        Args:
            url: Address of the first page.
            next_page: Finds in a page what leads to the next; see `Pages`.
            cursor: Where to go on, as an earlier iterator had it in its `cursor`.
            options: As for `request`.
        """
        return AsyncClientPages(self, Pages(url, next_page, cursor, options))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    def __repr__(self) -> str:
        return f"<AsyncClient {self._preparation.base}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()


class AsyncClientPages(AsyncIterator[httpx2.Response]):
    """The pages of one list; made by `AsyncClient.paginate`.

    A page that failed may be asked for again by going on with the same iterator.

    Args:
        client: Who gets them.
        pages: Where they are.
    """

    def __init__(self, client: AsyncClient, pages: Pages) -> None:
        self._client = client
        self._pages = pages

    @property
    def cursor(self) -> str | None:
        """Address of the page that comes next, also after an error; ``None`` after the last."""
        return self._pages.cursor

    async def __anext__(self) -> httpx2.Response:
        url, options = self._pages.following()
        if url is None:
            raise StopAsyncIteration
        response = await self._client.request("GET", url, **options)
        self._pages.turn(response)
        return response
