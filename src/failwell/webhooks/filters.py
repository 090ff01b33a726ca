"""Filters: which faults an endpoint wants to be told of.

A filter is a JSON object of lists: one of each list has to fit, in every list that is there
(``{"severity": ["high"], "status": [404, "5xx"]}``). It is looked at when a fault happens, so a
later edit changes nothing about what is on its way already.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, get_args

import msgspec

from failwell.core.fault import Location, Severity, Violation
from failwell.core.nearest import nearest
from failwell.stores.faults import FaultRecord

__all__ = [
    "EVENTS_SCHEMA",
    "EVENT_TYPES",
    "FILTER_KEYS",
    "check_events",
    "check_filters",
    "filter_schema",
    "matches",
    "shown_filters",
    "stored_filters",
]

EVENT_TYPES = ("error.occurred",)
"""What an endpoint can ask for. A summary stands for these, so it comes unasked."""

_SEVERITIES: tuple[str, ...] = get_args(Severity)
_MOST = 50
_STATUS = r"^([45][0-9][0-9]|[45][xX][xX])$"
_CODE = r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(\.\*)?$"
_ROUTE = r"^(/[!-~]*|_unmatched)$"
_NAME = r"^[A-Za-z0-9_.-]+$"

_ITEMS: Mapping[str, Mapping[str, Any]] = {
    "severity": {"type": "string", "enum": list(_SEVERITIES)},
    "code": {"type": "string", "pattern": _CODE, "maxLength": 100},
    "status": {"type": ["integer", "string"], "minimum": 400, "maximum": 599, "pattern": _STATUS},
    "api": {"type": "string", "pattern": _NAME, "maxLength": 100},
    "endpoint": {"type": "string", "pattern": _ROUTE, "maxLength": 500},
    "environment": {"type": "string", "pattern": _NAME, "maxLength": 100},
}
_WANTED = {
    "severity": f"one of {', '.join(_SEVERITIES)}",
    "code": "an error code, or the beginning of codes and .*",
    "status": "a status from 400 to 599, 4xx or 5xx",
    "api": "the name of an API",
    "endpoint": "a route template such as /api/v1/projects/{project_id}",
    "environment": "the name of an environment",
}

FILTER_KEYS = tuple(_ITEMS)
"""What can be filtered by."""

EVENTS_SCHEMA: Mapping[str, Any] = {
    "type": "array",
    "items": {"type": "string", "enum": list(EVENT_TYPES)},
    "minItems": 1,
    "maxItems": 10,
}
"""JSON Schema of the event types of an endpoint."""


def filter_schema(*keys: str) -> Mapping[str, Any]:
    """Make the JSON Schema of filters: no unknown key, no empty list.

    Args:
        keys: Those of `FILTER_KEYS` that may be filtered by; all, if none is given.
    """
    return {
        "type": "object",
        "properties": {
            key: {"type": "array", "items": _ITEMS[key], "minItems": 1, "maxItems": _MOST}
            for key in keys or FILTER_KEYS
        },
        "additionalProperties": False,
    }


def check_events(
    value: Any, *, path: Sequence[str | int] = ("events",), code: str | None = None
) -> tuple[Violation, ...]:
    """List what is wrong with the event types somebody asks for.

    Args:
        value: The parsed JSON.
        path: Where it stands in the request.
        code: The contract's word for a value that is not accepted.
    """
    wanted = f"one of {', '.join(EVENT_TYPES)}"
    if not isinstance(value, list) or not value:
        found = [_violation(path, f"a list with at least {wanted}", value)]
    else:
        found = [
            _violation((*path, index), wanted, each, known=EVENT_TYPES)
            for index, each in enumerate(value)
            if each not in EVENT_TYPES
        ]
    return _coded(found, code)


def check_filters(
    value: Any,
    *,
    keys: Collection[str] = FILTER_KEYS,
    path: Sequence[str | int] = ("filters",),
    codes: Collection[str] | None = None,
    apis: Collection[str] | None = None,
    routes: Collection[str] | None = None,
    code: str | None = None,
) -> tuple[Violation, ...]:
    """List what is wrong with the filters somebody asks for, each with its place.

    Args:
        value: The parsed JSON.
        keys: What may be filtered by.
        path: Where the filters stand in the request.
        codes: Every error code there is, if known: a filter that nothing can pass is refused.
        apis: The name of every API, if known.
        routes: Every route template, if known.
        code: The contract's word for a value that is not accepted.
    """
    if not isinstance(value, Mapping):
        return _coded([_violation(path, "an object of lists", value)], code)
    known = {"severity": _SEVERITIES, "code": codes, "api": apis, "endpoint": routes}
    found: list[Violation] = []
    for key, values in value.items():
        place = (*path, str(key)[:100])
        if key not in keys:
            found.append(_violation(place, f"one of {', '.join(keys)}", key, known=keys))
        elif not isinstance(values, list) or not 0 < len(values) <= _MOST:
            found.append(_violation(place, f"a list of 1 to {_MOST} values", values))
        else:
            found.extend(_item_violations(key, values, place, known.get(key)))
    return _coded(found, code)


def _coded(found: Sequence[Violation], code: str | None) -> tuple[Violation, ...]:
    return tuple(msgspec.structs.replace(each, code=code) for each in found)


def _item_violations(
    key: str, values: Sequence[Any], path: Sequence[str | int], known: Collection[str] | None
) -> Iterator[Violation]:
    for index, each in enumerate(values):
        if not _well_formed(key, each) or not _is_known(each, known):
            yield _violation((*path, index), _WANTED[key], each, known=known or ())


def _well_formed(key: str, value: Any) -> bool:
    rule = _ITEMS[key]
    if key == "status" and isinstance(value, int | float) and not isinstance(value, bool):
        return value in range(rule["minimum"], rule["maximum"] + 1)
    if not isinstance(value, str) or len(value) > rule.get("maxLength", 100):
        return False
    return value in rule.get("enum", (value,)) and _fits(rule.get("pattern", ""), value)


def _fits(pattern: str, value: str) -> bool:
    # JSON Schema's $ is the very end; Python's would let a line end pass.
    return re.search(pattern.removesuffix("$") + r"\Z", value) is not None


def _is_known(value: Any, known: Collection[str] | None) -> bool:
    if known is None:
        return True
    if str(value).endswith(".*"):
        return any(word.startswith(value[:-1]) for word in known)
    return value in known


def _violation(
    path: Sequence[str | int], wanted: str, found: Any, *, known: Collection[str] = ()
) -> Violation:
    close = nearest(found, tuple(known)) if isinstance(found, str) and len(found) <= 100 else ""
    return Violation(detail=f"Expected {wanted}{close}", location=Location(tuple(path)))


def stored_filters(value: Mapping[str, Sequence[str | float]]) -> dict[str, tuple[str, ...]]:
    """Bring checked filters into the form an endpoint keeps.

    Examples:
        >>> stored_filters({"status": [404, "5XX"]})
        {'status': ('404', '5xx')}
    """
    return {key: tuple(_plain(key, each) for each in values) for key, values in value.items()}


def _plain(key: str, value: str | float) -> str:
    # To JSON Schema 404.0 is an integer as well.
    number = isinstance(value, float)
    return str(int(value) if number else value).lower() if key == "status" else str(value)


def shown_filters(filters: Mapping[str, Sequence[str]]) -> dict[str, list[str | int]]:
    """Show the filters of an endpoint as JSON, statuses as numbers.

    Examples:
        >>> shown_filters({"status": ("404", "5xx")})
        {'status': [404, '5xx']}
    """
    return {
        key: [int(each) if key == "status" and each.isdigit() else each for each in values]
        for key, values in filters.items()
    }


def matches(filters: Mapping[str, Sequence[str]], record: FaultRecord) -> bool:
    """Tell whether a fault passes filters: one value of every list has to fit.

    A key that is not known is passed by nothing: an endpoint had better hear too little than
    what it asked not to hear.

    Args:
        filters: The filters of an endpoint, as `stored_filters` gives them.
        record: The fault.
    """
    return all(_passes(key, values, record) for key, values in filters.items())


def _passes(key: str, values: Sequence[str], record: FaultRecord) -> bool:
    match key:
        case "severity":
            return record.severity in values
        case "code":
            return any(_code_fits(each, record.code) for each in values)
        case "status":
            status = str(record.status)
            return status in values or f"{status[0]}xx" in values
        case "api":
            return record.api in values
        case "endpoint":
            return record.route in values
        case "environment":
            return record.environment in values
        case _:
            return False


def _code_fits(wanted: str, code: str) -> bool:
    return code.startswith(wanted[:-1]) if wanted.endswith(".*") else code == wanted
