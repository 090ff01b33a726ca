"""Proxies of the environment: ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``.

Read once, when a client is made, by the rules of the standard library: names in lower case win,
and ``HTTP_PROXY`` does not count in a CGI process, where a caller could set it by a header.
"""

from collections.abc import Mapping
from urllib.request import (  # type: ignore[attr-defined]  # not in the stubs, there since 3.1
    getproxies_environment,
    proxy_bypass_environment,
)

import httpx2

__all__ = ["environment_proxies", "proxy_for"]


def environment_proxies() -> Mapping[str, str]:
    """Return scheme -> address of a proxy, with the exceptions under ``no``; often empty."""
    found = getproxies_environment()
    return found if any(scheme in found for scheme in ("http", "https", "all")) else {}


def proxy_for(url: httpx2.URL, proxies: Mapping[str, str]) -> str | None:
    """Choose the proxy for an address; ``None`` to go there directly.

    Args:
        url: Where a request goes.
        proxies: As `environment_proxies` gives them.
    """
    address = proxies.get(url.scheme) or proxies.get("all")
    port = f":{url.port}" if url.port else ""
    if not address or proxy_bypass_environment(f"{url.host}{port}", dict(proxies)):
        return None
    return address if "://" in address else f"http://{address}"
