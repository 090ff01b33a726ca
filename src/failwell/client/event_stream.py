"""Server-sent events of any HTTP library, whose error events are raised like any other error.

A stream answers 200 before it knows whether it will succeed. What goes wrong later comes as an
event, and becomes the exception that the same error has with a status of its own.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from failwell.client.adapters import adapter_of
from failwell.client.adapters.received import Received, finish
from failwell.client.decoding import Told
from failwell.client.responses import araise_for_fault, error_of, raise_for_fault
from failwell.core.contract import Contract
from failwell.core.dialect_index import bundled_once
from failwell.core.event_fault import event_fault
from failwell.core.event_stream import EventReader, ServerEvent
from failwell.core.exceptions import ProtocolError
from failwell.core.fault import Fault
from failwell.core.generic_reader import Guess

__all__ = ["aiter_events", "iter_events"]


def iter_events(response: Any, *, contract: Contract | str | None = None) -> Iterator[ServerEvent]:
    """Give the events of a streamed response, one by one, as they come.

    Args:
        response: A response whose body has not been read, of any known library.
        contract: The contract of the API, or the name of a bundled one.

    Raises:
        FaultError: The response is an error, or an event tells one: its class and code are those
            of the same error outside a stream, ``http_status`` is that of the response, and
            ``in_stream`` is true.
    """
    contract = bundled_once(contract) if isinstance(contract, str) else contract
    raise_for_fault(response, contract=contract)
    adapter = adapter_of(response)
    reader = EventReader()
    for piece in adapter.pieces(response):
        yield from _events(reader, piece, adapter.head(response), contract)


async def aiter_events(
    response: Any, *, contract: Contract | str | None = None
) -> AsyncIterator[ServerEvent]:
    """Give the events of a response whose body is read by awaiting; see `iter_events`."""
    contract = bundled_once(contract) if isinstance(contract, str) else contract
    await araise_for_fault(response, contract=contract)
    adapter = adapter_of(response)
    reader = EventReader()
    pieces = adapter.apieces(response)
    try:
        async for piece in pieces:
            for event in _events(reader, piece, adapter.head(response), contract):
                yield event
    finally:
        await finish(pieces)


def _events(
    reader: EventReader, piece: bytes, received: Received, contract: Contract | None
) -> Iterator[ServerEvent]:
    try:
        for event in reader.feed(piece):
            found = event_fault(event, contract)
            if found is not None:
                raise error_of(received, _told(found), in_stream=True)
            yield event
    except ValueError as error:
        fault = Fault(message=f"The stream has {error}", outcome="unknown")
        raise ProtocolError.of(fault) from error


def _told(found: Any) -> Told:
    read = found.read
    entry = None if isinstance(read, Guess) else read.entry
    return Told(
        fault=read.fault,
        entry=entry,
        contract=found.contract,
        guessed=isinstance(read, Guess) or not found.given,
    )
