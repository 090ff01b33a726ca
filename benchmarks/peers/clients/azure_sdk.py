"""The pipeline that every Azure library is built on."""

from azure.core import PipelineClient
from azure.core.pipeline.policies import RedirectPolicy, RetryPolicy
from azure.core.rest import HttpRequest

from benchmarks.peers.ask import ALL_BODIES, Ask

__all__ = ["BODIES", "PACKAGES", "RETRIED", "call"]

PACKAGES = ("azure-core",)
RETRIED = ("429", "502", "503", "lost")
BODIES = ALL_BODIES


def call(ask: Ask) -> None:
    """Call with the pipeline's own retries."""
    client = PipelineClient(
        ask.origin,
        policies=[RedirectPolicy(), RetryPolicy(retry_total=2, retry_backoff_factor=0.1)],
        connection_timeout=1.0,
        read_timeout=1.0,
    )
    request = HttpRequest(ask.method, ask.url, json=ask.json, content=ask.content)
    client.send_request(request).raise_for_status()
