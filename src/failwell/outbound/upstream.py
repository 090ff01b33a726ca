"""Upstream: the server behind an API, the operator's own or one that is bundled."""

import asyncio
import socket
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from failwell.core.exceptions import FailwellError
from failwell.outbound.fetch import Outbound
from failwell.outbound.local_host import LocalHost
from failwell.outbound.response import OutboundResponse

__all__ = ["Upstream"]


class Upstream:
    """One server that an API asks, started and stopped with it.

    Callers learn of its failures under its name; the address is the operator's business.
    Its own address may be called though it is private.

    Args:
        name: What it is called in faults, ``model provider``.
        url: Where it is; ``None`` for the bundled one.
        local: The bundled one.
        deadline: Seconds for an answer.
        allow: Private networks that may be called besides.
    """

    def __init__(
        self,
        name: str,
        *,
        url: str | None = None,
        local: LocalHost | None = None,
        deadline: float,
        allow: Iterable[str] = (),
    ) -> None:
        if url is None and local is None:
            raise FailwellError(f"{name}: give its address, or a local host to start instead")
        self.name = name
        self._url = url
        self._local = local
        # A whole number travels as one.
        self._deadline = int(deadline) if deadline == int(deadline) else deadline
        self._allow = tuple(allow)
        self._outbound: Outbound | None = None

    @property
    def url(self) -> str:
        """Where it is, without a last slash; only while it is started."""
        if self._url is not None:
            return self._url.rstrip("/")
        assert self._local is not None
        return self._local.url

    async def start(self) -> None:
        """Find its address; starts the bundled one where no other is configured."""
        if self._url is None and self._local is not None:
            await self._local.start()
        own = await asyncio.to_thread(_addresses, self.url)
        self._outbound = Outbound(allow=(*self._allow, *own), deadline=self._deadline)

    async def close(self) -> None:
        """Close connections, and the bundled server."""
        if self._outbound is not None:
            await self._outbound.close()
        if self._local is not None:
            await self._local.close()

    async def fetch(
        self,
        path: str = "",
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        **options: Any,
    ) -> OutboundResponse:
        """Send one request below its address; options as for `Outbound.fetch`.

        Raises:
            UpstreamError: It cannot be reached, answers nonsense or takes too long.
        """
        if self._outbound is None:
            raise RuntimeError("start() comes before the first request")
        return await self._outbound.fetch(
            (self._url if not path and self._url else self.url + path),
            upstream=self.name,
            method=method,
            headers=headers,
            body=body,
            **options,
        )


def _addresses(url: str) -> list[str]:
    """The addresses of a host the operator chose, which may be private ones."""
    target = urlsplit(url)
    port = target.port or (443 if target.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(target.hostname, port, type=socket.SOCK_STREAM)
    except OSError:
        # A name nobody knows today may be known tomorrow; until then calls fail as they should.
        return []
    return [_allowed(str(address[0]), port) for *_, address in found]


def _allowed(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
