"""Errors that only clients raise: of calls that had no whole answer, or were not let go on.

Each is made by ``of`` from a fault, as every `FaultError` is. What is special to one stands in
the params of its fault: ``phase``, ``location``, ``items``, and ``lasting`` where another
attempt would break the same way: a refused certificate, a request that is no HTTP.
"""

from typing import ClassVar

from failwell.core.call_history import Phase
from failwell.core.catalogue import Retry
from failwell.core.error_data import failed_items
from failwell.core.fault import Fault, Outcome
from failwell.core.fault_error import FaultError

__all__ = [
    "CircuitOpenError",
    "ConnectError",
    "ConnectTimeoutError",
    "DeadlineExceededError",
    "NetworkError",
    "PartialFailureError",
    "PoolTimeoutError",
    "ProtocolError",
    "ProxyError",
    "ReadError",
    "ReadTimeoutError",
    "ReauthenticationRequiredError",
    "TlsError",
    "UnexpectedRedirectError",
    "WriteError",
    "WriteTimeoutError",
]


class NetworkError(FaultError):
    """No whole answer came. ``phase`` says how far the call had come, ``outcome`` what is known."""

    word = "network_error"
    sentence = "No whole answer came"
    retry_default = "backoff"
    outcome_default: ClassVar[Outcome | None] = "unknown"

    @property
    def retry(self) -> Retry:
        """What a caller may hope for: nothing where another attempt would break the same way."""
        return "never" if self.fault.params.get("lasting") is True else super().retry

    @property
    def phase(self) -> Phase | None:
        """How far the last attempt had come; before there is a history, as the fault says."""
        said: Phase | None = self.fault.params.get("phase")
        reached = self.attempts[-1].phase if self.attempts else None
        return reached or said or self.phase_default


class ConnectError(NetworkError):
    """No connection was made: the name is unknown, or nobody listens. Nothing was sent."""

    word = "connect_error"
    sentence = "No connection could be made"
    phase_default: ClassVar[Phase | None] = "connect"
    outcome_default = "not_sent"


class ConnectTimeoutError(ConnectError):
    """No connection was made in time. Nothing was sent."""

    word = "connect_timeout"
    sentence = "No connection was made in time"


class TlsError(ConnectError):
    """The connection could not be secured. Nothing was sent."""

    word = "tls_error"
    sentence = "The connection could not be secured"
    phase_default = "tls"


class ProxyError(ConnectError):
    """The proxy did not let the connection through. Nothing was sent."""

    word = "proxy_error"
    sentence = "The proxy refused the connection"


class PoolTimeoutError(NetworkError):
    """All connections were busy for too long: our own limit, not the server's. Nothing was sent."""

    word = "pool_timeout"
    sentence = "No connection became free in time"
    phase_default = "pool"
    outcome_default = "not_sent"


class WriteError(NetworkError):
    """The connection broke while the request was being sent."""

    word = "write_error"
    sentence = "The connection broke while the request was being sent"
    phase_default = "write"


class WriteTimeoutError(WriteError):
    """The server did not take the request in time."""

    word = "write_timeout"
    sentence = "The request was not taken in time"


class ReadError(NetworkError):
    """The connection broke before the answer was there; whether the call took effect is unknown."""

    word = "read_error"
    sentence = "The connection broke before the answer was there"
    phase_default = "read_headers"


class ReadTimeoutError(ReadError):
    """The answer did not come in time; whether the call took effect is unknown."""

    word = "read_timeout"
    sentence = "The answer did not come in time"


class ProtocolError(ReadError):
    """What came back is not HTTP, or not what HTTP allows."""

    word = "protocol_error"
    sentence = "What came back is not valid HTTP"


class DeadlineExceededError(FaultError):
    """The time for the whole call ran out, its attempts and waits together.

    Its ``__cause__`` is the last error before that, if there was one.
    """

    word = "deadline_exceeded"
    sentence = "The time for the whole call ran out"
    retry_default = "backoff"
    outcome_default = "unknown"


class ReauthenticationRequiredError(FaultError):
    """The credentials are spent and cannot be renewed: somebody has to log in again."""

    word = "reauthentication_required"
    sentence = "The credentials cannot be renewed; log in again"
    retry_default = "never"
    outcome_default = "not_processed"


class CircuitOpenError(FaultError):
    """Nothing was sent: the server has failed too often of late. ``retry_after`` ends the wait."""

    word = "circuit_open"
    sentence = "Not sent: the server has failed too often of late"
    retry_default = "after"
    outcome_default = "not_sent"


class UnexpectedRedirectError(FaultError):
    """The server points elsewhere, and the client was not told to follow."""

    word = "unexpected_redirect"
    sentence = "The server points to another address"
    retry_default = "never"
    outcome_default = "not_processed"

    @property
    def location(self) -> str | None:
        """Where to, without its query and with ids in the path as ``{id}``."""
        location: str | None = self.fault.params.get("location")
        return location


class PartialFailureError(FaultError):
    """Some items of one call failed and the others did not."""

    word = "partial_failure"
    sentence = "Some items failed"
    retry_default = "never"
    outcome_default = "processed"

    @property
    def items(self) -> tuple[tuple[int, Fault], ...]:
        """The items that failed: index in the request, and fault."""
        return failed_items(self.fault)
