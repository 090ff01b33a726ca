"""aiohttp with aiohttp-retry."""

import asyncio
from collections.abc import AsyncIterator

from aiohttp import ClientTimeout
from aiohttp_retry import ExponentialRetry, RetryClient

from benchmarks.peers.ask import ALL_BODIES, ONE_SHOT, Ask

__all__ = ["BODIES", "PACKAGES", "RETRIED", "call"]

PACKAGES = ("aiohttp-retry", "aiohttp")
RETRIED = ("502", "503", "lost")
BODIES = ALL_BODIES


def call(ask: Ask) -> None:
    """Call with the client's own retries."""
    asyncio.run(_call(ask))


async def _call(ask: Ask) -> None:
    options = ExponentialRetry(attempts=3, start_timeout=0.1)
    timeout = ClientTimeout(total=1.0)
    async with RetryClient(retry_options=options, timeout=timeout, raise_for_status=True) as client:
        body = {"json": ask.json} if ask.json else {"data": _one_shot() if ask.body else None}
        async with client.request(ask.method, ask.url, **body) as answer:
            await answer.read()


async def _one_shot() -> AsyncIterator[bytes]:
    for part in ONE_SHOT:
        yield part
