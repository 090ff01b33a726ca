"""requests with urllib3's Retry in its adapter, the recipe of both their documentations."""

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from benchmarks.peers.ask import ALL_BODIES, Ask

__all__ = ["BODIES", "PACKAGES", "RETRIED", "call"]

PACKAGES = ("requests", "urllib3")
RETRIED = ("429", "502", "503", "lost")
BODIES = ALL_BODIES

_RETRY = Retry(total=2, backoff_factor=0.1, status_forcelist=(429, 500, 502, 503, 504))
_SESSION = requests.Session()
_SESSION.mount("http://", HTTPAdapter(max_retries=_RETRY))


def call(ask: Ask) -> None:
    """Call with the adapter's retries."""
    answer = _SESSION.request(ask.method, ask.url, json=ask.json, data=ask.content, timeout=1.0)
    answer.raise_for_status()
