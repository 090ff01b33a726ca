"""One error contract for both ends of an HTTP API: the core nouns."""

from failwell.core.contract import Contract
from failwell.core.exceptions import (
    AuthenticationError,
    BadRequestError,
    ConflictError,
    ContractError,
    FailwellError,
    FaultError,
    InternalServerError,
    MethodNotAllowedError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    UnavailableError,
    UpstreamError,
    ValidationError,
)
from failwell.core.fault import Fault, Location, Violation
from failwell.core.reading import Decoded
from failwell.core.situation import Situation
from failwell.core.wire import WireResponse

__all__ = [
    "AuthenticationError",
    "BadRequestError",
    "ConflictError",
    "Contract",
    "ContractError",
    "Decoded",
    "FailwellError",
    "Fault",
    "FaultError",
    "InternalServerError",
    "Location",
    "MethodNotAllowedError",
    "NotFoundError",
    "PermissionDeniedError",
    "RateLimitError",
    "Situation",
    "UnavailableError",
    "UpstreamError",
    "ValidationError",
    "Violation",
    "WireResponse",
    "__version__",
]

__version__ = "0.1.0"
