"""Failwell's client on asyncio."""

import asyncio
from collections.abc import AsyncIterator

from benchmarks.peers.ask import ONE_SHOT, Ask
from benchmarks.peers.clients.ours import BODIES, PACKAGES, POLICY, RETRIED
from failwell.client import AsyncClient

__all__ = ["BODIES", "PACKAGES", "RETRIED", "WORLD", "call"]

WORLD = "asyncio"


def call(ask: Ask) -> None:
    """Call as `ours` does, in a loop of its own."""
    asyncio.run(_call(ask))


async def _call(ask: Ask) -> None:
    content = _one_shot() if ask.body == "one_shot" else None
    client = AsyncClient(contract=ask.contract, timeout=1.0, deadline=8.0, retry=POLICY)
    async with client:
        await client.request(ask.method, ask.url, json=ask.json, content=content)


async def _one_shot() -> AsyncIterator[bytes]:
    for part in ONE_SHOT:
        yield part
