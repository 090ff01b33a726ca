"""httpx with the transport of httpx-retries."""

import httpx
from httpx_retries import Retry, RetryTransport

from benchmarks.peers.ask import ALL_BODIES, Ask

__all__ = ["BODIES", "PACKAGES", "RETRIED", "call"]

PACKAGES = ("httpx-retries", "httpx")
RETRIED = ("429", "502", "503", "lost")
BODIES = ALL_BODIES

_CLIENT = httpx.Client(
    timeout=1.0, transport=RetryTransport(retry=Retry(total=2, backoff_factor=0.1))
)


def call(ask: Ask) -> None:
    """Call with the client's own retries."""
    answer = _CLIENT.request(ask.method, ask.url, json=ask.json, content=ask.content)
    answer.raise_for_status()
