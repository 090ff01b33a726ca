"""Every exception of failwell, as one tree.

    Exception
      FailwellError                    you held it wrong
        ContractError                  a contract file that cannot be used
      FaultError                       a fault: raised by handlers, raised by clients
        BadRequestError
        ValidationError                AuthenticationError
        PermissionDeniedError          NotFoundError
        MethodNotAllowedError          ConflictError
        RateLimitError                 InternalServerError
        UpstreamError                  UnavailableError

A `FaultError` carries a `Fault` and nothing else: what a handler gives (canonical
parameters of the situation) is named and worded by the contract later.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import msgspec

from failwell.core.fault import Fault, Outcome, Severity, Violation
from failwell.core.situation import Situation

__all__ = [
    "AuthenticationError",
    "BadRequestError",
    "ConflictError",
    "ContractError",
    "FailwellError",
    "FaultError",
    "InternalServerError",
    "MethodNotAllowedError",
    "NotFoundError",
    "PermissionDeniedError",
    "Problem",
    "RateLimitError",
    "UnavailableError",
    "UpstreamError",
    "ValidationError",
    "error_class",
]


class FailwellError(Exception):
    """A mistake in using failwell; the text says what to do about it."""


class Problem(msgspec.Struct, frozen=True):
    """One fault of a contract file, with its place."""

    file: str
    """The file as the user named it."""

    line: int
    """Line, from 1."""

    column: int
    """Column, from 1."""

    text: str
    """What was expected, what was found, and the nearest valid word."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.text}"


class ContractError(FailwellError):
    """A contract file cannot be used.

    Args:
        problems: Every fault found, in the order of the file. The text has one line each.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type["ContractError"], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class FaultError(Exception):
    """The exception that carries a fault, on both ends.

    Args:
        detail: A second sentence about this occurrence, safe for the caller. Contracts
            that word the detail themselves keep their own words.
        situation: What happened; each subclass has its default.
        violations: Rejected inputs, for situation ``invalid``.
        retry_after: Seconds the caller should wait.
        severity: How much an operator should care; default by situation.
        params: The canonical parameters of the situation (``resource_type``, ...), or
            the contract's own names.

    Examples:
        >>> error = NotFoundError(resource_type="project", resource_id="proj_1")
        >>> error.situation.value, dict(error.params)
        ('not_found', {'resource_type': 'project', 'resource_id': 'proj_1'})
    """

    situations: ClassVar[tuple[Situation, ...]] = ()
    """The situations this class stands for; the first is its default."""

    fault: Fault

    def __init__(
        self,
        detail: str | None = None,
        *,
        situation: Situation | str | None = None,
        violations: Iterable[Violation] | None = None,
        retry_after: float | None = None,
        severity: Severity | None = None,
        **params: Any,
    ) -> None:
        if situation is None:
            situation = self.situations[0] if self.situations else None
        self.fault = Fault(
            situation=None if situation is None else Situation(situation),
            detail=detail,
            params=params,
            violations=None if violations is None else tuple(violations),
            retry_after=retry_after,
            severity=severity,
        )
        super().__init__()

    @classmethod
    def of(cls, fault: Fault) -> "FaultError":
        """Make the exception whose class fits a fault: by situation, then by status.

        Args:
            fault: The finished fault; it is carried as it is.
        """
        chosen = cls if cls is not FaultError else error_class(fault.situation, fault.status)
        error = chosen.__new__(chosen)
        Exception.__init__(error)
        error.fault = fault
        return error

    def __str__(self) -> str:
        fault = self.fault
        name = fault.code or fault.situation or "fault"
        text = fault.message or fault.detail or "no message"
        status = f" ({fault.status})" if fault.status else ""
        request = f" [{fault.request_id}]" if fault.request_id else ""
        return " ".join(f"{name}{status}: {text}{request}".split())

    def __reduce__(self) -> tuple[Any, tuple[Fault]]:
        return type(self).of, (self.fault,)

    @property
    def code(self) -> str | None:
        """The API's own word."""
        return self.fault.code

    @property
    def status(self) -> int | None:
        """The HTTP status."""
        return self.fault.status

    @property
    def message(self) -> str | None:
        """The sentence of the code."""
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
    def retry_after(self) -> float | None:
        """Seconds the server asks to wait."""
        return self.fault.retry_after

    @property
    def situation(self) -> Situation | None:
        """What happened, before the API named it."""
        return self.fault.situation

    @property
    def outcome(self) -> Outcome | None:
        """What is known about the effect of the call."""
        return self.fault.outcome


