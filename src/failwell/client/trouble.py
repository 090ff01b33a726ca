"""Trouble: one attempt that failed, understood as far as it can be."""

from typing import Any

import httpx2
import msgspec

from failwell.client.auth.refusal import asks_for_new_token
from failwell.client.call import Call
from failwell.client.decoding import Told, read_answer
from failwell.client.error_body import stops_early, whole
from failwell.client.exchange import Exchange
from failwell.client.failures import (
    error_kind,
    lasting,
    network_fault,
    outcome_of,
    phase_of,
    stale,
)
from failwell.client.steps import Answer
from failwell.core.contract import Contract
from failwell.core.exceptions import FaultError, PartialFailureError, ProtocolError, UpstreamError
from failwell.core.fault import Fault, Outcome
from failwell.core.situation import Situation
from failwell.core.wire import lower_headers
from failwell.resilience.decision import Failure
from failwell.resilience.delay import server_wait

__all__ = ["Trouble", "answered", "good_but_wrong", "in_part", "unanswered", "understood"]


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt that failed."""

    told: Told
    """What the answer said; where there is none, the fault that stands for it."""

    failure: Failure
    """What matters for repeating it."""

    kind: type[FaultError] = FaultError
    """The class of the error; `FaultError`: by code, situation and status."""

    cause: Exception | None = None
    """What the HTTP library raised."""

    answer: Answer | None = None
    """The answer, if a head came whole."""

    timed_out: bool = False
    """Whether it broke because its time was over."""

    asks_log_in: bool = False
    """Whether a new credential may help."""

    @property
    def fault(self) -> Fault:
        """The fault."""
        return self.told.fault

    @property
    def name(self) -> str:
        """What it is called in counts: the error code, or the name of the exception."""
        return self.fault.code or self.kind.__name__

    def with_outcome(self, outcome: Outcome) -> "Trouble":
        """Give the same with another effect, which earlier attempts may have had."""
        fault = msgspec.structs.replace(self.fault, outcome=outcome)
        told = msgspec.structs.replace(self.told, fault=fault)
        return msgspec.structs.replace(self, told=told)


def unanswered(error: httpx2.RequestError, exchange: Exchange, call: Call) -> Trouble:
    """Understand an attempt that brought no whole answer."""
    phase = phase_of(error, exchange)
    kind = error_kind(error, phase)
    outcome = outcome_of(error, exchange)
    failure = Failure(
        status=exchange.status,
        retry="never" if lasting(error) else None,
        outcome=outcome,
        phase=phase,
        # A lost answer of a log-in may have been a new token, and the old one is spent.
        idempotent=call.idempotent and not call.errand,
        replayable=call.body is None or call.body.replayable,
        stale=stale(error, exchange),
    )
    return Trouble(
        told=Told(fault=network_fault(error, kind, outcome)),
        failure=failure,
        kind=kind,
        cause=error,
        timed_out=isinstance(error, httpx2.TimeoutException),
    )


def answered(answer: Answer, call: Call, contract: Contract | None, *, now: float) -> Trouble:
    """Understand an error answer.

    Args:
        answer: Status, headers and what was read of the body.
        call: What the caller wanted.
        contract: How the API fails, if known.
        now: Unix seconds.
    """
    told = read_answer(answer, None if call.errand else contract)
    told = _with_key(told, answer, call)
    return understood(told, answer, call, now=now)


def understood(told: Told, answer: Answer, call: Call, *, now: float) -> Trouble:
    """Find out what matters for repeating a request whose answer was read as an error."""
    fields = lower_headers(answer.headers)
    wait = server_wait(
        answer.status,
        fields,
        now=now,
        body_wait=told.fault.retry_after,
        rate_limited=told.rate_limited,
    )
    asks = asks_for_new_token(answer.status, answer.headers, told.entry)
    outcome = _outcome(told, answer)
    failure = Failure(
        status=answer.status,
        code=told.fault.code,
        retry=_retry(told, call, asks),
        own=told.entry is not None and not told.guessed,
        directive=_directive(told.fault),
        outcome=outcome,
        wait=wait,
        idempotent=call.idempotent or call.errand,
        replayable=call.body is None or call.body.replayable,
        rate_limited=told.rate_limited,
        fresh_once=answer.status in (421, 425),
    )
    fault = msgspec.structs.replace(
        told.fault, outcome=outcome, retry_after=None if wait is None else wait.seconds
    )
    return Trouble(
        told=msgspec.structs.replace(told, fault=fault),
        failure=failure,
        answer=answer,
        timed_out=answer.broken is not None,
        asks_log_in=asks,
    )


def _retry(told: Told, call: Call, asks: bool) -> Any:
    if told.entry is not None:
        in_progress = call.keyed and told.fault.status == 409 and _speaks_of_keys(told.fault)
        return "backoff" if in_progress else told.entry.retry
    if call.keyed and told.fault.status == 409 and _speaks_of_keys(told.fault):
        return "backoff"
    return "after_login" if asks else None


def _with_key(told: Told, answer: Answer, call: Call) -> Told:
    """Name the refusal of a key that came with another request before (IETF draft, 2.7)."""
    reused = call.keyed and answer.status in (400, 422) and _speaks_of_keys(told.fault)
    if not reused or told.fault.situation is not None:
        return told
    fault = msgspec.structs.replace(told.fault, situation=Situation.IDEMPOTENCY_REUSED)
    return msgspec.structs.replace(told, fault=fault)


def _speaks_of_keys(fault: Fault) -> bool:
    texts = (fault.code, fault.message, fault.detail)
    return any("idempot" in text.lower() for text in texts if text)


def _directive(fault: Fault) -> bool | None:
    """Read what the server says about repeating, where its contract names such a field."""
    said = str(fault.params.get("should_retry", "")).lower()
    return {"true": True, "false": False}.get(said)


def _outcome(told: Told, answer: Answer) -> Outcome:
    # Nobody promises for a rate limit of an API we do not know.
    promised = told.entry is not None and not told.guessed
    if answer.status < 300:
        refused = promised and told.rate_limited
        return "processed" if answer.truncated else "not_processed" if refused else "unknown"
    if answer.status >= 500:
        return "unknown"
    return "unknown" if answer.status in (408, 429) and not promised else "not_processed"


def good_but_wrong(answer: Answer, contract: Contract) -> Trouble | None:
    """Find what is wrong with an answer whose status says that all is well.

    An API that speaks JSON does not answer in HTML; something in front of it does. And JSON that
    stops in the middle is no answer.

    Args:
        answer: An answer whose response has its whole body.
        contract: How the API fails.
    """
    response = answer.response
    if response is None or "json" not in contract.media:
        return None
    # The ends of the body tell most of it, and cost less than to look for a header field.
    body = response.content
    start, end = body[:1], body[-1:]
    if not body or (start == b"{" and end == b"}") or (start == b"[" and end == b"]"):
        return None
    media = response.headers.get("content-type", "")
    if "html" in media:
        told = read_answer(whole(answer, received=0.0), contract)
        fault = msgspec.structs.replace(told.fault, situation=Situation.BAD_GATEWAY)
        told = msgspec.structs.replace(told, fault=fault, gateway=True)
        return _wrong(answer, told, UpstreamError, "unknown")
    if "json" in media and stops_early(response.content):
        fault = Fault(status=answer.status, message="The JSON of the answer stops in the middle")
        told = Told(fault=fault, contract=contract, violated=True)
        return _wrong(answer, told, ProtocolError, "processed")
    return None


def in_part(fault: Fault, answer: Answer, contract: Contract | None) -> Trouble:
    """Understand an answer of which some items failed; the others are done and not repeated.

    Args:
        fault: The fault that holds the failed items.
        answer: The answer with its whole body.
        contract: How the API fails, if known.
    """
    return Trouble(
        told=Told(fault=fault, contract=contract),
        failure=Failure(status=answer.status, retry="never", outcome="processed"),
        kind=PartialFailureError,
        answer=answer,
    )


def _wrong(answer: Answer, told: Told, kind: type[FaultError], outcome: Outcome) -> Trouble:
    fault = msgspec.structs.replace(told.fault, outcome=outcome)
    return Trouble(
        told=msgspec.structs.replace(told, fault=fault),
        failure=Failure(status=answer.status, phase="decode", outcome=outcome),
        kind=kind,
        answer=answer,
    )
