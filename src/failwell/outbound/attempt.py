"""One attempt to deliver a webhook: a guarded POST, and what became of it.

Every way to fail has one of eight names, and none of them is raised: what to do about a
failure is decided elsewhere. The answer of a stranger is read within bounds.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import Literal, NamedTuple

import msgspec

from failwell.outbound.answer import AnswerReader, BadAnswerError
from failwell.outbound.connections import Connection, Connections, Peer
from failwell.outbound.connector import RefusedAddressError
from failwell.outbound.target import InvalidTargetError, TargetRules, parse_target

__all__ = ["AttemptError", "AttemptSender", "Attempted"]

AttemptError = Literal[
    "timeout", "dns", "connect", "tls", "http", "blocked", "invalid_target", "oversize"
]
"""Why an attempt failed.

``timeout`` no whole answer in time; ``dns`` the name leads nowhere; ``connect`` no connection,
or it broke; ``tls`` no trust; ``http`` an answer that is no 2xx, or no HTTP; ``blocked`` an
address that may not be called; ``invalid_target`` no address at all; ``oversize`` header fields
beyond every bound.
"""

_LOOK_UPS = 32
_KNOWN_TARGETS = 1_024
_OURS = {"accept": "*/*", "accept-encoding": "identity", "user-agent": "failwell"}


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
        # The same few addresses are called again and again; what is refused is not kept.
        self._place = lru_cache(maxsize=_KNOWN_TARGETS)(partial(_place, rules=rules))
        # A name server that never answers keeps a thread busy longer than an attempt may last:
        # threads of their own, so that nothing else of the process waits.
        self._names = ThreadPoolExecutor(_LOOK_UPS, thread_name_prefix="webhook-names")
        self._connections = Connections(rules.guard, tls=tls, executor=self._names)

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

        Raises:
            ValueError: A header field cannot be sent.
        """
        clock = asyncio.get_running_loop().time
        begun, answer = clock(), AnswerReader()
        error: AttemptError | None
        fields = _fields(headers, len(body))
        try:
            place = self._place(url)
            async with asyncio.timeout(total):
                await self._exchange(
                    place.peer, b"".join((place.head, fields, body)), connect, answer
                )
        except InvalidTargetError:
            error = "invalid_target"
        except BadAnswerError as bad:
            error = bad.why
        except UnicodeError:
            # A name that cannot even be asked for.
            error = "dns"
        except OSError as failed:
            error = _class_of(failed)
        else:
            error = None if answer.status and 200 <= answer.status < 300 else "http"
        return Attempted(
            status=answer.status,
            headers=answer.headers,
            body=bytes(answer.kept),
            seconds=clock() - begun,
            error=error,
        )

    async def close(self) -> None:
        """Close the connections."""
        self._names.shutdown(wait=False, cancel_futures=True)
        self._connections.close()

    async def _exchange(
        self, peer: Peer, request: bytes, connect: float, answer: AnswerReader
    ) -> None:
        connection = self._connections.idle(peer) or await self._opened(peer, connect)
        try:
            await connection.exchange(request, answer)
        except BaseException:
            connection.close()
            raise
        if answer.reusable:
            self._connections.keep(peer, connection)
        else:
            connection.close()

    async def _opened(self, peer: Peer, seconds: float) -> Connection:
        async with asyncio.timeout(seconds):
            return await self._connections.open(peer)


class _Place(NamedTuple):
    """Whom to call, and the beginning of every request."""

    peer: Peer
    head: bytes


def _place(url: str, rules: TargetRules) -> _Place:
    target = parse_target(url, rules)
    peer = Peer(str(target.raw_host), int(target.port or 0), target.scheme == "https")
    head = f"POST {target.raw_path_qs} HTTP/1.1\r\nhost: {target.host_port_subcomponent}\r\n"
    return _Place(peer, head.encode("ascii"))


def _fields(headers: Mapping[str, str] | Iterable[tuple[str, str]], length: int) -> bytes:
    """Write the header fields of a request, ours where nothing else is given."""
    given = {**_OURS, **{name.lower(): value for name, value in dict(headers).items()}}
    lines = [f"{name}: {value}" for name, value in given.items()]
    text = "\r\n".join((*lines, f"content-length: {length}"))
    if text.count("\r") + text.count("\n") != 2 * len(lines) or not text.isascii():
        raise ValueError("a header field of a webhook holds what no header field may hold")
    return text.encode("ascii") + b"\r\n\r\n"


def _class_of(error: OSError) -> AttemptError:
    if isinstance(error, RefusedAddressError):
        return "blocked"
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, socket.gaierror):
        return "dns"
    return "tls" if isinstance(error, ssl.SSLError) else "connect"
