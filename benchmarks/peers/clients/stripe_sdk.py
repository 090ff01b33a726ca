"""The Stripe library over requests."""

import stripe

from benchmarks.peers.ask import Ask

__all__ = ["BODIES", "PACKAGES", "RETRIED", "call"]

PACKAGES = ("stripe",)
RETRIED = ("502", "503", "lost")
BODIES = ("", "json")  # its bodies are forms made from a dict, never a stream

_HTTP = stripe.RequestsClient(timeout=1.0)


def call(ask: Ask) -> None:
    """Call with the library's own retries; its base cannot be set."""
    client = stripe.StripeClient(
        "sk_test_key",
        base_addresses={"api": ask.origin},
        max_network_retries=2,
        http_client=_HTTP,
    )
    client.raw_request(ask.method.lower(), ask.path, **(ask.json or {}))
