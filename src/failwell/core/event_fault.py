"""Errors inside a stream that had begun well: ``event: error``, or an error object as data."""

from typing import Any

import msgspec

from failwell.core.contract import Contract
from failwell.core.detect import detect
from failwell.core.event_stream import ServerEvent
from failwell.core.generic_reader import Guess, read_generic
from failwell.core.match import match_body
from failwell.core.reading import Decoded

__all__ = ["STREAM_ERROR", "StreamFault", "event_fault"]

STREAM_ERROR = "stream_error"
"""The code of an error event that names none."""

_ERROR_NAMES = frozenset({"error", "fatal", "exception"})
_parse = msgspec.json.Decoder().decode


class StreamFault(msgspec.Struct, frozen=True):
    """What an event said about a failure."""

    read: Decoded | Guess
    """The fault."""

    contract: Contract | None
    """The contract it was read by."""

    given: bool
    """Whether that contract was given, and not recognised."""


def event_fault(event: ServerEvent, contract: Contract | None) -> StreamFault | None:
    """Read the error that an event tells; ``None`` when it tells none.

    An event named ``error`` is one. Any other is when its data is an error of the contract, or
    an object that consists of an ``error``.

    Args:
        event: An event of the stream.
        contract: The contract of the API, if known.
    """
    named = event.name in _ERROR_NAMES
    if not named and '"error' not in event.data and contract is None:
        return None
    body = event.data.encode()
    parsed = _parsed(body)
    if not named and not isinstance(parsed, dict | list):
        return None
    if contract is not None and (decoded := _by_contract(contract, body, parsed, named)):
        return StreamFault(decoded, contract, given=True)
    if named or _is_error(parsed):
        return _recognised(body, contract)
    return None


def _parsed(body: bytes) -> Any:
    try:
        return _parse(body)
    except (ValueError, RecursionError):
        return None


def _by_contract(contract: Contract, body: bytes, parsed: Any, named: bool) -> Decoded | None:
    if not isinstance(parsed, dict | list):
        return None
    found = [match_body(each, parsed) for each in contract.reading.envelopes]
    if not any(each.explained and not each.errors for each in found):
        return None
    decoded = contract.decode(None, None, body)
    # The shape alone is no proof: a message may look like an error that is but a message.
    return decoded if named or decoded.entry is not None or _is_error(parsed) else None


def _is_error(parsed: Any) -> bool:
    error = parsed.get("error") if isinstance(parsed, dict) else None
    if isinstance(error, dict):
        return bool({"message", "code", "type", "status"} & error.keys())
    return isinstance(error, str) and bool(error)


def _recognised(body: bytes, contract: Contract | None) -> StreamFault:
    found = detect(None, {}, body) if contract is None else None
    if found is not None and found.decoded is not None and found.decoded.fault.code is not None:
        return StreamFault(found.decoded, found.candidates[0], given=False)
    guess = read_generic(500, {}, body)
    code = guess.fault.code if guess.coded else STREAM_ERROR
    fault = msgspec.structs.replace(guess.fault, code=code, status=None)
    return StreamFault(msgspec.structs.replace(guess, fault=fault, gateway=False), contract, True)
