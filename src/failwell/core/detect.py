"""Detection: whose error is this? Asked when an answer comes without a contract.

A contract is a candidate when nothing in status, header fields and body contradicts it.
Candidates are ranked by what speaks for them; those that fit a body equally are all told,
because some APIs write the very same bodies.
"""

import json
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec

from failwell.core.codec import plain_text
from failwell.core.contract import Contract
from failwell.core.dialect_index import plausible
from failwell.core.foreign_body import NO_JSON, body_kind, body_text, lenient_json, mended
from failwell.core.identify import fits_status
from failwell.core.match import Match, match_body
from failwell.core.reading import Decoded, views
from failwell.core.template import Const, Each, Grouped, Kind, Node, Object, Tagged
from failwell.core.wire import lower_headers

__all__ = ["Detection", "detect"]

_COMMON_MEDIA = frozenset({"", "application/json", "text/json", "text/plain", "text/javascript"})
_COMMON_FIELDS = re.compile(
    r"retry-after|content-type|x-request-id|request-id|allow|www-authenticate|x-?ratelimit-.*"
    r"|ratelimit-.*|date|link|location"
)
_VERSION = re.compile(r"[-.0-9]+$")
_TELLING = 4
_NEARLY_ALL = 0.75
"""So many members, and this part of all, fit no body by chance."""

_LONG = 8192
_MOST = 100
_DEEPEST = 32

_Rank = tuple[Any, ...]


class Detection(msgspec.Struct, frozen=True):
    """Whose error an answer is."""

    candidates: tuple[Contract, ...]
    """The contracts it follows, best first; several only when it fits them equally."""

    decoded: Decoded | None
    """The answer as the first of them reads it; ``None`` where nothing tells the first from
    any other API with such a body, or where the candidates disagree about code or retry."""


_NOBODY = Detection((), None)


class _Fit(msgspec.Struct):
    contract: Contract
    decoded: Decoded
    rank: _Rank
    telling: bool


def detect(
    status: int | None,
    headers: Any,
    body: bytes,
    contracts: Sequence[Contract] | None = None,
) -> Detection:
    """Find the contracts an answer follows. Never raises for what came over the wire.

    Args:
        status: The status line; ``None`` for an error inside a stream, which has none.
        headers: Header fields as a mapping or pairs; ``None`` when unknown.
        body: The bytes of the body.
        contracts: Those to choose from; by default all that come with failwell, of which only
            plausible ones are loaded.
    """
    fields = lower_headers(headers)
    content_type = fields.get("content-type", "")
    parsed = _parsed(body, content_type)
    if parsed is NO_JSON:
        return _NOBODY
    if len(body) > _LONG:
        parsed = _shortened(parsed, 0)
        body = json.dumps(parsed).encode()
    elif not _is_json(body):
        body = mended(body, content_type) or body
    choice = plausible(parsed) if contracts is None else contracts
    fits = [fit for each in choice if (fit := _fit(each, status, fields, body, parsed)) is not None]
    if not fits:
        return _NOBODY
    best = max(fit.rank for fit in fits)
    first = [fit for fit in fits if fit.rank == best]
    agreed = len({_meaning(fit) for fit in first}) == 1 and all(fit.telling for fit in first)
    return Detection(tuple(fit.contract for fit in first), first[0].decoded if agreed else None)


def _parsed(body: bytes, content_type: str) -> Any:
    text = body_text(body, content_type)
    if body_kind(text, content_type) != "json":
        return NO_JSON
    parsed = lenient_json(text)
    return parsed if isinstance(parsed, dict | list) else NO_JSON


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return False
    return True


def _shortened(value: Any, depth: int) -> Any:
    """Keep the beginning of everything long: a hostile body must not be matched for seconds."""
    if depth > _DEEPEST:
        return None
    if isinstance(value, list):
        return [_shortened(each, depth + 1) for each in value[:_MOST]]
    if isinstance(value, dict):
        return {k: _shortened(each, depth + 1) for k, each in islice(value.items(), _MOST)}
    return value


def _fit(
    contract: Contract, status: int | None, fields: Mapping[str, str], body: bytes, parsed: Any
) -> _Fit | None:
    media = _media_fit(contract, fields)
    if media is None or not (status is None or fits_status(status, contract.declared.applies)):
        return None
    matches = [(match_body(node, parsed), node) for node in contract.reading.envelopes]
    found, node = max(matches, key=lambda each: (-each[0].errors, each[0].explained))
    decoded = contract.decode(status, fields, body)
    entry = decoded.entry
    if found.errors or not found.explained:
        return None
    if entry is not None and status is not None and not fits_status(status, entry.status):
        return None
    coded = _names_its_code(contract, decoded, found)
    marks, constants = _marks(contract, fields), _constants(node, parsed)
    share = found.explained / (found.explained + len(found.unknown) + _rest(node, found))
    telling = bool(coded or media or marks or constants) or (
        share >= _NEARLY_ALL and found.explained >= _TELLING
    )
    noted = -sum(each.kind == "null-for-absent" for each in found.deviations)
    rank = (coded, media, marks > 0, share, constants, noted, found.explained)
    return _Fit(contract, decoded, rank, telling)


def _media_fit(contract: Contract, fields: Mapping[str, str]) -> bool | None:
    """Whether the media type speaks for a contract; ``None`` where it speaks against it."""
    media = fields.get("content-type", "").partition(";")[0].strip().lower()
    if media in _COMMON_MEDIA:
        return False
    same = _VERSION.sub("", media) == _VERSION.sub("", contract.media)
    return True if same else None


def _names_its_code(contract: Contract, decoded: Decoded, found: Match) -> bool:
    if decoded.entry is None:
        return False
    code = plain_text(views(contract.reading, found).get("code"))
    return decoded.entry.code in (code, code.rpartition("#")[2])


def _marks(contract: Contract, fields: Mapping[str, str]) -> int:
    """Count the header fields that hardly any other API sends."""
    names = {each.name.lower() for each in contract.reading.headers}
    return sum(name in fields and not _COMMON_FIELDS.fullmatch(name) for name in names)


def _constants(node: Node, value: Any) -> int:
    """Count the members that can only have the one value they have."""
    match node:
        case Const():
            return 1
        case Object() if isinstance(value, dict):
            members = (m for m in node.members if value.get(m.key) is not None or not m.optional)
            return sum(_constants(m.node, value.get(m.key)) for m in members)
        case _:
            return 0


def _rest(node: Node, found: Match) -> int:
    """Count the members that only a place for any member has taken."""
    match node:
        case Object():
            below = sum(_rest(member.node, found) for member in node.members)
            taken = found.slots.get(node.rest.name) if node.rest is not None else None
            return below + (len(taken) if isinstance(taken, dict) else 0)
        case Const() | Each() | Grouped() | Kind() | Tagged():
            return 0
        case _:
            return 0


def _meaning(fit: _Fit) -> tuple[str | None, str | None]:
    entry = fit.decoded.entry
    return fit.decoded.fault.code, None if entry is None else entry.retry
