"""Questions for retry libraries: may it be repeated, and how long does the server ask to wait?

``retryable`` and ``wait_hint`` are what tenacity and stamina leave open. They also read the
exceptions of other HTTP libraries, as far as these carry a response.
"""

import time
from collections.abc import Mapping
from typing import Any

from failwell.client.adapters import adapter_of
from failwell.client.responses import fault_error
from failwell.core.fault_error import FaultError
from failwell.core.misuse import FailwellError
from failwell.core.wire import lower_headers
from failwell.resilience.delay import server_wait

__all__ = ["retryable", "wait_hint"]

_SAFE_TWICE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "QUERY"})
"""Methods that do the same when they are done twice (RFC 9110, 9.2.2)."""

_UNSENT = frozenset(
    {
        "ConnectError",
        "ConnectTimeout",
        "ConnectionRefusedError",
        "ClientConnectorError",
        "ConnectionTimeoutError",
        "NewConnectionError",
        "PoolTimeout",
        "ProxyError",
        "gaierror",
    }
)
"""Exceptions of HTTP libraries after which the server has seen nothing."""

_BROKEN = frozenset(
    {
        "ChunkedEncodingError",
        "ClientOSError",
        "ClientPayloadError",
        "ConnectionError",
        "ConnectionResetError",
        "ReadError",
        "ReadTimeout",
        "RemoteDisconnected",
        "RemoteProtocolError",
        "ServerDisconnectedError",
        "ServerTimeoutError",
        "Timeout",
        "TimeoutError",
        "WriteError",
        "WriteTimeout",
    }
)
"""Exceptions after which nobody knows what the server has done."""


def retryable(exc: BaseException) -> bool:
    """Tell whether the call that failed with an exception may simply be made again.

    A write is only repeated when the server cannot have carried it out, for it may be carried
    out twice: a ``POST`` that got a 503 is for you to decide about. Where an
    answer does not know its method, only the error counts.

    Args:
        exc: Any exception; one that says nothing about a call gives ``False``.

    Examples:
        >>> from failwell import NotFoundError
        >>> retryable(NotFoundError())
        False
    """
    error = _error(exc)
    if error is None:
        return _breaks_may_pass(exc)
    if not error.retryable:
        return False
    if error.outcome in ("not_sent", "not_processed"):
        return True
    method = error.method or _method(exc)
    return method is None or _once_more_is_the_same(method)


def wait_hint(exc: BaseException) -> float | None:
    """Give the seconds that the server asked to wait; ``None`` if it did not, or in vain.

    Args:
        exc: Any exception. What may not be repeated has no wait either: whoever returns this
            number from a hook of stamina would repeat it.
    """
    if not retryable(exc):
        return None
    error = _error(exc)
    if error is None:
        return None
    headers = _headers(exc)
    if not headers:
        return error.retry_after
    wait = server_wait(error.http_status, headers, now=time.time(), body_wait=error.retry_after)
    return None if wait is None else wait.seconds


def _error(exc: BaseException) -> FaultError | None:
    if isinstance(exc, FaultError):
        return exc
    response = _response(exc)
    try:
        return None if response is None else fault_error(response)
    except FailwellError:
        return None


def _response(exc: BaseException) -> Any:
    # `HTTPError` of the standard library is exception and response in one.
    response = getattr(exc, "response", None)
    if response is None and hasattr(exc, "headers"):
        status = getattr(exc, "status", None)
        response = exc if callable(getattr(exc, "read", None)) else None
        if response is None and isinstance(status, int):
            # aiohttp raises without the body.
            return (status, exc.headers, b"")
    try:
        if response is not None:
            adapter_of(response)
    except FailwellError:
        return None
    return response


def _headers(exc: BaseException) -> Mapping[str, str]:
    response = None if isinstance(exc, FaultError) else _response(exc)
    if response is None:
        return {}
    return lower_headers(response[1] if type(response) is tuple else response.headers)


def _breaks_may_pass(exc: BaseException) -> bool:
    names = {each.__name__ for each in type(exc).__mro__}
    if names & _UNSENT:
        return True
    return bool(names & _BROKEN) and _once_more_is_the_same(_method(exc))


def _method(exc: BaseException) -> str | None:
    for name in ("request", "_request", "request_info"):
        try:
            method = getattr(getattr(exc, name, None), "method", None)
        except RuntimeError:
            # httpx raises where a request was never attached.
            continue
        if isinstance(method, str):
            return method
    return None


def _once_more_is_the_same(method: str | None) -> bool:
    return method is not None and method.upper() in _SAFE_TWICE