class BadRequestError(FaultError):
    """The request could not be understood, whatever it wanted."""

    situations = (
        Situation.BAD_REQUEST,
        Situation.BAD_JSON,
        Situation.BAD_ENCODING,
        Situation.WRONG_TYPE,
        Situation.TOO_LARGE,
        Situation.URI_TOO_LONG,
        Situation.HEADERS_TOO_LARGE,
        Situation.NOT_ACCEPTABLE,
        Situation.TIMEOUT,
    )


class ValidationError(FaultError):
    """The request was understood and its values are not acceptable."""

    situations = (Situation.INVALID, Situation.UNPROCESSABLE)


class AuthenticationError(FaultError):
    """No credentials, wrong ones, or ones that have run out."""

    situations = (
        Situation.BAD_CREDENTIALS,
        Situation.NO_CREDENTIALS,
        Situation.EXPIRED_CREDENTIALS,
    )


class PermissionDeniedError(FaultError):
    """The caller is known and may not do this."""

    situations = (Situation.NO_PERMISSION, Situation.SECOND_FACTOR)


class NotFoundError(FaultError):
    """There is nothing at this address, or not any more."""

    situations = (Situation.NOT_FOUND, Situation.NO_ROUTE, Situation.GONE)


class MethodNotAllowedError(FaultError):
    """The address exists and does not know this method."""

    situations = (Situation.WRONG_METHOD,)


class ConflictError(FaultError):
    """The request collides with the state of things."""

    situations = (Situation.CONFLICT, Situation.PRECONDITION, Situation.IDEMPOTENCY_REUSED)


class RateLimitError(FaultError):
    """Too many requests in a window."""

    situations = (Situation.RATE_LIMITED,)


class InternalServerError(FaultError):
    """The server broke."""

    situations = (Situation.CRASH, Situation.NOT_IMPLEMENTED)


class UpstreamError(FaultError):
    """A server behind the server answered wrongly or too late."""

    situations = (Situation.BAD_GATEWAY, Situation.GATEWAY_TIMEOUT)


class UnavailableError(FaultError):
    """The server cannot answer now and will later."""

    situations = (Situation.UNAVAILABLE,)


_BY_SITUATION: dict[Situation, type[FaultError]] = {
    situation: kind for kind in FaultError.__subclasses__() for situation in kind.situations
}

_BY_STATUS: dict[int, type[FaultError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    405: MethodNotAllowedError,
    409: ConflictError,
    410: NotFoundError,
    412: ConflictError,
    422: ValidationError,
    429: RateLimitError,
    500: InternalServerError,
    501: InternalServerError,
    502: UpstreamError,
    503: UnavailableError,
    504: UpstreamError,
}


def error_class(situation: Situation | None, status: int | None) -> type[FaultError]:
    """Find the exception class for a fault: by situation, then by status, then by its class.

    Args:
        situation: What happened, if known.
        status: The HTTP status; an unknown x-class status counts as x00 (RFC 9110, 15).
    """
    if situation is not None and situation in _BY_SITUATION:
        return _BY_SITUATION[situation]
    if status is None:
        return FaultError
    return _BY_STATUS.get(status) or _BY_STATUS.get(status // 100 * 100, FaultError)
