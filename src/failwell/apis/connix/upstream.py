"""The model provider: the server behind Connix, asked over HTTP."""

import asyncio
import socket
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from failwell.apis.connix.model import LocalModel
from failwell.core.exceptions import UpstreamError
from failwell.outbound.fetch import Outbound

__all__ = ["ModelProvider"]

_NAME = "model provider"


class ModelProvider:
    """Asks a model for an answer: the operator's, or the bundled one.

    Callers learn of its failures under the name ``model provider``; the address is the
    operator's business.

    Args:
        url: Where questions are posted; ``None`` starts the bundled local model.
        deadline: Seconds for an answer.
        allow: Private networks that may be called besides the model's own address.
    """

    def __init__(self, url: str | None, *, deadline: float, allow: Iterable[str] = ()) -> None:
        self._url = url
        # A whole number travels as one.
        self._deadline = int(deadline) if deadline == int(deadline) else deadline
        self._allow = tuple(allow)
        self._local: LocalModel | None = None
        self._outbound: Outbound | None = None

    async def start(self) -> None:
        """Find the address to ask; starts the local model where no other is configured."""
        if self._url is None:
            self._local = LocalModel()
            await self._local.start()
        own = await asyncio.to_thread(_addresses, self._target)
        self._outbound = Outbound(allow=(*self._allow, *own), deadline=self._deadline)

    async def close(self) -> None:
        """Close connections and the local model."""
        if self._outbound is not None:
            await self._outbound.close()
        if self._local is not None:
            await self._local.close()

    async def ask(self, config: Mapping[str, Any], text: str) -> str:
        """Ask one question.

        Raises:
            UpstreamError: The model cannot be reached, answers nonsense or takes too long.
        """
        if self._outbound is None:
            raise RuntimeError("start() comes before ask()")
        question = {name: config[name] for name in ("model", "temperature", "max_tokens")}
        response = await self._outbound.fetch(
            self._target,
            upstream=_NAME,
            method="POST",
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            body=msgspec.json.encode(question | {"input": text}),
        )
        output = _member(response.json(), "output") if response.status == 200 else None
        if not isinstance(output, str):
            raise UpstreamError(upstream=_NAME)
        return output

    @property
    def _target(self) -> str:
        if self._url is not None:
            return self._url
        if self._local is None:
            raise RuntimeError("start() comes before the first question")
        return self._local.url


def _member(content: Any, name: str) -> Any:
    return content.get(name) if isinstance(content, dict) else None


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
