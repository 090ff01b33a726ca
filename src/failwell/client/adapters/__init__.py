"""Adapters: one module for each HTTP library, which reads its responses and imports none of it.

Which library a response is of tells the name of the module its type was defined in, so that
a library nobody has installed costs nothing.
"""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from failwell.client.adapters import aiohttp, httpx, httpx2, plain, requests, urllib
from failwell.core.misuse import FailwellError

__all__ = ["adapter_of"]

_ADAPTERS: Mapping[str, ModuleType] = {
    "httpx2": httpx2,
    "httpx": httpx,
    "requests": requests,
    "aiohttp": aiohttp,
    "http": urllib,
    "urllib": urllib,
    "urllib3": urllib,
}


def adapter_of(response: Any) -> Any:
    """Find the adapter that reads a response.

    Args:
        response: A response of a known library, an object derived from one, or a tuple
            ``(status, headers, body)``.

    Raises:
        FailwellError: Nobody here can read it.
    """
    if type(response) is tuple:
        return plain
    for kind in type(response).__mro__:
        adapter = _ADAPTERS.get(kind.__module__.partition(".")[0])
        if adapter is not None:
            return adapter
    known = "httpx2, httpx, requests, aiohttp, urllib"
    raise FailwellError(
        f"cannot read a {type(response).__name__}: give a response of {known}, "
        "or a tuple (status, headers, body)"
    )
