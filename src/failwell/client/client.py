"""Client: calls an API from threads, and every error arrives right."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self, Unpack

import httpx2

from failwell.client.attempts import attempts
from failwell.client.caller import Caller, CallOptions
from failwell.client.driver import Driver
from failwell.client.pages import NextPage, Pages
from failwell.client.streaming import unpacking
from failwell.client.transport import SocketTransport

__all__ = ["Client", "ClientPages"]


class Client(Caller):
    """Calls an API; may be shared by threads, and is usable after a fork.

    Examples:
        >>> with Client("https://api.connix.io", contract="connix", timeout=5) as api:
        ...     api
        <Client https://api.connix.io>
    """

    def _begin(self, transport: httpx2.BaseTransport | None, sleep: Any) -> None:
        self._transport = transport or SocketTransport()
        self._driver = Driver(self._transport, sleep=sleep, now=self._settings.clock.now)

    def request(
        self, method: str, url: str | httpx2.URL, **options: Unpack[CallOptions]
    ) -> httpx2.Response:
        """Call the API and give back what it answered.

        Raises:
            FaultError: The answer is an error, or there is none.
        """
        return self._run(method, url, options)

    def _run(
        self, method: str, url: str | httpx2.URL, options: CallOptions, *, stream: bool = False
    ) -> httpx2.Response:
        call = self._call(method, url, options, stream=stream)
        response: httpx2.Response = self._driver.run(attempts(call, self._settings, self._live))
        if "set-cookie" in response.headers:
            self._preparation.keep_cookies(response)
        return response

    def get(self, url: str | httpx2.URL, **options: Unpack[CallOptions]) -> httpx2.Response:
        """Send a GET; see `request`."""
        return self._run("GET", url, options)

    def head(self, url: str | httpx2.URL, **options: Unpack[CallOptions]) -> httpx2.Response:
        """Send a HEAD; see `request`."""
        return self._run("HEAD", url, options)

    def options(self, url: str | httpx2.URL, **options: Unpack[CallOptions]) -> httpx2.Response:
        """Send an OPTIONS; see `request`."""
        return self._run("OPTIONS", url, options)

    def post(self, url: str | httpx2.URL, **options: Unpack[CallOptions]) -> httpx2.Response:
        """Send a POST; see `request`."""
        return self._run("POST", url, options)

    def put(self, url: str | httpx2.URL, **options: Unpack[CallOptions]) -> httpx2.Response:
        """Send a PUT; see `request`."""
        return self._run("PUT", url, options)

    def patch(self, url: str | httpx2.URL, **options: Unpack[CallOptions]) -> httpx2.Response:
        """Send a PATCH; see `request`."""
        return self._run("PATCH", url, options)

    def delete(self, url: str | httpx2.URL, **options: Unpack[CallOptions]) -> httpx2.Response:
        """Send a DELETE; see `request`."""
        return self._run("DELETE", url, options)

    @contextmanager
    def stream(
        self, method: str, url: str | httpx2.URL, **options: Unpack[CallOptions]
    ) -> Iterator[httpx2.Response]:
        """Call the API and leave the body to be read piece by piece; see `request`.

        Until the answer begins, failures are repeated; afterwards none is. The deadline covers
        the reading too: ``deadline=None`` lets a stream last as long as it will.
        """
        response = self._run(method, url, options, stream=True)
        try:
            with unpacking(response):
                yield response
        finally:
            response.close()

    def paginate(
        self,
        url: str | httpx2.URL,
        *,
        next_page: NextPage | None = None,
        cursor: str | None = None,
        **options: Unpack[CallOptions],
    ) -> "ClientPages":
        """Get one page after the other.

        Args:
            url: Address of the first page.
            next_page: Finds in a page what leads to the next; see `Pages`.
            cursor: Where to go on, as an earlier iterator had it in its `cursor`.
            options: As for `request`.
        """
        return ClientPages(self, Pages(url, next_page, cursor, options))

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()
        self._driver.close()

    def __repr__(self) -> str:
        return f"<Client {self._preparation.base}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class ClientPages(Iterator[httpx2.Response]):
    """The pages of one list; made by `Client.paginate`.

    A page that failed may be asked for again by going on with the same iterator.

    Args:
        client: Who gets them.
        pages: Where they are.
    """

    def __init__(self, client: Client, pages: Pages) -> None:
        self._client = client
        self._pages = pages

    @property
    def cursor(self) -> str | None:
        """Address of the page that comes next, also after an error; ``None`` after the last."""
        return self._pages.cursor

    def __next__(self) -> httpx2.Response:
        url, options = self._pages.following()
        if url is None:
            raise StopIteration
        response = self._client.request("GET", url, **options)
        self._pages.turn(response)
        return response
