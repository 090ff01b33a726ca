"""The flow of a call: one generator of steps, from the first attempt to the last.

It yields `Send`, `Wait` and `Join`, receives what came of each, and ends with a response or
with a `FaultError`. Drivers with and without ``await`` run the very same text. What is needed
only after a failure is made only then.
"""

from typing import Any, Literal

import httpx2

from failwell.client.admission import Admission
from failwell.client.call import Call
from failwell.client.credentials import Credentials
from failwell.client.ending import as_response, given_up, is_late, late, lost
from failwell.client.error_body import whole
from failwell.client.exchange import Exchange
from failwell.client.judging import judged
from failwell.client.live import Live, origin_of
from failwell.client.record import Record
from failwell.client.redirects import MOST_HOPS, REDIRECTS, redirected, strayed
from failwell.client.retries import Retries
from failwell.client.settings import Settings
from failwell.client.steps import Answer, Send, Steps, Wait
from failwell.client.streaming import watch_body
from failwell.client.telemetry import Span, begin_span, tracing
from failwell.client.trouble import Trouble, unanswered
from failwell.core.exceptions import FailwellError
from failwell.core.fault import Outcome
from failwell.resilience.decision import GiveUp, LogIn, Retry

__all__ = ["attempts"]

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
        self._sent = 0
        self._hops = 0
        self._fresh = False
        self._began = call.started
        self._outcome: Outcome | None = None
        self._last: Trouble | None = None
        self._kept: Record | None = None
        self._retries: Retries | None = None
        self._admission: Admission | None = None
        self._span: Span | None = None
        self._credentials: Credentials | None = None
        if settings.auth is not None and call.trusted and not call.errand:
            self._credentials = Credentials(call, settings, live, attempts)

    @property
    def _record(self) -> Record:
        if self._kept is None:
            self._kept = Record(self._call, self._settings)
            if self._credentials is not None:
                self._kept.secrets = self._credentials.secrets
        return self._kept

    def _recorded(self) -> Record:
        return self._record

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
                yield from self._credentials.apply(self._recorded)
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
        call = self._call
        if answer.status in REDIRECTS and not call.errand:
            return None if call.wrapped else self._redirected(answer) or "redirected"
        return judged(answer, call, self._settings)

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
        request.extensions["timeout"] = {
            "connect": exchange,
            "read": exchange,
            "write": exchange,
            "pool": exchange,
        }
        if self._fresh:
            request.extensions["fresh_connection"] = True
        if self._sent and self._settings.attempt_header is not None and not call.errand:
            request.headers[self._settings.attempt_header] = str(self._sent)
        self._sent += 1
        if self._watching:
            self._began = self._monotonic()
            named = "traceparent" in call.own_headers
            self._span = begin_span(request, self._record.address(), self._sent - 1, named=named)
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
        if answer.status >= 300 and call.wrapped:
            return as_response(answer, call)
        if call.stream and answer.response is not None:
            watch_body(
                answer.response,
                lambda error: lost(error, exchange, call, self._record, self._monotonic()),
            )
        return answer.response

    def _ended(self, status: int | None, code: str | None) -> None:
        if self._span is not None:
            self._span.end(code, status)
        self._record.teller.ended(self._sent, status, code, self._monotonic() - self._began)
        self._span = None

    def _redirected(self, answer: Answer) -> Trouble | None:
        """Go where a redirect points; where that must not be, it is a failure."""
        self._hops += 1
        allowed = self._hops <= min(self._settings.redirects, MOST_HOPS)
        target = redirected(answer, self._call) if allowed else None
        if target is None:
            return strayed(answer, self._call)
        if origin_of(target.url) != origin_of(self._call.request.url):
            # What was sent so far stays known as secret.
            self._kept = self._record
            self._credentials = None
        self._call.request = target
        return None

    def _recover(self, trouble: Trouble) -> Steps[Any]:
        """Do what there is to be done after a failure; raise where there is nothing."""
        trouble = self._counted(self._record.harmless(trouble))
        record, call, credentials = self._record, self._call, self._credentials
        if self._watching:
            self._ended(trouble.failure.status, trouble.name)
            record.teller.undeclared(trouble)
        if self._admission is not None:
            self._admission.failed(trouble)
        if is_late(trouble, call, self._monotonic()):
            record.add(trouble)
            raise late(trouble, self._last, call, record)
        if self._retries is None:
            self._retries = Retries(call, self._settings, self._live)
        may_log_in = credentials is not None and credentials.may_renew(trouble)
        decision = self._retries.decide(trouble, may_log_in=may_log_in)
        if isinstance(decision, LogIn) and credentials is not None:
            record.add(trouble, because=decision.because, source="log-in")
            if (yield from credentials.renew(record)):
                return None
            record.attempts.pop()
            decision = GiveUp(because="the credential cannot be renewed")
        if isinstance(decision, Retry):
            yield from self._wait(trouble, decision, self._retries)
            return None
        assert isinstance(decision, GiveUp)
        return given_up(trouble, decision, call, record)

    def _counted(self, trouble: Trouble) -> Trouble:
        """Keep in mind what earlier attempts may have done already."""
        if self._call.request.method in _SAFE:
            return trouble
        if trouble.fault.outcome == "unknown":
            self._outcome = "unknown"
        if self._outcome is None or trouble.fault.outcome == "processed":
            return trouble
        return trouble.with_outcome(self._outcome)

    def _wait(self, trouble: Trouble, decision: Retry, retries: Retries) -> Steps[None]:
        self._last = trouble
        self._fresh = decision.fresh_connection
        retries.count(decision)
        seconds = retries.wait(decision, trouble)
        attempt = self._record.add(
            trouble, wait=seconds, because=decision.because, source=decision.source
        )
        self._record.teller.planned(attempt)
        if self._call.body is not None:
            self._call.body.rewind()
        if seconds > 0:
            yield Wait(seconds)
