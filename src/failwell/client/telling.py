"""Telling: what a call says while it runs, to the log and to the listener of its client."""

import logging

from failwell.client.events import (
    AttemptEnded,
    CallFailed,
    Listener,
    RetryPlanned,
    UndeclaredAnswer,
)
from failwell.client.trouble import Trouble
from failwell.core.call_history import Attempt, Suppression
from failwell.core.exceptions import FaultError

__all__ = ["Teller"]

_LOG = logging.getLogger("failwell.client")
# A program that has set up no logging finds nothing on its screen that it did not ask for.
_LOG.addHandler(logging.NullHandler())


class Teller:
    """Tells about one call.

    Args:
        listener: Who is told besides the log.
        method: The request method.
        url: Scheme, host and path template.
    """

    def __init__(self, listener: Listener | None, method: str, url: str) -> None:
        self._listener = listener
        self._method = method
        self._url = url

    def _tell(self, event: AttemptEnded | CallFailed | RetryPlanned | UndeclaredAnswer) -> None:
        if self._listener is None:
            return
        try:
            self._listener(event)
        except Exception:
            _LOG.exception("a listener failed on %s", type(event).__name__)

    def ended(self, number: int, status: int | None, code: str | None, seconds: float) -> None:
        """Tell that an attempt is over."""
        self._tell(
            AttemptEnded(
                method=self._method,
                url=self._url,
                number=number,
                status=status,
                code=code,
                seconds=seconds,
            )
        )

    def planned(self, attempt: Attempt) -> None:
        """Tell that an attempt is going to be repeated: one record, with the reason."""
        wait, because, source = attempt.wait or 0.0, attempt.because or "", attempt.source or ""
        _LOG.warning(
            "%s %s: attempt %d failed (%s); retrying in %.3g s (%s)",
            self._method,
            self._url,
            attempt.number,
            because,
            wait,
            source,
            extra={
                "failwell_attempt": attempt.number,
                "failwell_because": because,
                "failwell_wait": wait,
                "failwell_source": source,
                "failwell_request_id": attempt.request_id,
            },
        )
        self._tell(
            RetryPlanned(
                method=self._method,
                url=self._url,
                number=attempt.number,
                wait=wait,
                because=because,
                source=source,
            )
        )

    def undeclared(self, trouble: Trouble) -> None:
        """Tell that an answer is not what its contract says."""
        told, status = trouble.told, trouble.failure.status
        if self._listener is None or told.contract is None or status is None:
            return
        if told.entry is None:
            event = UndeclaredAnswer(
                contract=told.contract.name,
                status=status,
                code=told.fault.code,
                gateway=told.gateway,
            )
            self._tell(event)

    def failed(self, error: FaultError, because: str, suppressed: Suppression | None) -> None:
        """Tell that the call ended with an error."""
        history = error.history
        if history is not None:
            self._tell(
                CallFailed(
                    code=error.code,
                    status=error.status,
                    because=because,
                    suppressed=suppressed,
                    history=history,
                )
            )
