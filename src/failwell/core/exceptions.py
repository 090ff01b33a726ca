"""Every exception of failwell, as one tree.

    Exception
      FailwellError                    you held it wrong
        ContractError                  a contract file that cannot be used
      FaultError                       a fault: raised by handlers, raised by clients
        BadRequestError                by situation, then by status
        ValidationError                AuthenticationError
        PermissionDeniedError          NotFoundError
        MethodNotAllowedError          ConflictError
        RateLimitError                 InternalServerError
        UpstreamError                  UnavailableError
          (InsufficientScopeError)     below them: a class for each code of a contract
        NetworkError                   no whole answer came; by where it broke
          ConnectError                   ConnectTimeoutError, TlsError, ProxyError
          PoolTimeoutError
          WriteError                     WriteTimeoutError
          ReadError                      ReadTimeoutError, ProtocolError
        DeadlineExceededError          only clients raise the rest
        ReauthenticationRequiredError
        CircuitOpenError
        UnexpectedRedirectError
        PartialFailureError

A `FaultError` carries a `Fault`: what a handler gives (canonical parameters of the situation) is
named and worded by the contract later. What a client raises also has the history of its call.
"""

from failwell.core.fault_error import FaultError, error_class
from failwell.core.misuse import ContractError, FailwellError, Problem
from failwell.core.network_errors import (
    CircuitOpenError,
    ConnectError,
    ConnectTimeoutError,
    DeadlineExceededError,
    NetworkError,
    PartialFailureError,
    PoolTimeoutError,
    ProtocolError,
    ProxyError,
    ReadError,
    ReadTimeoutError,
    ReauthenticationRequiredError,
    TlsError,
    UnexpectedRedirectError,
    WriteError,
    WriteTimeoutError,
)
from failwell.core.situation import Situation

__all__ = [
    "AuthenticationError",
    "BadRequestError",
    "CircuitOpenError",
    "ConflictError",
    "ConnectError",
    "ConnectTimeoutError",
    "ContractError",
    "DeadlineExceededError",
    "FailwellError",
    "FaultError",
    "InternalServerError",
    "MethodNotAllowedError",
    "NetworkError",
    "NotFoundError",
    "PartialFailureError",
    "PermissionDeniedError",
    "PoolTimeoutError",
    "Problem",
    "ProtocolError",
    "ProxyError",
    "RateLimitError",
    "ReadError",
    "ReadTimeoutError",
    "ReauthenticationRequiredError",
    "TlsError",
    "UnavailableError",
    "UnexpectedRedirectError",
    "UpstreamError",
    "ValidationError",
    "WriteError",
    "WriteTimeoutError",
    "error_class",
]


class BadRequestError(
    FaultError,
    situations=(
        Situation.BAD_REQUEST,
        Situation.BAD_JSON,
        Situation.BAD_ENCODING,
        Situation.WRONG_TYPE,
        Situation.TOO_LARGE,
        Situation.URI_TOO_LONG,
        Situation.HEADERS_TOO_LARGE,
        Situation.NOT_ACCEPTABLE,
        Situation.TIMEOUT,
    ),
    statuses=(400,),
):
    """The request could not be understood, whatever it wanted."""


class ValidationError(
    FaultError, situations=(Situation.INVALID, Situation.UNPROCESSABLE), statuses=(422,)
):
    """The request was understood and its values are not acceptable."""


class AuthenticationError(
    FaultError,
    situations=(
        Situation.BAD_CREDENTIALS,
        Situation.NO_CREDENTIALS,
        Situation.EXPIRED_CREDENTIALS,
    ),
    statuses=(401,),
):
    """No credentials, wrong ones, or ones that have run out."""


class PermissionDeniedError(
    FaultError, situations=(Situation.NO_PERMISSION, Situation.SECOND_FACTOR), statuses=(403,)
):
    """The caller is known and may not do this."""


class NotFoundError(
    FaultError,
    situations=(Situation.NOT_FOUND, Situation.NO_ROUTE, Situation.GONE),
    statuses=(404, 410),
):
    """There is nothing at this address, or not any more."""


class MethodNotAllowedError(FaultError, situations=(Situation.WRONG_METHOD,), statuses=(405,)):
    """The address exists and does not know this method."""


class ConflictError(
    FaultError,
    situations=(Situation.CONFLICT, Situation.PRECONDITION, Situation.IDEMPOTENCY_REUSED),
    statuses=(409, 412),
):
    """The request collides with the state of things."""


class RateLimitError(FaultError, situations=(Situation.RATE_LIMITED,), statuses=(429,)):
    """Too many requests in a window."""


class InternalServerError(
    FaultError, situations=(Situation.CRASH, Situation.NOT_IMPLEMENTED), statuses=(500, 501)
):
    """The server broke."""


class UpstreamError(
    FaultError, situations=(Situation.BAD_GATEWAY, Situation.GATEWAY_TIMEOUT), statuses=(502, 504)
):
    """A server behind the server answered wrongly or too late."""


class UnavailableError(FaultError, situations=(Situation.UNAVAILABLE,), statuses=(503,)):
    """The server cannot answer now and will later."""
