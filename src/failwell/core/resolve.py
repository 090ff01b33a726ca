"""Resolving: a fault gets the code, status and words its contract has for it.

The step between what a handler raised (a situation with canonical parameters) and what
goes on the wire. Total: what no answer covers becomes the crash answer.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from failwell.core.catalogue import Answer, Choice, ErrorCode, ViolationCode
from failwell.core.codec import CODECS
from failwell.core.fault import Fault, Location, Severity, Violation
from failwell.core.harmless import LARGEST, harmless
from failwell.core.header_fields import LONGEST_WAIT
from failwell.core.shape import Shape, Texts, parse_texts
from failwell.core.situation import Situation
from failwell.core.text import Lookup, Text, look_up, parse_text, richest

__all__ = [
    "Branch",
    "Fixed",
    "compile_answer",
    "compile_choice",
    "default_severity",
    "pick",
    "resolve",
]

_HIGH = (Situation.CRASH, Situation.UNAVAILABLE)
_MEDIUM = (Situation.BAD_GATEWAY, Situation.GATEWAY_TIMEOUT, Situation.RATE_LIMITED)
_PLAIN = (str, bool, float, datetime)
_WORDING = ("message", "detail", "violations")


class Fixed(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, compiled: its code and the values it fixes."""

    code: str
    message: Texts = ()
    detail: Texts = ()
    violations: tuple[Mapping[str, Any], ...] | None = None
    has_violations: bool = False
    params: Mapping[str, Any] = {}


class Branch(msgspec.Struct, frozen=True):
    """A choice, compiled."""

    by: str
    arms: Mapping[str, "Fixed | Branch"]
    default: "Fixed | Branch | None"


def compile_answer(answer: Answer) -> Fixed:
    """Parse the texts of an answer once."""
    values = answer.values
    items = values.get("violations")
    return Fixed(
        code=answer.code,
        message=_texts(values.get("message")),
        detail=_texts(values.get("detail")),
        violations=None if items is None else tuple(map(_compiled_item, items)),
        has_violations="violations" in values,
        params=_compiled({k: v for k, v in values.items() if k not in _WORDING}),
    )


def _compiled_item(item: Mapping[str, Any]) -> Mapping[str, Any]:
    rest = {key: _compiled(value) for key, value in item.items() if key != "message"}
    return rest | {"message": _texts(item.get("message"))}


def compile_choice(answer: Answer | Choice) -> Fixed | Branch:
    """Compile an answer or a choice between answers."""
    if isinstance(answer, Answer):
        return compile_answer(answer)
    arms = {value: compile_choice(arm) for value, arm in answer.arms.items()}
    return Branch(
        answer.by, arms, None if answer.default is None else compile_choice(answer.default)
    )


def _texts(value: Any) -> Texts:
    if value is None:
        return ()
    return parse_texts((value,) if isinstance(value, str) else tuple(value))


def _compiled(value: Any) -> Any:
    """Parse every text with a placeholder inside fixed values."""
    match value:
        case str():
            return parse_text(value) if "{" in value else value
        case Mapping():
            return {key: _compiled(each) for key, each in value.items()}
        case list() | tuple():
            return [_compiled(each) for each in value]
        case _:
            return value


def _expanded(value: Any, lookup: Lookup) -> Any:
    match value:
        case Text():
            return _sole(value, lookup) if _is_sole(value) else value.fill(lookup)
        case Mapping():
            return {key: _expanded(each, lookup) for key, each in value.items()}
        case list():
            return [_expanded(each, lookup) for each in value]
        case _:
            return value


def _is_sole(text: Text) -> bool:
    return len(text.pieces) == 1 and text.pieces[0][1] == "" and bool(text.names)


def _sole(text: Text, lookup: Lookup) -> Any:
    return lookup(text.names[0])


