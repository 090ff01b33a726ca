"""httpx2 inside stamina, as its tutorial shows it: retry on the library's error class."""

from collections.abc import Iterator

import httpx2
import stamina

from benchmarks.peers.ask import ALL_BODIES, Ask

__all__ = ["BODIES", "PACKAGES", "RETRIED", "call"]

PACKAGES = ("stamina", "httpx2")
RETRIED = ("429", "502", "503", "lost")
BODIES = ALL_BODIES

_CLIENT = httpx2.Client(timeout=1.0)


def call(ask: Ask) -> None:
    """Call as often as stamina says."""
    _retried(ask, ask.content)


@stamina.retry(on=httpx2.HTTPError, attempts=3, timeout=8.0, wait_initial=0.1)
def _retried(ask: Ask, content: Iterator[bytes] | None) -> None:
    answer = _CLIENT.request(ask.method, ask.url, json=ask.json, content=content)
    answer.raise_for_status()
