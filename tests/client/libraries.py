"""Calls with HTTP libraries that are not ours; what they open is closed when the test ends."""

import contextlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import httpx2
import pytest
import requests
import urllib3

__all__ = ["KEY", "LIBRARIES", "STREAMED", "CallWith", "call_with"]

KEY = "cx_0123456789abcdef0123456789abcdef"
"""A key that every call of httpx2 sends."""

Closing = contextlib.ExitStack
CallWith = Callable[[str, str], Any]
"""Name of the library, address -> its response."""


def _httpx2(url: str, closing: Closing) -> Any:
    client = closing.enter_context(httpx2.Client())
    return client.get(url, headers={"Authorization": f"Bearer {KEY}"})


def _httpx2_stream(url: str, closing: Closing) -> Any:
    client = closing.enter_context(httpx2.Client())
    response = client.send(client.build_request("GET", url), stream=True)
    closing.callback(response.close)
    return response


def _httpx(url: str, closing: Closing) -> Any:
    return closing.enter_context(httpx.Client()).get(url)


def _httpx_stream(url: str, closing: Closing) -> Any:
    client = closing.enter_context(httpx.Client())
    response = client.send(client.build_request("GET", url), stream=True)
    closing.callback(response.close)
    return response


def _requests(url: str, closing: Closing) -> Any:
    return closing.enter_context(requests.Session()).get(url, timeout=5)


def _requests_stream(url: str, closing: Closing) -> Any:
    session = closing.enter_context(requests.Session())
    return closing.enter_context(session.get(url, timeout=5, stream=True))


def _urllib3(url: str, closing: Closing) -> Any:
    pool = closing.enter_context(urllib3.PoolManager())
    response = pool.request("GET", url, preload_content=False, retries=False)
    closing.callback(response.close)
    return response


def _urllib(url: str, closing: Closing) -> Any:
    try:
        response = urllib.request.urlopen(url, timeout=5)
    except urllib.error.HTTPError as error:
        response = error
    closing.callback(response.close)
    return response


def _http_client(url: str, closing: Closing) -> Any:
    host = url.removeprefix("http://").split("/")[0]
    connection = http.client.HTTPConnection(host, timeout=5)
    closing.callback(connection.close)
    connection.request("GET", "/v1/projects/p_17")
    response = connection.getresponse()
    closing.callback(response.close)
    return response


_CALLS = {
    "httpx2": _httpx2,
    "httpx2 stream": _httpx2_stream,
    "httpx": _httpx,
    "httpx stream": _httpx_stream,
    "requests": _requests,
    "requests stream": _requests_stream,
    "urllib3": _urllib3,
    "urllib": _urllib,
    "http.client": _http_client,
}
LIBRARIES = tuple(_CALLS)
STREAMED = ("httpx2 stream", "httpx stream", "requests stream", "urllib3", "http.client")
"""Those that hand out a response before its body has come."""


@pytest.fixture
def call_with() -> Iterator[CallWith]:
    """Calls an address with a library by its name."""
    with contextlib.ExitStack() as closing:
        yield lambda library, url: _CALLS[library](url, closing)
