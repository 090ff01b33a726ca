"""Endings of a call that did not succeed: what is raised, and what it tells."""

from typing import Any

import httpx2
import msgspec

from failwell.client.call import Call
from failwell.client.exchange import Exchange
from failwell.client.record import Record
from failwell.client.steps import Answer
from failwell.client.trouble import Trouble, unanswered
from failwell.core.exceptions import DeadlineExceededError, FaultError
from failwell.core.fault import Fault
from failwell.resilience.decision import GiveUp

__all__ = ["as_response", "given_up", "is_late", "late", "lost"]

_SLACK = 0.01
_LATE = "the deadline of the call has passed"
_FRAMING = frozenset({"content-encoding", "content-length", "transfer-encoding"})


def given_up(trouble: Trouble, decision: GiveUp, call: Call, record: Record) -> Any:
    """End a call whose last attempt failed; give back an answer where no error is wanted.

    Raises:
        FaultError: The error of the last attempt, with the history of all.
    """
    if call.errand and trouble.answer is not None:
        return trouble.answer
    record.add(trouble, because=decision.because)
    error = record.error(trouble, decision.because, decision.suppressed)
    record.teller.failed(error, decision.because, decision.suppressed)
    if call.handed_back:
        if trouble.answer is not None:
            return as_response(trouble.answer, call)
        if trouble.cause is not None:
            raise trouble.cause
    raise error from trouble.cause


def is_late(trouble: Trouble, call: Call, now: float) -> bool:
    """Tell whether an attempt broke because the time of the whole call was over."""
    return trouble.timed_out and now >= call.ends - _SLACK


def late(trouble: Trouble, last: Trouble | None, call: Call, record: Record) -> Exception:
    """Make the error of a call whose time is over; its cause is the last real error.

    Args:
        trouble: What the end of the time has broken.
        last: What had failed before, if anything.
        call: What the caller wanted.
        record: What the call has gone through.
    """
    if call.handed_back:
        return trouble.cause or httpx2.ReadTimeout(_LATE)
    fault, seconds = trouble.fault, call.ends - call.started
    told = Fault(
        message=f"{DeadlineExceededError.sentence} ({seconds:.3g} s)",
        outcome=fault.outcome,
        status=fault.status,
        request_id=fault.request_id,
    )
    error = DeadlineExceededError.of(told, history=record.history(_LATE, "deadline", trouble))
    real = last if trouble.answer is None and last is not None else trouble
    cause = record.error(real, _LATE, "deadline")
    cause.__cause__ = real.cause
    error.__cause__ = cause
    record.teller.failed(error, _LATE, "deadline")
    return error


def lost(
    error: httpx2.RequestError, exchange: Exchange, call: Call, record: Record, now: float
) -> Exception:
    """Make the error of a stream that broke after it had begun well."""
    if call.handed_back:
        return error
    trouble = record.harmless(unanswered(error, exchange, call))
    record.add(trouble)
    if is_late(trouble, call, now):
        made = late(trouble, None, call, record)
    else:
        made = record.error(trouble, "a stream that has begun is not repeated")
    if isinstance(made, FaultError) and made.history is not None:
        made.history = msgspec.structs.replace(made.history, in_stream=True)
    return made


def as_response(answer: Answer, call: Call) -> httpx2.Response:
    """Make a response of what was read of an error answer, for a client of httpx2."""
    response = answer.response
    extensions = {} if response is None else dict(response.extensions)
    extensions.pop("network_stream", None)
    return httpx2.Response(
        answer.status,
        headers=[pair for pair in answer.headers if pair[0].lower() not in _FRAMING],
        content=answer.body,
        request=call.request,
        extensions=extensions,
    )