def default_severity(entry: ErrorCode, situation: Situation | None) -> Severity:
    """Give the severity of a code that declares none: by situation, then by status."""
    if entry.severity is not None:
        return entry.severity
    if situation in _HIGH or (situation is None and entry.wire_status in (500, 503)):
        return "high"
    if situation in _MEDIUM or (situation is None and entry.wire_status in (429, 502, 504)):
        return "medium"
    return "low"


def pick(answer: Fixed | Branch | None, fault: Fault, *, route: str | None = None) -> Fixed | None:
    """Walk the choices of an answer to the one that fits a fault.

    Args:
        answer: The compiled answer of the fault's situation.
        fault: The fault as raised.
        route: The route template of the request, which a choice may look at.
    """
    while isinstance(answer, Branch):
        words = (str(route),) if answer.by == "route" else _choices(answer.by, fault)
        keys = (key for key in words if key in answer.arms)
        chosen = next(keys, None)
        answer = answer.default if chosen is None else answer.arms[chosen]
    return answer


def _choices(by: str, fault: Fault) -> Iterator[str]:
    violations = fault.violations or ()
    if by != "violations":
        yield str(look_up(fault.params, violations)(by))
        return
    if len(violations) > 1:
        yield "many"
        return
    for violation in violations:
        if violation.location is not None:
            yield violation.location.part
        yield str(violation.code)


def resolve(
    fault: Fault,
    fixed: Fixed,
    shape: Shape,
    *,
    violation_codes: Mapping[str, ViolationCode],
    promoted: bool,
    request_id: str | None,
    timestamp: datetime | None,
) -> Fault:
    """Complete a fault with what its contract says.

    Args:
        fault: The fault as raised.
        fixed: The answer chosen for it.
        shape: The code of that answer.
        violation_codes: Violation codes of the contract.
        promoted: Whether the first item of the list speaks for the whole (ambiguity rule 6).
        request_id: Name of the exchange.
        timestamp: When it happened; now, when nobody says.
    """
    worded = _reworded(fault, violation_codes)
    violations = worded or ()
    given = {k: _bounded(v) for k, v in fault.params.items() if v is not None}
    wait = _wait(fault)
    params = _params(given, fixed, shape, violations, wait)
    lookup = look_up({**given, **params}, violations)
    finished = msgspec.structs.replace(
        fault,
        code=shape.entry.code,
        status=shape.entry.wire_status,
        message=_message(fault, fixed, shape, lookup),
        detail=_detail(fault, fixed, shape, lookup),
        params={k: v for k, v in params.items() if k in shape.declared},
        violations=_items(worded, fixed, lookup),
        retry_after=wait,
        request_id=request_id or fault.request_id,
        timestamp=timestamp or fault.timestamp or datetime.now(UTC).replace(microsecond=0),
        severity=fault.severity or _severity(fault, shape),
    )
    return _promote(finished, shape.entry) if promoted else finished


def _params(
    given: Mapping[str, Any],
    fixed: Fixed,
    shape: Shape,
    violations: Sequence[Violation],
    wait: float | None,
) -> dict[str, Any]:
    """Name the params as the contract does, and add what it fixes itself."""
    entry, declared = shape.entry, shape.declared
    params = _renamed(given, entry)
    if wait is not None and "retry_after" in declared:
        params["retry_after"] = math.ceil(wait)
    if fixed.params:
        lookup = look_up({**params, **given}, violations)
        params |= {k: v for k, v in _expanded(fixed.params, lookup).items() if v is not None}
    params |= {k: v for k, v in entry.match.items() if k in declared}
    if "status" in declared:
        params.setdefault("status", entry.wire_status)
    if entry.title is not None:
        params.setdefault("title", entry.title)
    return params


def _message(fault: Fault, fixed: Fixed, shape: Shape, lookup: Lookup) -> str:
    return (
        richest(fixed.message, lookup)
        or richest(shape.messages, lookup)
        or fault.message
        or _fallback(shape.messages, shape.entry)
    )


