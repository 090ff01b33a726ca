"""httpx2 alone: no retries of any kind."""

import httpx2

from benchmarks.peers.ask import ALL_BODIES, Ask

__all__ = ["BODIES", "PACKAGES", "RETRIED", "call"]

PACKAGES = ("httpx2",)
RETRIED: tuple[str, ...] = ()
BODIES = ALL_BODIES

_CLIENT = httpx2.Client(timeout=1.0)


def call(ask: Ask) -> None:
    """Call once."""
    answer = _CLIENT.request(ask.method, ask.url, json=ask.json, content=ask.content)
    answer.raise_for_status()
