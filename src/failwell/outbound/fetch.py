"""Guarded HTTP: one request to an address somebody else chose, within bounds.

The guard looks at the address a socket is about to connect to, after the name was
resolved, so a name that answers differently the second time gains nothing. Time, size,
redirects and decompression have bounds.
"""

import asyncio
from collections.abc import Iterable, Mapping

import aiohttp
from yarl import URL

from failwell.core.exceptions import UpstreamError
from failwell.core.situation import Situation
from failwell.outbound.address import AddressGuard
from failwell.outbound.connector import guarded_connector, was_refused
from failwell.outbound.response import (
    LongBodyError,
    OutboundResponse,
    UnreadableBodyError,
    decompressed,
)

__all__ = ["Outbound", "OutboundRefusedError", "OutboundTooLongError"]

_REDIRECTS = {301, 302, 303, 307, 308}
_SECRET_FIELDS = {"authorization", "cookie", "proxy-authorization"}


class OutboundRefusedError(UpstreamError):
    """A target that is not called: a private address, or no HTTP address at all.

    Unless a handler turns it into a fault of the caller, it is a ``bad_gateway``.
    """

    reason: str = "address"
    """``url``, ``scheme``, ``credentials`` or ``address``."""


class OutboundTooLongError(UpstreamError):
    """An answer with a larger body than the call allows.

    Unless a handler turns it into a fault of the caller, it is a ``bad_gateway``.
    """


class Outbound:
    """Calls other servers; make one per process and close it.

    Args:
        allow: Networks that may be called though they are not public, see `AddressGuard`.
        deadline: Seconds for a whole call, redirects included.
        max_size: Bytes of an answer's body, after decompression.
        connections: How many connections are open at once.
    """

    def __init__(
        self,
        *,
        allow: Iterable[str] = (),
        deadline: float = 10.0,
        max_size: int = 1_048_576,
        connections: int = 100,
    ) -> None:
        self._guard = AddressGuard(allow)
        self._deadline = deadline
        self._max_size = max_size
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    async def fetch(
        self,
        url: str,
        *,
        upstream: str | None = None,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        deadline: float | None = None,
        max_size: int | None = None,
        redirects: int = 0,
    ) -> OutboundResponse:
        """Send one request and return the whole answer, whatever its status.

        Args:
            url: Where to; ``http`` or ``https``.
            upstream: What to call the other server in faults; its host by default.
            method: The method.
            headers: Header fields to send.
            body: The body to send.
            deadline: Seconds for the whole call, instead of the usual ones.
            max_size: Bytes of the answer's body, instead of the usual ones.
            redirects: How many redirects are followed, each checked like the first
                address; with 0 the redirect itself is the answer.

        Raises:
            OutboundRefusedError: The target may not be called.
            OutboundTooLongError: The body of the answer is too large.
            UpstreamError: ``bad_gateway`` when no good answer came, ``gateway_timeout``
                when it did not come in time. Neither says more than the name.
        """
        target = _checked(url, upstream)
        name = upstream or target.host or "upstream"
        seconds = self._deadline if deadline is None else deadline
        limit = self._max_size if max_size is None else max_size
        request = _Request(method, target, dict(headers or {}), body)
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(request, name, limit, redirects)
        except TimeoutError as error:
            raise UpstreamError(
                situation=Situation.GATEWAY_TIMEOUT, upstream=name, timeout_seconds=seconds
            ) from error
        except LongBodyError as error:
            raise OutboundTooLongError(upstream=name) from error
        except (aiohttp.ClientError, OSError, UnicodeError, UnreadableBodyError) as error:
            if was_refused(error):
                raise _refused("address", name) from error
            raise UpstreamError(upstream=name) from error

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _follow(
        self, request: "_Request", name: str, limit: int, redirects: int
    ) -> OutboundResponse:
        while True:
            response = await self._send(request, name, limit)
            location = response.headers.get("location")
            if response.status not in _REDIRECTS or redirects < 1 or location is None:
                return response
            redirects -= 1
            request = request.redirected(response.status, location, name)

    async def _send(self, request: "_Request", name: str, limit: int) -> OutboundResponse:
        async with self._opened().request(
            request.method,
            request.url,
            headers=request.headers,
            data=request.body,
            allow_redirects=False,
        ) as answer:
            encoding = answer.headers.get("Content-Encoding", "")
            return OutboundResponse(
                status=answer.status,
                headers={field.lower(): value for field, value in answer.headers.items()},
                body=await decompressed(answer.content, encoding=encoding, limit=limit),
                upstream=name,
            )

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=guarded_connector(self._guard, connections=self._connections),
                # Nothing of one call may show up in another, and nothing of the
                # environment (proxies, .netrc) in any.
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,
                headers={"Accept-Encoding": "gzip, deflate", "User-Agent": "failwell"},
                timeout=aiohttp.ClientTimeout(total=None),
            )
        return self._session


class _Request:
    def __init__(self, method: str, url: URL, headers: dict[str, str], body: bytes | None) -> None:
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body

    def redirected(self, status: int, location: str, name: str) -> "_Request":
        """The next request after a redirect (RFC 9110, 15.4)."""
        url = _checked(location, name, base=self.url)
        headers = self.headers
        if url.origin() != self.url.origin():
            headers = {k: v for k, v in headers.items() if k.lower() not in _SECRET_FIELDS}
        if status == 303 or (status in {301, 302} and self.method == "POST"):
            return _Request("HEAD" if self.method == "HEAD" else "GET", url, headers, None)
        return _Request(self.method, url, headers, self.body)


def _checked(url: str, name: str | None, *, base: URL | None = None) -> URL:
    try:
        target = URL(url) if base is None else base.join(URL(url))
    except ValueError as error:
        raise _refused("url", name or "upstream") from error
    name = name or target.host or "upstream"
    if target.scheme not in {"http", "https"}:
        raise _refused("scheme", name)
    if not target.host:
        raise _refused("url", name)
    if target.user is not None or target.password is not None:
        raise _refused("credentials", name)
    return target


def _refused(reason: str, upstream: str) -> OutboundRefusedError:
    error = OutboundRefusedError(upstream=upstream)
    error.reason = reason
    return error
