"""The flow of a call: one generator of steps, from the first attempt to the last.

It yields `Send`, `Wait` and `Join`, receives what came of each, and ends with a response or
with a `FaultError`. Drivers with and without ``await`` run the very same text.
"""

from typing import Any

import httpx2

from failwell.client.call import Call
from failwell.client.decoding import read_fault
from failwell.client.exchange import Exchange
from failwell.client.failures import outcome_of, phase_of, stale
from failwell.client.first import DeadlineExceededError, NetworkError
from failwell.client.settings import Settings
from failwell.client.steps import Answer, Send, Steps, Wait
from failwell.core.exceptions import FaultError
from failwell.core.fault import Fault

__all__ = ["attempts"]


def attempts(call: Call, settings: Settings) -> Steps[httpx2.Response]:
    """Send a request until it succeeds or there is nothing left to hope for.

    Args:
        call: What the caller wants.
        settings: What the client was told.
    """
    return _Flow(call, settings).run()


class _Flow:
    def __init__(self, call: Call, settings: Settings) -> None:
        self._call = call
        self._settings = settings
        self._number = 0

    def run(self) -> Steps[httpx2.Response]:
        call = self._call
        request = call.request
        while True:
            self._number += 1
            exchange = self._exchange(request)
            request.extensions["timeout"] = dict.fromkeys(
                ("connect", "read", "write", "pool"), exchange
            )
            try:
                answer: Answer = yield Send(
                    request=request, timeout=float(exchange), stream=call.stream
                )
            except Exception as error:
                fault, retry = self._unanswered(error, exchange)
                cause: Exception | None = error
            else:
                if answer.status < 300 and answer.response is not None:
                    return answer.response
                fault, retry = self._answered(answer)
                cause = None
            wait = 0.1
            if not retry or self._number >= 3 or not self._call.idempotent:
                raise self._error(fault, cause) from cause
            yield Wait(wait)

    def _exchange(self, request: httpx2.Request) -> Exchange:
        call, monotonic = self._call, self._settings.clock.monotonic
        return Exchange(
            max(0.0, min(call.timeout, call.ends - monotonic())),
            ends=call.ends,
            monotonic=monotonic,
            secure=request.url.scheme == "https",
        )

    def _unanswered(self, error: Exception, exchange: Exchange) -> tuple[Fault, bool]:
        outcome = outcome_of(error, exchange, None)
        text = f"{phase_of(error, exchange)}: {str(error) or type(error).__name__}"
        retry = stale(error, exchange) or outcome == "not_sent" or self._call.idempotent
        return Fault(message=text, outcome=outcome), retry

    def _answered(self, answer: Answer) -> tuple[Fault, bool]:
        decoded = read_fault(answer, self._settings.contract)
        retry = answer.status in {408, 429, 500, 502, 503, 504}
        return decoded.fault, retry

    def _error(self, fault: Fault, cause: Exception | None) -> FaultError:
        over = self._settings.clock.monotonic() >= self._call.ends
        kind: Any = DeadlineExceededError if over else NetworkError
        return FaultError.of(fault) if cause is None else kind.of(fault)
