"""Events: what a client tells its listener, as frozen values.

A listener cannot change a call, and a listener that fails harms no call.
"""

from collections.abc import Callable

import msgspec

from failwell.core.call_history import CallHistory, Suppression

__all__ = ["AttemptEnded", "CallFailed", "Event", "Listener", "RetryPlanned", "UndeclaredAnswer"]


class AttemptEnded(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt is over, well or not."""

    method: str
    """The request method."""

    url: str
    """Scheme, host and path template."""

    number: int
    """From 1."""

    status: int | None
    """The status line; ``None`` when none came."""

    code: str | None
    """The error code, or the name of the exception; ``None`` for a success."""

    seconds: float
    """From its beginning to its end."""


class RetryPlanned(msgspec.Struct, frozen=True, kw_only=True):
    """The call is going to be repeated."""

    method: str
    """The request method."""

    url: str
    """Scheme, host and path template."""

    number: int
    """Number of the attempt that failed, from 1."""

    wait: float
    """Seconds until the next attempt."""

    because: str
    """Why, in words fit for a log line."""

    source: str
    """Where the length of the wait came from."""


class CallFailed(msgspec.Struct, frozen=True, kw_only=True):
    """The call ended with an error."""

    code: str | None
    """The error code."""

    status: int | None
    """The HTTP status of the error."""

    because: str
    """Why it ended here."""

    suppressed: Suppression | None
    """What kept an error that may pass from being retried."""

    history: CallHistory
    """All attempts."""


class UndeclaredAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An API answered with an error that its contract does not know, or in another shape."""

    contract: str
    """Name of the contract."""

    status: int
    """The status line."""

    code: str | None
    """The code of the answer, if one was found."""

    gateway: bool
    """Whether something in front of the API seems to have answered."""


Event = AttemptEnded | CallFailed | RetryPlanned | UndeclaredAnswer
"""What a listener may be told."""

Listener = Callable[[Event], None]
"""Is told about events."""
