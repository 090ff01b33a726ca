"""One attempt to deliver a webhook: a guarded POST, and what became of it.

Every way to fail has one of eight names, and none of them is raised: what to do about a
failure is decided elsewhere. The answer of a stranger is read within bounds.
"""

import asyncio
import math
import ssl
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import Literal

import aiohttp
import msgspec
from aiohttp.http_exceptions import LineTooLong
from yarl import URL

from failwell.core.redaction import HIDDEN
from failwell.outbound.connector import guarded_connector, was_refused
from failwell.outbound.target import InvalidTargetError, TargetRules, parse_target

__all__ = ["KEPT_BODY", "LONGEST_BODY", "AttemptError", "AttemptSender", "Attempted"]

AttemptError = Literal[
    "timeout", "dns", "connect", "tls", "http", "blocked", "invalid_target", "oversize"
]
"""Why an attempt failed.

``timeout`` no whole answer in time; ``dns`` the name leads nowhere; ``connect`` no connection,
or it broke; ``tls`` no trust; ``http`` an answer that is no 2xx, or no HTTP; ``blocked`` an
address that may not be called; ``invalid_target`` no address at all; ``oversize`` header fields
beyond every bound.
"""

LONGEST_BODY = 65_536
"""Bytes of an answer that are read; the rest is not waited for."""

KEPT_BODY = 4_096
"""Bytes of an answer that are kept."""

_MOST_FIELDS = 50
_LONGEST_FIELD = 1_024
_SECRET_FIELDS = {"set-cookie", "set-cookie2"}

# Shorter than most servers keep an idle connection open, so that none is closed by the other
# side at the moment it is used again.
_IDLE_SECONDS = 4.0
_LOOK_UPS = 32
_KNOWN_TARGETS = 1_024


class Attempted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an attempt."""

    status: int | None = None
    """Status of the answer, if one began to come."""

    headers: tuple[tuple[str, str], ...] = ()
    """Header fields of the answer by lower-case name: the first 50, cut at 1,024 characters."""

    body: bytes = b""
    """The first 4 KiB of the answer's body, as they came."""

    seconds: float
    """How long it took."""

    error: AttemptError | None = None
    """Why it failed; ``None`` when it was delivered."""


class AttemptSender:
    """Sends webhooks; make one per process and close it.

    Connections are kept for a few seconds and used again for the same host. Redirects are not
    followed, and nothing of the environment (proxies, ``.netrc``) is obeyed.

    Args:
        rules: Which addresses may be called; make its guard a strict one.
        tls: What certificates are checked with; the system's authorities by default.
    """

    def __init__(self, rules: TargetRules, *, tls: ssl.SSLContext | None = None) -> None:
        self._guard = rules.guard
        # The same few addresses are called again and again; what is refused is not kept.
        self._parsed = lru_cache(maxsize=_KNOWN_TARGETS)(partial(parse_target, rules=rules))
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None
        # A name server that never answers keeps a thread busy longer than an attempt may last:
        # threads of their own, so that nothing else of the process waits.
        self._names = ThreadPoolExecutor(_LOOK_UPS, thread_name_prefix="webhook-names")

    async def post(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | Iterable[tuple[str, str]],
        body: bytes,
        connect: float = 5.0,
        total: float = 15.0,
    ) -> Attempted:
        """Send one request, and say what became of it. Never raises for what others do.

        Args:
            url: Where to.
            headers: Header fields to send.
            body: The exact bytes to send.
            connect: Seconds until there is a connection: looking up the name, TCP and TLS.
            total: Seconds for everything, the answer's body included.
        """
        clock = asyncio.get_running_loop().time
        begun = clock()
        answer = _Answer()
        try:
            target = self._parsed(url)
            await self._send(target, headers, body, _exactly(connect, total), answer)
        except InvalidTargetError:
            return Attempted(seconds=clock() - begun, error="invalid_target")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return answer.attempted(clock() - begun, error=_class_of(error))
        return answer.attempted(clock() - begun, error=None if answer.good else "http")

    async def close(self) -> None:
        """Close the connections."""
        self._names.shutdown(wait=False, cancel_futures=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _send(
        self,
        target: URL,
        headers: Mapping[str, str] | Iterable[tuple[str, str]],
        body: bytes,
        within: aiohttp.ClientTimeout,
        answer: "_Answer",
    ) -> None:
        async with self._opened().post(
            target,
            data=body,
            headers=dict(headers),
            allow_redirects=False,
            timeout=within,
        ) as response:
            answer.begin(response)
            while chunk := await response.content.readany():
                if not answer.feed(chunk):
                    response.close()
                    return

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=guarded_connector(
                    self._guard,
                    # Whoever sends bounds how many attempts are under way, for each endpoint.
                    connections=0,
                    strict=True,
                    executor=self._names,
                    # Each new connection looks its name up, and goes where that leads.
                    use_dns_cache=False,
                    keepalive_timeout=_IDLE_SECONDS,
                    ssl=True if self._tls is None else self._tls,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,
                headers={"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "failwell"},
            )
        return self._session


@lru_cache(maxsize=16)
def _exactly(connect: float, total: float) -> aiohttp.ClientTimeout:
    """Bounds that are not rounded up to whole seconds."""
    return aiohttp.ClientTimeout(total=total, connect=connect, ceil_threshold=math.inf)


class _Answer:
    """What has come of an answer so far: a failure half-way shows as much as there is."""

    def __init__(self) -> None:
        self._status: int | None = None
        self._headers: tuple[tuple[str, str], ...] = ()
        self._kept = bytearray()
        self._read = 0

    @property
    def good(self) -> bool:
        return self._status is not None and 200 <= self._status < 300

    def begin(self, response: aiohttp.ClientResponse) -> None:
        self._status = response.status
        self._headers = tuple(map(_field, response.raw_headers[:_MOST_FIELDS]))

    def feed(self, chunk: bytes) -> bool:
        """Take a piece; says whether more is wanted."""
        self._kept += chunk[: KEPT_BODY - len(self._kept)]
        self._read += len(chunk)
        return self._read < LONGEST_BODY

    def attempted(self, seconds: float, *, error: AttemptError | None) -> Attempted:
        return Attempted(
            status=self._status,
            headers=self._headers,
            body=bytes(self._kept),
            seconds=seconds,
            error=error,
        )


def _field(field: tuple[bytes, bytes]) -> tuple[str, str]:
    name, value = (part[:_LONGEST_FIELD].decode("utf-8", "replace") for part in field)
    name = name.lower()
    return name, HIDDEN if name in _SECRET_FIELDS else value


def _class_of(error: Exception) -> AttemptError:
    if was_refused(error):
        return "blocked"
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "dns"
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return "tls"
    if any(isinstance(cause, LineTooLong) for cause in _causes(error)):
        return "oversize"
    if isinstance(error, aiohttp.ClientResponseError | aiohttp.ClientPayloadError):
        return "http"
    if isinstance(error, OSError | aiohttp.ClientConnectionError):
        return "connect"
    return "invalid_target"


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause = error.__cause__
    while cause is not None:
        yield cause
        cause = cause.__cause__
