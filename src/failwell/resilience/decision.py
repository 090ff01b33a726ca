"""Deciding what a client does about a failed attempt.

The last step of the client flow: wire -> fault -> **decision**. Everything here is pure: no
sockets, no sleeping, no reading of the clock. Three questions are asked in turn: could the same
request succeed later, is it safe to send again, and is there still time and leave to do so?
"""

from collections.abc import Callable

import msgspec

from failwell.core.call_history import Phase, Suppression
from failwell.core.catalogue import Retry as RetryClass
from failwell.core.fault import Outcome
from failwell.core.redaction import log_text
from failwell.resilience.delay import ServerWait
from failwell.resilience.policy import RetryPolicy

__all__ = ["BACKOFF", "Decision", "Failure", "GiveUp", "LogIn", "Retry", "decide"]

_LONGEST_CODE = 60

BACKOFF = "backoff"
"""The source of a wait that is our own."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong with one attempt, as far as it matters for repeating it."""

    status: int | None = None
    """The status line; ``None`` when no answer came."""

    code: str | None = None
    """The error code, for the words of the decision."""

    retry: RetryClass | None = None
    """Retry class of the code by the contract; ``None`` when no contract speaks of it. The
    client sets ``never`` itself for what cannot pass, a refused certificate for instance."""

    own: bool = False
    """Whether a contract is given that says refusals come before any processing."""

    directive: bool | None = None
    """What the server says itself about repeating (``x-should-retry``), where the contract
    names such a field."""

    outcome: Outcome = "unknown"
    """What is known about the effect of the attempt."""

    phase: Phase | None = None
    """How far it had come when it broke; ``None`` when a whole answer came."""

    wait: ServerWait | None = None
    """How long the server asks us to wait."""

    idempotent: bool = False
    """Whether sending twice does no harm, by the method or by an idempotency key."""

    replayable: bool = True
    """Whether the same body can be sent again; a stream that nobody read yet can."""

    rate_limited: bool = False
    """Whether it is a rate limit, by the contract or by the status."""

    stale: bool = False
    """Whether a connection that was used before closed ahead of the first byte of an answer,
    and the call has not been repeated for that reason yet."""

    fresh_once: bool = False
    """Whether it is a 421 or 425, and no fresh connection has been tried for it yet."""


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """Send the same request again."""

    after: float
    """Seconds to wait first; a wait the server asked for is there exactly, without padding."""

    because: str
    """Why, in words fit for a log line."""

    source: str
    """Where the length of the wait came from."""

    free: bool = False
    """Whether it counts as no attempt, and against no budget."""

    fresh_connection: bool = False
    """Whether it must not use a connection that was open before."""


class GiveUp(msgspec.Struct, frozen=True, kw_only=True):
    """Hand the fault to the caller."""

    because: str
    """Why, in words fit for a log line."""

    suppressed: Suppression | None = None
    """What kept a fault that may pass from being retried; ``None`` where it would not pass."""


class LogIn(msgspec.Struct, frozen=True, kw_only=True):
    """Renew the credential, then send the same request again."""

    because: str
    """Why, in words fit for a log line."""


Decision = Retry | GiveUp | LogIn
"""What a client may do."""


def decide(
    failure: Failure,
    *,
    policy: RetryPolicy,
    attempt: int,
    remaining: float,
    backoff: float,
    may_log_in: bool = False,
    allowed: Callable[[], bool] = lambda: True,
) -> Decision:
    """Decide what to do about a failed attempt.

    What the contract says of the code comes first, then what the server says of this answer,
    then what the status says; a status that nothing speaks for is not repeated.

    Args:
        failure: What went wrong.
        policy: How often and how long.
        attempt: Number of the attempt that failed, from 1; free repetitions do not count.
        remaining: Seconds left of the deadline; infinite without one.
        backoff: Seconds to wait when the server names no time of its own.
        may_log_in: Whether the credential can be renewed and has not been for this call.
        allowed: Takes a token from the budget; asked last, so that only retries which would
            really be sent cost one. Not asked about a 503 that says when to come back.

    Returns:
        A decision that says why, so that a log can show it as it is.

    Examples:
        The server's own wish wins over our backoff:

        >>> busy = Failure(status=503, idempotent=True, wait=ServerWait(2.0, "Retry-After"))
        >>> decide(busy, policy=RetryPolicy(), attempt=1, remaining=10.0, backoff=0.1).after
        2.0

        A charge that may have gone through is not sent twice:

        >>> lost = Failure(phase="read_headers", outcome="unknown", idempotent=False)
        >>> decide(lost, policy=RetryPolicy(), attempt=1, remaining=10.0, backoff=0.1).because
        'no answer (read_headers): may have taken effect, and is not safe to repeat'
    """
    if failure.stale and remaining >= policy.floor and _is_safe(failure) and failure.replayable:
        return _STALE
    hopeless = _hopeless(failure, policy)
    if hopeless is not None:
        return hopeless
    refused = _unrepeatable(failure)
    if refused is not None:
        return refused
    if failure.retry == "after_login":
        return _log_in(failure, policy, remaining, may_log_in)
    return _in_time(failure, policy, attempt, remaining, backoff, allowed)


