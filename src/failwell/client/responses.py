"""Responses of any HTTP library: the same errors, for clients that are not ours.

``raise_for_fault(response)`` stands where ``response.raise_for_status()`` stood. It takes
responses of httpx2, httpx, requests, aiohttp, urllib3 and the standard library, and plain
tuples ``(status, headers, body)``.
"""

import time
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from msgspec.structs import replace

from failwell.client.adapters import adapter_of
from failwell.client.adapters.received import Received
from failwell.client.decoding import Told, read_answer
from failwell.client.sent_secrets import head_secrets
from failwell.client.steps import Answer
from failwell.core.call_history import Attempt, CallHistory
from failwell.core.contract import Contract
from failwell.core.dialect_index import bundled_once
from failwell.core.fault import Fault, Outcome
from failwell.core.fault_error import FaultError
from failwell.core.generic_reader import Guess
from failwell.core.known_secrets import without_secrets
from failwell.core.safe_address import safe_url
from failwell.core.success_fault import fault_in_success
from failwell.core.wire import lower_headers
from failwell.resilience.delay import server_wait

__all__ = [
    "adecode_fault",
    "araise_for_fault",
    "decode_fault",
    "error_of",
    "fault_error",
    "raise_for_fault",
]

R = TypeVar("R")

_MAY_TELL_A_WAIT = frozenset({403, 408, 409, 413, 425, 429, 500, 502, 503, 504, 529})


def raise_for_fault(response: R, *, contract: Contract | str | None = None) -> R:
    """Raise the error of a response, or give the response back.

    The body of an error is read, at most 256 KiB of it; the body of a success that was not
    read yet is left alone.

    Args:
        response: A response of a known HTTP library, or ``(status, headers, body)``.
        contract: The contract of the API or the name of a bundled one; without one the API is
            recognised from the response, or the error is read as well as it can be.

    Raises:
        FaultError: The response is an error.
        FailwellError: It is no response that could be read.

    Examples:
        >>> raise_for_fault((204, {}, b""))
        (204, {}, b'')
    """
    error = _error(_read(response), contract)
    if error is not None:
        raise error
    return response


async def araise_for_fault(response: R, *, contract: Contract | str | None = None) -> R:
    """Raise the error of a response whose body is read by awaiting; see `raise_for_fault`."""
    error = _error(await _aread(response), contract)
    if error is not None:
        raise error
    return response


def decode_fault(response: Any, *, contract: Contract | str | None = None) -> Fault | None:
    """Give the fault of a response, ``None`` for a success; see `raise_for_fault`."""
    error = _error(_read(response), contract)
    return None if error is None else error.fault


async def adecode_fault(response: Any, *, contract: Contract | str | None = None) -> Fault | None:
    """Give the fault of a response whose body is read by awaiting; see `raise_for_fault`."""
    error = _error(await _aread(response), contract)
    return None if error is None else error.fault


def fault_error(response: Any, *, contract: Contract | str | None = None) -> FaultError | None:
    """Give the error of a response without raising it; see `raise_for_fault`."""
    return _error(_read(response), contract)


def _read(response: Any) -> Received:
    adapter = adapter_of(response)
    is_error = adapter.status_of(response) >= 400
    received: Received = (adapter.read if is_error else adapter.head)(response)
    return received


async def _aread(response: Any) -> Received:
    adapter = adapter_of(response)
    if adapter.status_of(response) < 400 or not hasattr(adapter, "aread"):
        return _read(response)
    received: Received = await adapter.aread(response)
    return received


def _error(received: Received, contract: Contract | str | None) -> FaultError | None:
    if isinstance(contract, str):
        contract = bundled_once(contract)
    if received.status >= 400:
        answer = Answer(status=received.status, headers=received.headers, body=received.body)
        return error_of(received, read_answer(answer, contract))
    if received.status >= 300 or received.unread:
        return None
    found = fault_in_success(contract, received.status, received.headers, received.body)
    if found is None:
        return None
    if isinstance(found, Guess):
        told = Told(
            fault=found.fault,
            contract=contract,
            guessed=True,
            gateway=found.gateway,
            violated=contract is not None,
        )
    else:
        told = Told(fault=found.fault, entry=found.entry, contract=contract)
    return error_of(received, told)


def error_of(
    received: Received,
    told: Told,
    *,
    in_stream: bool = False,
    kind: type[FaultError] = FaultError,
) -> FaultError:
    """Make the error of what a response said.

    Args:
        received: The response.
        told: What it said.
        in_stream: Whether it said so inside a stream that had begun well.
        kind: The class of the error; `FaultError`: by code, situation and status.
    """
    contract, fault = told.contract, replace(told.fault, outcome=_outcome(received, told))
    if fault.retry_after is None and received.status in _MAY_TELL_A_WAIT:
        fault = _with_wait(fault, received)
    fault = without_secrets(fault, _secrets(received), known_code=told.entry is not None)
    return kind.of(
        fault,
        entry=told.entry,
        api=None if contract is None else contract.api,
        contract=None if contract is None else contract.name,
        history=_history(received, told, fault, in_stream),
    )


def _outcome(received: Received, told: Told) -> Outcome:
    if told.fault.outcome is not None:
        return told.fault.outcome
    if not 400 <= received.status < 500:
        return "unknown"
    # Nobody promises for a rate limit of an API we do not know.
    promised = told.entry is not None and not told.guessed
    return "unknown" if received.status in (408, 429) and not promised else "not_processed"


def _with_wait(fault: Fault, received: Received) -> Fault:
    fields = lower_headers(received.headers)
    wait = server_wait(received.status, fields, now=time.time())
    return fault if wait is None else replace(fault, retry_after=wait.seconds)


def _secrets(received: Received) -> tuple[str, ...]:
    if not received.sent and not received.url:
        return ()
    try:
        address = urlsplit(received.url)
        query, password = address.query, unquote(address.password or "")
    except ValueError:
        query = password = ""
    return (*head_secrets(received.sent, query), password)


def _history(received: Received, told: Told, fault: Fault, in_stream: bool) -> CallHistory:
    attempt = Attempt(
        number=1,
        status=received.status,
        code=fault.code,
        request_id=fault.request_id,
    )
    return CallHistory(
        method=received.method,
        url=safe_url(received.url) if received.url else "",
        attempts=(attempt,),
        status=received.status,
        guessed=told.guessed,
        gateway=told.gateway,
        truncated=received.truncated,
        in_stream=in_stream,
        violated=told.violated,
    )
