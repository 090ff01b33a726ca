"""The OpenAI library, for all clients that Stainless generates."""

import openai

from benchmarks.peers.ask import ALL_BODIES, Ask

__all__ = ["BODIES", "PACKAGES", "RETRIED", "call"]

PACKAGES = ("openai",)
RETRIED = ("429", "502", "503", "lost")
BODIES = ALL_BODIES


def call(ask: Ask) -> None:
    """Call with the library's own retries; its base cannot be set."""
    client = openai.OpenAI(api_key="key", base_url=ask.origin, max_retries=2, timeout=1.0)
    if ask.method == "GET":
        client.get(ask.path, cast_to=object)
    else:
        send = client.post if ask.method == "POST" else client.put
        send(ask.path, cast_to=object, body=ask.json, content=ask.content)
