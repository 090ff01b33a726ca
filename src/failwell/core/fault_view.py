"""The view of a fault that an exception gives: everything known about it, by name.

Nothing is worked out before it is asked for, so raising stays cheap.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

from failwell.core.call_history import Attempt, CallHistory, Phase, Suppression
from failwell.core.catalogue import Api, ErrorCode, Retry
from failwell.core.fault import Fault, Outcome, Violation
from failwell.core.retry_class import retry_class
from failwell.core.situation import Situation

__all__ = ["FaultView"]


class FaultView:
    """What can be asked of a fault, its catalogue entry, its API and the history of its call."""

    fault: Fault
    """What happened."""

    entry: ErrorCode | None = None
    """The code it was recognised as."""

    api: Api | None = None
    """Whose error it is: name, documentation, status page, support."""

    history: CallHistory | None = None
    """What a client did before it gave up. Only errors of an upstream have one."""

    situations: ClassVar[tuple[Situation, ...]] = ()
    """The situations this class stands for; the first is its default."""

    word: ClassVar[str] = "fault"
    """What stands in texts in the place of a code."""

    sentence: ClassVar[str] = "no message"
    """What stands in texts in the place of a message."""

    retry_default: ClassVar[Retry | None] = None
    """Retry class of every error of this class; ``None``: by code, situation and status."""

    phase_default: ClassVar[Phase | None] = None
    """Where a call breaks with this error, if nothing more exact is known."""

    outcome_default: ClassVar[Outcome | None] = None
    """What is known about the effect of a call that ends with this error, if nothing is said."""

    @property
    def code(self) -> str | None:
        """The API's own word."""
        return self.fault.code

    @property
    def status(self) -> int | None:
        """The HTTP status of the error."""
        return self.fault.status

    @property
    def http_status(self) -> int | None:
        """The status line, also where the error came with a 200."""
        said = None if self.history is None else self.history.status
        return self.fault.status if said is None else said

    @property
    def message(self) -> str | None:
        """The sentence of the code, for developers. Never show it as HTML."""
        return self.fault.message

    @property
    def detail(self) -> str | None:
        """The second sentence, about this occurrence."""
        return self.fault.detail

    @property
    def params(self) -> Mapping[str, Any]:
        """The typed values of this occurrence."""
        return self.fault.params

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Rejected inputs, empty when there are none."""
        return self.fault.violations or ()

    @property
    def request_id(self) -> str | None:
        """Name of the exchange, for support."""
        return self.fault.request_id

    @property
    def situation(self) -> Situation | None:
        """What happened, before the API named it."""
        return self.fault.situation

    @property
    def retry_after(self) -> float | None:
        """Seconds the server asks to wait."""
        return self.fault.retry_after

    @property
    def retry_at(self) -> datetime | None:
        """When the wait that was asked for ends, aware; ``None`` if none was, or none is known."""
        wait = self.fault.retry_after
        since = self.moment
        if wait is None or since is None:
            return None
        try:
            return since + timedelta(seconds=wait)
        except (OverflowError, ValueError):
            return datetime.max.replace(tzinfo=UTC)

    @property
    def moment(self) -> datetime | None:
        """When it happened, aware: the end of the call by the caller's clock, else as it says."""
        ended = None if self.history is None else self.history.ended
        return self.fault.timestamp if ended is None else datetime.fromtimestamp(ended, UTC)

    @property
    def retry(self) -> Retry:
        """What a caller may hope for: the code's own word, else by situation, else by status."""
        if self.retry_default is not None:
            return self.retry_default
        if self.entry is not None:
            return self.entry.retry
        return retry_class(self.fault.situation, self.fault.status)

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later. Whether it does harm twice says `outcome`."""
        return self.retry in ("backoff", "after")

    @property
    def retry_suppressed(self) -> Suppression | None:
        """What kept an error that may pass from being retried."""
        return None if self.history is None else self.history.suppressed

    @property
    def outcome(self) -> Outcome | None:
        """What is known about the effect of the call."""
        said = self.fault.outcome
        return self.outcome_default if said is None else said

    @property
    def phase(self) -> Phase | None:
        """How far the last attempt had come when it broke; ``None`` if an answer came whole."""
        reached = self.attempts[-1].phase if self.attempts else None
        return self.phase_default if reached is None else reached

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Every sending of the request, the last one last."""
        return () if self.history is None else self.history.attempts

    @property
    def elapsed(self) -> float | None:
        """Seconds from the call to its end, waits included."""
        return None if self.history is None else self.history.elapsed

    @property
    def method(self) -> str | None:
        """The request method."""
        return None if self.history is None else self.history.method or None

    @property
    def url_template(self) -> str | None:
        """The path that was asked for, ids as ``{id}``, without its query."""
        if self.history is None or not self.history.url:
            return None
        return urlsplit(self.history.url).path or "/"

    @property
    def doc_url(self) -> str | None:
        """Where to read on: about the code, else about the API."""
        if self.entry is not None and self.entry.see is not None:
            return self.entry.see
        return None if self.api is None else self.api.docs

    @property
    def guessed(self) -> bool:
        """Whether no contract fits and the answer was read as well as could be."""
        return self.history is not None and self.history.guessed

    @property
    def in_stream(self) -> bool:
        """Whether the error came inside a stream that had begun well."""
        return self.history is not None and self.history.in_stream
