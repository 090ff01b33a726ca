"""Reading: what a contract gives its decoder, and what the decoder gives back."""

from collections.abc import Mapping
from typing import Any

import msgspec

from failwell.core.catalogue import ErrorCode
from failwell.core.fault import Fault
from failwell.core.match import Deviation, Match
from failwell.core.shape import Shape
from failwell.core.template import Node
from failwell.core.wire import HeaderTemplate

__all__ = ["Decoded", "Reading", "views"]


class Decoded(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer said."""

    fault: Fault
    """The fault, as far as it could be read."""

    entry: ErrorCode | None
    """The code it was recognised as; ``None`` for an unknown one."""

    deviations: tuple[Deviation, ...] = ()
    """Every difference from the contract."""

    unknown: Mapping[str, Any] = {}
    """JSON Pointer -> value of members the contract does not name, kept aside."""

    foreign: bytes = b""
    """The first bytes of a body that is not the contract's at all."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a contract gives the decoder."""

    envelopes: tuple[Node, ...]
    identify: tuple[str, ...]
    shapes: Mapping[str, Shape]
    code_path: tuple[str, ...] | None
    headers: tuple[HeaderTemplate, ...]
    item_params: Mapping[str | None, tuple[tuple[str, bool], ...]] | None
    media: str
    closed: bool
    promoted: bool


def views(reading: Reading, found: Match) -> Mapping[str, Any]:
    """Head slots; in a contract whose list speaks for the whole, those of the first item too."""
    if not reading.promoted or not found.violations:
        return found.slots
    first = found.violations[0]
    views = {"message": first.detail, "code": first.code}
    if first.location is not None:
        views["field"] = first.location.dotted
    return {**first.params, **views, **found.slots}
