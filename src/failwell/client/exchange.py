"""Exchange: the timeout of one sending, which also knows how far that sending has come.

An HTTP library hands the timeout of a request down to every socket operation as it is. A
float that carries the state of its sending is therefore how an operation on a shared
connection knows for whom it works, without a thread-local and without a patch.
"""

from collections.abc import Callable
from typing import Any

from failwell.core.call_history import Phase

__all__ = ["Exchange"]

_LONGEST_END = 8
_LONGEST = 1_000_000.0
"""Seconds that stand for no limit: sockets count in integers."""


class Exchange(float):
    """Seconds that one operation of a sending may take, and what is known of the sending.

    Args:
        seconds: The longest any single operation may take.
        ends: Moment of the monotonic clock at which the whole call has to be over.
        monotonic: The clock.
        secure: Whether the address is ``https``, so that nothing is sent before TLS stands.

    Examples:
        >>> exchange = Exchange(10.0, ends=103.0, monotonic=lambda: 100.0)
        >>> exchange.left(), exchange.sent
        (3.0, False)
    """

    __slots__ = (
        "beginning",
        "connected",
        "ending",
        "ends",
        "head",
        "monotonic",
        "phase",
        "received",
        "secure",
        "sent",
        "tls",
    )

    ends: float
    monotonic: Callable[[], float]
    secure: bool
    phase: Phase
    sent: bool
    connected: bool
    head: Any
    tls: bool
    received: int
    beginning: bytes
    ending: bytes

    def __new__(
        cls, seconds: float, *, ends: float, monotonic: Callable[[], float], secure: bool = False
    ) -> "Exchange":
        """Begin a sending, of which nothing has gone out."""
        self = super().__new__(cls, min(seconds, _LONGEST))
        self.ends = ends
        self.monotonic = monotonic
        self.secure = secure
        self.phase = "pool"
        self.sent = False
        self.connected = False
        self.head = None
        self.tls = False
        self.received = 0
        self.beginning = b""
        self.ending = b""
        return self

    def left(self) -> float:
        """Give the seconds the next operation may take; 0 or less when the call is over."""
        return min(float(self), self.ends - self.monotonic())

    def take(self, data: bytes) -> bytes:
        """Note what was received, and give it on."""
        self.received += len(data)
        if b"\r\n\r\n" not in self.beginning:
            self.beginning += data
        self.ending = data if len(data) >= _LONGEST_END else (self.ending + data)[-_LONGEST_END:]
        return data

    def is_over(self) -> bool:
        """Tell whether the call has no time left."""
        return self.monotonic() >= self.ends

    @property
    def watched(self) -> bool:
        """Whether sockets of ours did the sending; those of a foreign transport tell nothing."""
        return self.phase != "pool"

    @property
    def status(self) -> int | None:
        """The status line, once it has come."""
        return None if self.head is None else self.head.status_code

    @property
    def unsent(self) -> bool:
        """Whether no byte of the request itself can have reached the server."""
        tunnelled = self.secure and self.connected and not self.tls
        return not self.sent or tunnelled

    @property
    def reused(self) -> bool:
        """Whether the request went over a connection that had stood before."""
        return self.sent and not self.connected
