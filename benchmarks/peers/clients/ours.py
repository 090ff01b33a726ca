"""Failwell's client."""

from benchmarks.peers.ask import ALL_BODIES, Ask
from failwell.client import Client
from failwell.resilience.policy import RetryPolicy

__all__ = ["BODIES", "PACKAGES", "RETRIED", "call"]

PACKAGES = ("failwell",)
RETRIED = ("429", "502", "503", "lost")
BODIES = ALL_BODIES

POLICY = RetryPolicy(attempts=3, base=0.1, throttle_base=0.1)
"""Two retries with a base of 0.1 seconds; everything else as it comes."""


def call(ask: Ask) -> None:
    """Call; the contract is named only where a 200 is an error by it."""
    with Client(contract=ask.contract, timeout=1.0, deadline=8.0, retry=POLICY) as client:
        client.request(ask.method, ask.url, json=ask.json, content=ask.content)
