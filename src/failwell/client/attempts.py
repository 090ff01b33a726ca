"""The flow of a call: one generator of steps, from the first attempt to the last.

It yields `Send`, `Wait` and `Join`, receives what came of each, and ends with a response or
with a `FaultError`. Drivers with and without ``await`` run the very same text. What is needed
only after a failure is made only then.
"""

from typing import Any, Literal

import httpx2
import msgspec

from failwell.client.admission import Admission
from failwell.client.call import Call
from failwell.client.credentials import Credentials
from failwell.client.error_body import whole
from failwell.client.exchange import Exchange
from failwell.client.judging import judged
from failwell.client.live import Live, origin_of
from failwell.client.record import Record
from failwell.client.redirects import REDIRECTS, redirected, strayed
from failwell.client.settings import Settings
from failwell.client.steps import Answer, Send, Steps, Wait
from failwell.client.streaming import watch_body
from failwell.client.switches import retries_are_on
from failwell.client.telemetry import Span, begin_span, tracing
from failwell.client.trouble import Trouble, unanswered
from failwell.core.exceptions import DeadlineExceededError, FailwellError, FaultError
from failwell.core.fault import Fault, Outcome
from failwell.resilience.backoff import backoff, padded
from failwell.resilience.decision import BACKOFF, Decision, GiveUp, LogIn, Retry, decide
from failwell.resilience.policy import RetryPolicy

__all__ = ["attempts"]

_ONCE = RetryPolicy(attempts=1)
_SLACK = 0.01
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "QUERY", "TRACE"})


def attempts(call: Call, settings: Settings, live: Live) -> Steps[Any]:
    """Send a request until it succeeds or there is nothing left to hope for.

    Args:
        call: What the caller wants.
        settings: What the client was told.
        live: What the client has learned.

    Returns:
        The response; for an errand the `Answer`, whatever its status.
    """
    return _Flow(call, settings, live).run()


