"""Upstream faults: what a server tells its own caller when an API it called has failed.

The upstream's words stay inside: its codes are not ours, and a 401 of it is our mistake, not
our caller's. What travels on is its name, the id for its support, and the wait it asked for.
"""

import math
from typing import Any
from urllib.parse import urlsplit

from failwell.core.fault import Fault
from failwell.core.fault_view import FaultView
from failwell.core.situation import Situation

__all__ = ["upstream_fault"]

_TOO_LATE = ("connect_timeout", "write_timeout", "read_timeout", "deadline_exceeded")
_BUSY = ("circuit_open", "pool_timeout")
_COMES_BACK = (Situation.RATE_LIMITED, Situation.UNAVAILABLE)
_SLOW = (Situation.GATEWAY_TIMEOUT, Situation.TIMEOUT)


def upstream_fault(error: FaultView) -> Fault:
    """Make the fault of a server whose upstream has failed it.

    Args:
        error: What its client raised.

    Returns:
        ``unavailable`` with the wait where the upstream is busy, ``gateway_timeout`` where it
        was too slow, ``crash`` where the call was wrong before it was sent, else
        ``bad_gateway``.
    """
    situation = _situation(error)
    if situation is Situation.CRASH:
        return Fault(situation=situation)
    params: dict[str, Any] = {"upstream": _name(error)}
    if situation is Situation.GATEWAY_TIMEOUT and error.elapsed is not None:
        params["timeout_seconds"] = math.ceil(error.elapsed)
    if error.request_id is not None:
        params["upstream_request_id"] = error.request_id
    wait = error.retry_after if situation is Situation.UNAVAILABLE else None
    return Fault(situation=situation, params=params, retry_after=wait)


def _situation(error: FaultView) -> Situation:
    fault = error.fault
    if error.word in _TOO_LATE or fault.situation in _SLOW or fault.status in (408, 504):
        return Situation.GATEWAY_TIMEOUT
    if error.word in _BUSY or fault.situation in _COMES_BACK or fault.status in (429, 503):
        return Situation.UNAVAILABLE
    if fault.situation is Situation.INVALID and error.outcome == "not_sent":
        return Situation.CRASH
    return Situation.BAD_GATEWAY


def _name(error: FaultView) -> str:
    if error.api is not None:
        return error.api.name
    host = None if error.history is None else urlsplit(error.history.url).hostname
    return host or "upstream"
