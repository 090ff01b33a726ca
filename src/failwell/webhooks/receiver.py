"""Receiver: the other end of a webhook. Is it genuine, and was it handled already?

A sender repeats what it is not sure about, so the same event may come twice. `Receiver.verify`
says who sent it, `Receiver.once` lets each event be handled one time.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from failwell.core.clock import Clock, SystemClock
from failwell.core.misuse import FailwellError
from failwell.core.strict_json import JsonError, parse
from failwell.webhooks.secret import parse_secret
from failwell.webhooks.signature import (
    TOLERANCE,
    WebhookHeaders,
    WebhookVerificationError,
    verify,
)

__all__ = ["EventInProgressError", "ReceivedEvent", "Receiver"]


class EventInProgressError(Exception):
    """The same event is being handled at this moment, by another attempt.

    Let it become a 5xx, or answer 503: the sender will come again, and by then it is known
    whether the event still has to be handled.
    """


class ReceivedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A genuine event."""

    id: str
    """Its name: the same on every attempt."""

    timestamp: int
    """When this attempt was sent, in Unix seconds; when it happened stands in its content."""

    type: str | None
    """What kind of event it is, such as ``error.occurred``, if it says so."""

    test: bool
    """Whether it is a sample that somebody asked for: nothing happened."""

    content: Any
    """The whole body, parsed."""


class Receiver:
    """Verifies webhooks and tells repetitions. For any number of threads and tasks.

    Args:
        secrets: The secrets of the endpoint; during a rotation the new and the old one.
        tolerance: Seconds that a webhook may be old, or the sender's clock ahead.
        remember: How many handled events are known; the oldest are forgotten first. It is this
            process that knows them: several had better keep the ids in their database.
        clock: Where the time comes from.

    Raises:
        FailwellError: There is no secret, or one has the wrong form.

    Examples:
        >>> from failwell.webhooks import Receiver, new_secret, sign
        >>> from failwell.webhooks.secret import parse_secret
        >>> from failwell.testing import FakeClock
        >>> secret, clock = new_secret(), FakeClock()
        >>> receiver = Receiver(secret, clock=clock)
        >>> body, now = b'{"type":"error.occurred"}', int(clock.now())
        >>> signature = sign([parse_secret(secret)], event_id="msg_1", timestamp=now, body=body)
        >>> headers = {
        ...     "webhook-id": "msg_1",
        ...     "webhook-timestamp": str(now),
        ...     "webhook-signature": signature,
        ... }
        >>> handled = []
        >>> for _ in range(2):
        ...     event = receiver.verify(body, headers)
        ...     with receiver.once(event) as first:
        ...         if first:
        ...             handled.append(event.type)
        >>> handled
        ['error.occurred']
    """

    def __init__(
        self,
        *secrets: str,
        tolerance: float = TOLERANCE,
        remember: int = 100_000,
        clock: Clock | None = None,
    ) -> None:
        if not secrets:
            raise FailwellError("a receiver needs the secret of its webhook: Receiver('whsec_...')")
        self._keys = tuple(map(parse_secret, secrets))
        self._tolerance = tolerance
        self._most = remember
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._running: set[str] = set()
        # In the order of their end; a dict, since it forgets its oldest entry at no cost.
        self._handled: dict[str, None] = {}

    def verify(self, body: bytes | str, headers: WebhookHeaders) -> ReceivedEvent:
        """Check that a webhook is genuine, and parse it.

        Args:
            body: The body as it came; what was parsed and written again is something else.
            headers: Header fields of the request, as the framework gives them.

        Raises:
            WebhookVerificationError: It is not genuine, or no JSON; answer 400.
        """
        found = verify(body, headers, self._keys, now=self._clock.now(), tolerance=self._tolerance)
        content = _parsed(body)
        members = content if isinstance(content, dict) else {}
        kind = members.get("type", members.get("event"))
        return ReceivedEvent(
            id=found.id,
            timestamp=found.timestamp,
            type=kind if isinstance(kind, str) else None,
            test=members.get("test") is True,
            content=content,
        )

    @contextmanager
    def once(self, event: ReceivedEvent) -> Iterator[bool]:
        """Handle an event one time: yields whether it has to be handled.

        Leaving without an exception means that it was handled; after an exception it counts as
        not handled, and the next attempt of the sender is the first again.

        Raises:
            EventInProgressError: Another attempt of it is being handled at this moment.
        """
        if not self._begin(event.id):
            yield False
            return
        try:
            yield True
        except BaseException:
            self._end(event.id, handled=False)
            raise
        self._end(event.id, handled=True)

    def _begin(self, event_id: str) -> bool:
        with self._lock:
            if event_id in self._running:
                raise EventInProgressError("this event is being handled; answer 503")
            if event_id in self._handled:
                return False
            self._running.add(event_id)
            return True

    def _end(self, event_id: str, *, handled: bool) -> None:
        with self._lock:
            self._running.discard(event_id)
            if handled:
                self._handled[event_id] = None
            if len(self._handled) > self._most:
                del self._handled[next(iter(self._handled))]


def _parsed(body: bytes | str) -> Any:
    data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else bytes(body)
    try:
        return parse(data)
    except JsonError:
        raise WebhookVerificationError("malformed", "the body is signed but no JSON") from None
