"""Translating: an exception, or a foreign error response, becomes a fault.

Nothing of an exception but its kind gets through: texts, arguments and traces stay
inside. What nobody planned for is a crash.
"""

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from failwell.core.contract import Contract
from failwell.core.exceptions import FaultError
from failwell.core.fault import Fault
from failwell.core.header_fields import parse_allow, parse_retry_after
from failwell.core.situation import DEFAULT_STATUS, Situation

__all__ = [
    "CRASH",
    "RETRY_AFTER",
    "completed",
    "concerns_operator",
    "fault_of_status",
    "leaves",
    "translate",
]

RETRY_AFTER = 5.0
"""Seconds a caller is asked to wait when nobody knows better."""

CRASH = Fault(situation=Situation.CRASH)
"""What a caller may know of an unplanned exception."""

_BAD_REQUEST = Fault(situation=Situation.BAD_REQUEST)
_LONGEST_PATH = 200
_PATH, _METHOD = "\0path", "\0method"
_COMES_BACK = (Situation.RATE_LIMITED, Situation.UNAVAILABLE)

_NEUTRAL: Mapping[Situation, Mapping[str, Any]] = {
    Situation.NO_ROUTE: {"path": _PATH},
    Situation.WRONG_METHOD: {"method": _METHOD, "allowed": ()},
    Situation.NOT_IMPLEMENTED: {"method": _METHOD, "allowed": ()},
    Situation.NOT_FOUND: {"resource_type": "endpoint", "resource_id": _PATH},
    Situation.GONE: {"resource_type": "endpoint", "resource_id": _PATH},
    Situation.CONFLICT: {"resource_type": "endpoint", "field": "", "value": _PATH},
    Situation.NO_PERMISSION: {"required": (), "provided": ()},
    Situation.UNPROCESSABLE: {"field": "", "reason": ""},
    Situation.RATE_LIMITED: {"limit": 0, "window": "", "remaining": 0},
    Situation.BAD_GATEWAY: {"upstream": ""},
    Situation.GATEWAY_TIMEOUT: {"upstream": "", "timeout_seconds": 0},
}

_BY_STATUS = {
    401: Situation.BAD_CREDENTIALS,
    403: Situation.NO_PERMISSION,
    404: Situation.NO_ROUTE,
    405: Situation.WRONG_METHOD,
    406: Situation.NOT_ACCEPTABLE,
    408: Situation.TIMEOUT,
    409: Situation.CONFLICT,
    410: Situation.GONE,
    412: Situation.PRECONDITION,
    413: Situation.TOO_LARGE,
    414: Situation.URI_TOO_LONG,
    415: Situation.WRONG_TYPE,
    422: Situation.UNPROCESSABLE,
    429: Situation.RATE_LIMITED,
    431: Situation.HEADERS_TOO_LARGE,
    502: Situation.BAD_GATEWAY,
    503: Situation.UNAVAILABLE,
    504: Situation.GATEWAY_TIMEOUT,
}


def translate(error: BaseException, contract: Contract, *, now: float) -> Fault:
    """Turn an exception into the fault its caller may see.

    A group with one exception inside counts as that exception. Of several the most severe
    speaks: the highest status, the first of equals.

    Args:
        error: What was raised.
        contract: The contract that says how severe a fault is.
        now: Unix seconds, for waits given as a date.
    """
    faults = [_fault_of(leaf, now) for leaf in leaves(error)]
    if len(faults) == 1:
        return faults[0]
    return max(faults, key=lambda fault: contract.resolve(fault).status or 0, default=CRASH)


def leaves(error: BaseException) -> Iterator[BaseException]:
    """Walk the exceptions inside nested groups; a lone exception is its own leaf."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from leaves(inner)
    else:
        yield error


def concerns_operator(error: BaseException) -> bool:
    """Tell whether an exception belongs into the log: unplanned, of an upstream, or behind a 5xx.

    Args:
        error: What was raised; several at once always belong there.
    """
    found = list(leaves(error))
    if len(found) != 1:
        return True
    fault = _fault_of(found[0], now=0)
    if not isinstance(found[0], FaultError):
        return fault is CRASH
    if found[0].history is not None:
        return True
    status = fault.status or DEFAULT_STATUS.get(fault.situation or Situation.CRASH, 500)
    return fault.situation is Situation.CRASH or (status >= 500 and found[0].__cause__ is not None)


def _fault_of(leaf: BaseException, now: float) -> Fault:
    if isinstance(leaf, FaultError):
        # One with a history is the word of an API that was called: its codes are not ours.
        return leaf.fault if leaf.history is None else leaf.to_fault()
    if type(leaf).__name__ == "HTTPException":
        return _fault_of_http_exception(leaf, now)
    return CRASH


def _fault_of_http_exception(error: BaseException, now: float) -> Fault:
    # Starlette's and its relatives', by their shape: no framework is imported here. Their
    # text is dropped: it is often the text of another exception.
    status = getattr(error, "status_code", None)
    headers = getattr(error, "headers", None) or {}
    if not isinstance(status, int) or status < 400:
        return CRASH
    return fault_of_status(status, {str(k).lower(): str(v) for k, v in headers.items()}, now=now)


def fault_of_status(status: int, headers: Mapping[str, str], *, now: float) -> Fault:
    """Turn a foreign error response into a fault, by its status and header fields.

    Args:
        status: Its status.
        headers: Its header fields, by lower-case name.
        now: Unix seconds, for waits given as a date.
    """
    fallback = Situation.BAD_REQUEST if 400 <= status < 500 else Situation.CRASH
    situation = _BY_STATUS.get(status, fallback)
    allowed = headers.get("allow")
    return Fault(
        situation=situation,
        params={"allowed": list(parse_allow(allowed))} if status == 405 else {},
        retry_after=parse_retry_after(headers.get("retry-after"), now=now),
    )


def completed(fault: Fault, contract: Contract, *, method: str, path: str, now: float) -> Fault:
    """Add what every request knows about itself to a fault that was raised without it.

    A contract may promise members that only the raiser could fill; a neutral value keeps
    the promise of their type. What a contract has no answer for is a bad request, unless
    the server is to blame.

    Args:
        fault: The fault as raised.
        contract: The contract that will answer.
        method: Method of the request.
        path: Its path.
        now: Unix seconds, for when a limit ends.
    """
    situation = fault.situation
    if situation is None or fault.code is not None:
        return fault
    if not contract.knows(fault) and DEFAULT_STATUS[situation] < 500:
        fault, situation = _BAD_REQUEST, Situation.BAD_REQUEST
    known = {_PATH: path[:_LONGEST_PATH], _METHOD: method}
    neutral: dict[str, Any] = {k: known.get(v, v) for k, v in _NEUTRAL.get(situation, {}).items()}
    wait = _wait(fault, now) if situation in _COMES_BACK else fault.retry_after
    if situation is Situation.RATE_LIMITED and wait is not None:
        neutral["reset"] = math.ceil(now + wait)
    given = {name: value for name, value in fault.params.items() if value is not None}
    return msgspec.structs.replace(fault, params={**neutral, **given}, retry_after=wait)


def _wait(fault: Fault, now: float) -> float:
    said = fault.retry_after if fault.retry_after is not None else fault.params.get("retry_after")
    if isinstance(said, int | float):
        return said
    resume = fault.params.get("resume_at")
    return max(1.0, resume.timestamp() - now) if isinstance(resume, datetime) else RETRY_AFTER
