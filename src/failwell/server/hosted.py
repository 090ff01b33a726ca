"""An API that a server can run: an application, its contract, and what works beside it."""

from collections.abc import Sequence
from typing import Protocol

from failwell.core.contract import Contract
from failwell.server.exchange import ASGIApp

__all__ = ["Companion", "HostedApi"]


class Companion(Protocol):
    """Something that works beside the requests: a worker, a connection, a bundled server."""

    async def start(self) -> None:
        """Begin to work."""
        ...

    async def close(self) -> None:
        """End; harmless for one that was never started."""
        ...


class HostedApi:
    """An API, put together.

    Args:
        app: Answers its requests.
        contract: What its errors look like.
        beside: What works beside the requests, in the order it is started.
    """

    def __init__(
        self, app: ASGIApp, contract: Contract, *, beside: Sequence[Companion] = ()
    ) -> None:
        self.app = app
        self.contract = contract
        self._beside = tuple(beside)

    @property
    def name(self) -> str:
        """The name its credentials and maintenance windows are stored under."""
        return self.contract.name

    async def start(self) -> None:
        """Start what works beside the requests; comes before the first one."""
        for companion in self._beside:
            await companion.start()

    async def close(self) -> None:
        """Stop what `start` started, the last one first; databases stay open."""
        for companion in reversed(self._beside):
            await companion.close()