def _severity(fault: Fault, shape: Shape) -> Severity:
    if fault.situation is None or fault.situation is shape.situation:
        return shape.severity
    return default_severity(shape.entry, fault.situation)


def _bounded(value: Any) -> Any:
    """Keep a plain value; bring a container, or a number no parser would take, within bounds."""
    # A tuple: building a union for each value costs more than the check.
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, int) and abs(value) <= LARGEST:
        return value
    return harmless(value)


def _renamed(given: Mapping[str, Any], entry: ErrorCode) -> dict[str, Any]:
    params = dict(given)
    for own, canonical in entry.params.items():
        if canonical in params and own not in given:
            params[own] = params.pop(canonical)
    return params


def _wait(fault: Fault) -> float | None:
    wait = fault.retry_after if fault.retry_after is not None else fault.params.get("retry_after")
    if not isinstance(wait, int | float):
        return None
    seconds = CODECS["number"].encode(wait)
    return None if seconds is None else min(max(0.0, float(seconds)), LONGEST_WAIT)


def _fallback(texts: Texts, entry: ErrorCode) -> str:
    plain = next((text.source for text in texts if not text.names), None)
    return plain or entry.says or entry.code


def _detail(fault: Fault, fixed: Fixed, shape: Shape, lookup: Lookup) -> str | None:
    found = richest(fixed.detail, lookup) or richest(shape.details, lookup) or fault.detail
    if found is None and shape.details:
        return _fallback(shape.details, shape.entry)
    return found


def _reworded(fault: Fault, codes: Mapping[str, ViolationCode]) -> tuple[Violation, ...] | None:
    if fault.violations is None:
        return None
    return tuple(_worded(each, codes) for each in fault.violations)


def _items(
    raised: tuple[Violation, ...] | None, fixed: Fixed, lookup: Lookup
) -> tuple[Violation, ...] | None:
    if not fixed.has_violations:
        return raised
    if fixed.violations is None:
        return None
    return tuple(_item(each, lookup) for each in fixed.violations)


def _item(template: Mapping[str, Any], lookup: Lookup) -> Violation:
    values = _expanded({k: v for k, v in template.items() if k != "message"}, lookup)
    return Violation(
        code=values.get("code"),
        detail=richest(template.get("message", ()), lookup),
        location=_location(values.get("field")),
        params=values.get("params") or {},
    )


def _location(field: Any) -> Location | None:
    if field is None:
        return None
    if isinstance(field, list | tuple):
        return Location(tuple(field))
    return Location(CODECS["dotted"].decode(str(field)))


def _worded(violation: Violation, codes: Mapping[str, ViolationCode]) -> Violation:
    params = {k: _bounded(v) for k, v in violation.params.items()}
    violation = msgspec.structs.replace(violation, params=params)
    declared = codes.get(violation.code or "")
    if violation.detail is not None or declared is None:
        return violation
    label = str(violation.location.path[-1]) if violation.location else "Value"
    words = look_up(
        {
            "label": label[:1].upper() + label[1:].replace("_", " "),
            "field": violation.location.dotted if violation.location else "value",
            **{src: violation.params.get(own) for own, src in declared.params.items()},
            **violation.params,
        }
    )
    detail = richest(parse_texts(declared.message), words) or declared.says
    return msgspec.structs.replace(violation, detail=detail)


def _promote(fault: Fault, entry: ErrorCode) -> Fault:
    """Let the head speak through items (ambiguity rule 6)."""
    field = entry.field or fault.params.get("field")
    head = Violation(detail=fault.message, location=_location(field))
    if not fault.violations:
        named = {k: v for k, v in fault.params.items() if k not in ("field", "retry_after")}
        return msgspec.structs.replace(
            fault, violations=(msgspec.structs.replace(head, params=named),)
        )
    items = tuple(
        each if each.detail is not None else msgspec.structs.replace(each, detail=head.detail)
        for each in fault.violations
    )
    return msgspec.structs.replace(fault, violations=items)