_UNPROCESSED = frozenset({401, 421, 425})
"""No credential, wrong server, too early: RFC 9110, 15.5.2 and 15.5.20; RFC 8470, 5.2."""

_STALE = Retry(
    after=0.0,
    because="the server had closed the idle connection",
    source="stale connection",
    free=True,
    fresh_connection=True,
)


def _hopeless(failure: Failure, policy: RetryPolicy) -> GiveUp | None:
    """Say why the same request would fail again; ``None`` if it may succeed."""
    if failure.retry is not None:
        if failure.retry != "never":
            return None
        return GiveUp(because=f"{_name(failure)}: fails again until the request changes")
    if failure.directive is not None:
        if failure.directive:
            return None
        return GiveUp(because=f"{_name(failure)}: the server says not to repeat it")
    if failure.fresh_once or _may_pass(failure, policy):
        return None
    return GiveUp(because=f"{_name(failure)}: not a fault that passes by itself")


def _may_pass(failure: Failure, policy: RetryPolicy) -> bool:
    status = failure.status
    if status is not None and status >= 300:
        return status in policy.statuses
    # No answer, or the good answer of which the line lost a part. What came whole and made no
    # sense would come the same way again.
    return failure.phase is not None and failure.phase != "decode"


def _is_safe(failure: Failure) -> bool:
    if failure.idempotent or failure.outcome == "not_sent":
        return True
    # Without a contract nobody promises that a refusal came before any processing, except
    # where the status itself means that.
    return failure.outcome == "not_processed" and (failure.own or failure.status in _UNPROCESSED)


def _unrepeatable(failure: Failure) -> GiveUp | None:
    """Say why it must not be sent twice; ``None`` if it may."""
    if not _is_safe(failure):
        because = f"{_name(failure)}: {_effect(failure)}, and is not safe to repeat"
        return GiveUp(because=because, suppressed="policy")
    if not failure.replayable:
        return GiveUp(because=f"{_name(failure)}: body not replayable", suppressed="body")
    return None


def _effect(failure: Failure) -> str:
    return "has taken effect" if failure.outcome == "processed" else "may have taken effect"


def _log_in(failure: Failure, policy: RetryPolicy, remaining: float, may_log_in: bool) -> Decision:
    if not may_log_in:
        return GiveUp(because=f"{_name(failure)}: the credential cannot be renewed again")
    if remaining < policy.floor:
        return _too_late(failure, remaining)
    return LogIn(because=f"{_name(failure)}: may succeed with a new credential")


def _in_time(
    failure: Failure,
    policy: RetryPolicy,
    attempt: int,
    remaining: float,
    backoff: float,
    allowed: Callable[[], bool],
) -> Decision:
    if attempt >= policy.attempts:
        because = f"{_name(failure)}: outlasted {attempt} of {policy.attempts} attempts"
        return GiveUp(because=because, suppressed="attempts")
    after, source = _wait(failure, policy, attempt, backoff)
    # Maintenance ends when it ends: whoever has the time for it waits, up to the deadline.
    if failure.wait is not None and failure.status != 503 and after > policy.max_wait:
        because = (
            f"{_name(failure)}: {source} asks for {after:g} s, more than {policy.max_wait:g} s"
        )
        return GiveUp(because=because, suppressed="wait")
    if after + policy.floor > remaining:
        return _too_late(failure, remaining)
    if not _announced(failure) and not allowed():
        because = f"{_name(failure)}: the retry budget of this server is spent"
        return GiveUp(because=because, suppressed="budget")
    because = f"{_name(failure)}: may succeed later"
    return Retry(after=after, because=because, source=source, fresh_connection=failure.fresh_once)


def _announced(failure: Failure) -> bool:
    """Whether the server says itself when it will be back: then nobody storms it.

    A wait below a second says nothing about an absence, and would let every call be sent as often
    as it has attempts.
    """
    return failure.status == 503 and failure.wait is not None and failure.wait.seconds >= 1.0


def _wait(failure: Failure, policy: RetryPolicy, attempt: int, backoff: float) -> tuple[float, str]:
    if failure.wait is None:
        if failure.fresh_once:
            return 0.0, "fresh connection"
        return backoff, BACKOFF
    seconds = failure.wait.seconds
    # "At once" is believed the first time; a server that keeps saying so is not hammered.
    if attempt > 1 and seconds < backoff and seconds < policy.base:
        return backoff, BACKOFF
    return seconds, failure.wait.source


def _too_late(failure: Failure, remaining: float) -> GiveUp:
    because = f"{_name(failure)}: {remaining:.3g} s are left, too little to wait and try again"
    return GiveUp(because=because, suppressed="deadline")


def _name(failure: Failure) -> str:
    if failure.status is None:
        return f"no answer ({failure.phase})" if failure.phase else "no answer"
    if failure.code is None:
        broken = f" broken off ({failure.phase})" if failure.phase else ""
        return f"{failure.status}{broken}"
    # A code comes from the other side, and this ends in a log.
    return f"{failure.status} {log_text(failure.code, longest=_LONGEST_CODE)}"
