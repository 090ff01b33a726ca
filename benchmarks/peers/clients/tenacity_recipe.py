"""httpx2 inside tenacity: the library's error class, exponential waits with jitter."""

from collections.abc import Iterator

import httpx2
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from benchmarks.peers.ask import ALL_BODIES, Ask

__all__ = ["BODIES", "PACKAGES", "RETRIED", "call"]

PACKAGES = ("tenacity", "httpx2")
RETRIED = ("429", "502", "503", "lost")
BODIES = ALL_BODIES

_CLIENT = httpx2.Client(timeout=1.0)


def call(ask: Ask) -> None:
    """Call as often as tenacity says."""
    _retried(ask, ask.content)


@retry(
    retry=retry_if_exception_type(httpx2.HTTPError),
    stop=stop_after_attempt(3),
    wait=wait_random_exponential(multiplier=0.1),
    reraise=True,
)
def _retried(ask: Ask, content: Iterator[bytes] | None) -> None:
    answer = _CLIENT.request(ask.method, ask.url, json=ask.json, content=content)
    answer.raise_for_status()
