"""Partial failures of a response: one error that holds the failed items with their indexes."""

from typing import TypeVar

from failwell.client.adapters import adapter_of
from failwell.client.adapters.received import Received
from failwell.client.decoding import Told
from failwell.client.responses import araise_for_fault, error_of, raise_for_fault
from failwell.core.contract import Contract
from failwell.core.dialect_index import bundled_once
from failwell.core.exceptions import FailwellError, PartialFailureError
from failwell.core.partial_failure import partial_fault

__all__ = ["araise_for_partial", "raise_for_partial"]

R = TypeVar("R")


def raise_for_partial(response: R, *, contract: Contract | str | None = None) -> R:
    """Raise what a response says of failed items, or give the response back.

    Args:
        response: A response whose body was read: of a known HTTP library, or
            ``(status, headers, body)``.
        contract: The contract of the API, or the name of a bundled one.

    Raises:
        PartialFailureError: Some items failed; ``items`` has their indexes and faults.
        FaultError: The whole response is an error.

    Examples:
        >>> body = b'[{"status": 201}, {"status": 409, "error": {"code": "taken"}}]'
        >>> try:
        ...     raise_for_partial((207, {}, body))
        ... except PartialFailureError as error:
        ...     [(index, fault.code) for index, fault in error.items]
        [(1, 'taken')]
    """
    raise_for_fault(response, contract=contract)
    _check(adapter_of(response).head(response), contract)
    return response


async def araise_for_partial(response: R, *, contract: Contract | str | None = None) -> R:
    """Raise what a response with an async body says of failed items; see `raise_for_partial`."""
    await araise_for_fault(response, contract=contract)
    _check(adapter_of(response).head(response), contract)
    return response


def _check(received: Received, contract: Contract | str | None) -> None:
    if received.unread:
        raise FailwellError("the body was not read: read it first, or give (status, headers, body)")
    contract = bundled_once(contract) if isinstance(contract, str) else contract
    fault = partial_fault(received.status, received.body, contract)
    if fault is not None:
        told = Told(fault=fault, contract=contract)
        raise error_of(received, told, kind=PartialFailureError)