class _Flow:
    def __init__(self, call: Call, settings: Settings, live: Live) -> None:
        self._call = call
        self._settings = settings
        self._live = live
        self._monotonic = settings.clock.monotonic
        self._watching = settings.listener is not None or tracing()
        self._number = 1
        self._sent = 0
        self._own_waits = 0
        self._hops = 0
        self._renewed_connection = False
        self._fresh = False
        self._outcome: Outcome | None = None
        self._last: Trouble | None = None
        self._kept: Record | None = None
        self._admission: Admission | None = None
        self._span: Span | None = None
        self._began = call.started
        self._credentials: Credentials | None = None
        if settings.auth is not None and call.trusted and not call.errand:
            self._credentials = Credentials(call, settings, live, attempts)

    @property
    def _record(self) -> Record:
        if self._kept is None:
            self._kept = Record(self._call, self._settings)
        return self._kept

    def run(self) -> Steps[Any]:
        """Run the call; one that is left in the middle gives back what it holds."""
        try:
            return (yield from self._loop())
        finally:
            if self._admission is not None:
                self._admission.leave()
            if self._span is not None:
                self._span.end("cancelled")

    def _loop(self) -> Steps[Any]:
        call = self._call
        while True:
            if self._settings.circuit is not None or self._live.gated_until > self._monotonic():
                yield from self._admitted()
            if self._credentials is not None:
                yield from self._credentials.apply(self._sent, self._record)
            exchange = self._exchange()
            try:
                answer: Answer = yield Send(
                    request=call.request, timeout=exchange, stream=call.stream
                )
            except httpx2.UnsupportedProtocol as error:
                text = f"{error} Give a whole address, or a base_url to the client."
                raise FailwellError(text) from None
            except httpx2.RequestError as error:
                trouble = unanswered(error, exchange, call)
            else:
                found = self._judged(answer)
                if found is None:
                    return self._succeeded(answer, exchange)
                if found == "redirected":
                    continue
                trouble = found
            ended = yield from self._recover(trouble)
            if ended is not None:
                return ended

    def _judged(self, answer: Answer) -> Trouble | Literal["redirected"] | None:
        if answer.status in REDIRECTS and not self._call.errand:
            return self._redirected(answer) or "redirected"
        return judged(answer, self._call, self._settings)

    def _admitted(self) -> Steps[None]:
        if self._admission is None:
            self._admission = Admission(self._call, self._settings, self._live)
        yield from self._admission.enter(self._record)

    def _exchange(self) -> Exchange:
        call, request = self._call, self._call.request
        # What a server has read of a log-in it has done: the end of the call that happened to
        # need it must not lose the answer.
        ends = max(call.ends, self._monotonic() + call.timeout) if call.errand else call.ends
        exchange = Exchange(
            call.timeout,
            ends=ends,
            monotonic=self._monotonic,
            secure=request.url.scheme == "https",
        )
        extensions: dict[str, Any] = {
            "timeout": {"connect": exchange, "read": exchange, "write": exchange, "pool": exchange}
        }
        if self._fresh:
            extensions["fresh_connection"] = True
        request.extensions = extensions
        if self._sent and self._settings.attempt_header is not None and not call.errand:
            request.headers[self._settings.attempt_header] = str(self._sent)
        self._sent += 1
        if self._watching:
            self._began = self._monotonic()
            named = "traceparent" in call.own_headers
            address = self._record.address()
            self._span = begin_span(request, address, self._sent - 1, named=named)
        return exchange

    def _succeeded(self, answer: Answer, exchange: Exchange) -> Any:
        call = self._call
        if self._live.spent:
            self._live.budgets.of(origin_of(call.request.url)).deposit()
        if self._admission is not None:
            self._admission.succeeded(answer.status)
        if self._watching:
            self._ended(answer.status, None)
        if call.errand:
            return whole(answer, received=self._settings.clock.now())
        if call.stream and answer.response is not None:
            watch_body(answer.response, lambda error: self._lost(error, exchange))
        return answer.response

    def _ended(self, status: int | None, code: str | None) -> None:
        if self._span is not None:
            self._span.end(code, status)
        self._record.teller.ended(self._sent, status, code, self._monotonic() - self._began)
        self._span = None

    def _lost(self, error: httpx2.RequestError, exchange: Exchange) -> FaultError:
        """Make the error of a stream that broke after it had begun well."""
        trouble = self._record.harmless(unanswered(error, exchange, self._call))
        self._record.add(trouble)
        if self._is_late(trouble):
            lost: FaultError = self._late(trouble)
        else:
            lost = self._record.error(trouble, "a stream that has begun is not repeated")
        if lost.history is not None:
            lost.history = msgspec.structs.replace(lost.history, in_stream=True)
        return lost

    def _redirected(self, answer: Answer) -> Trouble | None:
        """Go where a redirect points; where that must not be, it is a failure."""
        self._hops += 1
        trouble = strayed(answer, self._call)
        if self._hops > min(self._settings.redirects, 5):
            return trouble
        target = redirected(answer, self._call)
        if target is None:
            return trouble
        same = origin_of(target.url) == origin_of(self._call.request.url)
        self._call.request = target
        if not same:
            self._credentials = None
        return None

    def _recover(self, trouble: Trouble) -> Steps[Answer | None]:
        """Do what there is to be done after a failure; raise where there is nothing."""
        trouble = self._counted(self._record.harmless(trouble))
        if self._watching:
            self._ended(trouble.failure.status, trouble.name)
        self._record.teller.undeclared(trouble)
        if self._admission is not None:
            self._admission.failed(trouble)
        if self._is_late(trouble):
            self._record.add(trouble)
            raise self._late(trouble)
        decision = self._decided(trouble)
        self._close_gate(trouble, decision)
        if isinstance(decision, LogIn) and self._credentials is not None:
            self._record.add(trouble, because=decision.because, source="log-in")
            if (yield from self._credentials.renew(self._record)):
                return None
            decision = GiveUp(because="the credential cannot be renewed")
            self._record.attempts.pop()
        if isinstance(decision, Retry):
            self._last = trouble
            yield from self._wait(trouble, decision)
            return None
        assert isinstance(decision, GiveUp)
        return self._given_up(trouble, decision)

    def _counted(self, trouble: Trouble) -> Trouble:
        """Keep in mind what earlier attempts may have done already."""
        if self._call.request.method in _SAFE:
            return trouble
        if trouble.fault.outcome == "unknown":
            self._outcome = "unknown"
        if self._outcome is None or trouble.fault.outcome == "processed":
            return trouble
        return trouble.with_outcome(self._outcome)

    def _decided(self, trouble: Trouble) -> Decision:
        call, settings = self._call, self._settings
        policy = (call.policy if retries_are_on() else None) or _ONCE
        failure = trouble.failure
        if self._renewed_connection:
            failure = msgspec.structs.replace(failure, stale=False, fresh_once=False)
        own = backoff(
            self._own_waits + 1,
            policy=policy,
            throttled=failure.rate_limited,
            random=settings.random,
        )
        decision = decide(
            failure,
            policy=policy,
            attempt=self._number,
            remaining=call.ends - self._monotonic(),
            backoff=own,
            may_log_in=self._credentials is not None and self._credentials.may_renew(trouble),
            allowed=self._withdrawn,
        )
        if policy is _ONCE and isinstance(decision, Retry):
            return GiveUp(because="retries are switched off", suppressed="policy")
        return decision

    def _withdrawn(self) -> bool:
        policy = self._call.policy
        if policy is None or policy.budget is None:
            return True
        self._live.spent = True
        return self._live.budgets.of(origin_of(self._call.request.url)).withdraw()

    def _close_gate(self, trouble: Trouble, decision: Decision) -> None:
        """Let all who call this server wait as it asked one of them."""
        failure, policy = trouble.failure, self._call.policy
        if failure.wait is None or policy is None or failure.status not in (429, 503):
            return
        hopeless = isinstance(decision, GiveUp) and decision.suppressed is None
        if not hopeless and failure.wait.seconds <= policy.max_wait:
            origin = origin_of(self._call.request.url)
            self._live.close_gate(origin, failure.wait.seconds, self._monotonic())

    def _wait(self, trouble: Trouble, decision: Retry) -> Steps[None]:
        seconds = decision.after
        own = decision.source == BACKOFF
        if decision.free or decision.fresh_connection:
            self._renewed_connection = True
        if not decision.free:
            self._number += 1
            self._own_waits = self._own_waits + 1 if own else 0
        if not own and not decision.fresh_connection and trouble.failure.wait is not None:
            seconds = self._spread(seconds, trouble)
        self._fresh = decision.fresh_connection
        attempt = self._record.add(
            trouble, wait=seconds, because=decision.because, source=decision.source
        )
        self._record.teller.planned(attempt)
        if self._call.body is not None:
            self._call.body.rewind()
        if seconds > 0:
            yield Wait(seconds)

    def _spread(self, seconds: float, trouble: Trouble) -> float:
        """Lengthen a wait so that not everybody comes back at once; never shorten it."""
        settings, floor = self._settings, (self._call.policy or _ONCE).floor
        left = self._call.ends - self._monotonic() - floor
        if trouble.failure.status in (429, 503):
            gate = self._live.gates.of(origin_of(self._call.request.url))
            return max(seconds, min(gate.wait(settings.random), left))
        return padded(seconds, settings.random, most=left)

    def _given_up(self, trouble: Trouble, decision: GiveUp) -> Answer:
        if self._call.errand and trouble.answer is not None:
            return trouble.answer
        self._record.add(trouble, because=decision.because)
        error = self._record.error(trouble, decision.because, decision.suppressed)
        self._record.teller.failed(error, decision.because, decision.suppressed)
        raise error from trouble.cause

    def _is_late(self, trouble: Trouble) -> bool:
        return trouble.timed_out and self._monotonic() >= self._call.ends - _SLACK

    def _late(self, trouble: Trouble) -> FaultError:
        """Make the error of a call whose time is over; its cause is the last real error."""
        because = "the deadline of the call has passed"
        seconds = self._call.ends - self._call.started
        text = f"{DeadlineExceededError.sentence} ({seconds:.3g} s)"
        fault = trouble.fault
        told = Fault(
            message=text, outcome=fault.outcome, status=fault.status, request_id=fault.request_id
        )
        error = DeadlineExceededError.of(
            told,
            history=self._record.history(because, "deadline", trouble),
        )
        real = self._last if trouble.answer is None and self._last is not None else trouble
        cause = self._record.error(real, because, "deadline")
        cause.__cause__ = real.cause
        error.__cause__ = cause
        self._record.teller.failed(error, because, "deadline")
        return error
