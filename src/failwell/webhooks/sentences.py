"""Sentences: what operators are told about a fault, from a closed list.

An exception's own text may hold anything (a password in an address, a row of a customer), so
it never leaves. What broke is told by the class of the failure, and where that is unknown by
what happened.
"""

from collections.abc import Mapping
from types import MappingProxyType

from failwell.core.situation import Situation
from failwell.stores.faults import FaultRecord

__all__ = ["BY_FAILURE", "BY_SITUATION", "sentence"]

BY_FAILURE: Mapping[str, str] = MappingProxyType(
    {
        "bug": "Unhandled error in the application",
        "database": "Database connection failed",
        "disk": "No space left to write to",
        "dns": "Name of another system could not be resolved",
        "limit": "A limit of the machine was reached",
        "maintenance": "Service was closed for maintenance",
        "memory": "Out of memory",
        "network": "Connection to another system failed",
        "overload": "Server had more work than it could take",
        "shutdown": "Server was being stopped",
        "timeout": "Operation took too long",
        "tls": "Secure connection to another system failed",
        "upstream": "Another system answered wrongly",
    }
)
"""Class of failure (`failwell.server.failure`) -> sentence."""

BY_SITUATION: Mapping[str, str] = MappingProxyType(
    {
        Situation.BAD_REQUEST: "Request could not be understood",
        Situation.HEADERS_TOO_LARGE: "Request headers were too large",
        Situation.URI_TOO_LONG: "Request address was too long",
        Situation.TOO_LARGE: "Request body was too large",
        Situation.TIMEOUT: "Request was not received in time",
        Situation.WRONG_TYPE: "Request had an unsupported media type",
        Situation.BAD_ENCODING: "Request was not encoded in UTF-8",
        Situation.BAD_JSON: "Request body was not valid JSON",
        Situation.NOT_ACCEPTABLE: "No acceptable media type for the answer",
        Situation.NO_ROUTE: "No such address",
        Situation.WRONG_METHOD: "Method not supported at this address",
        Situation.NOT_IMPLEMENTED: "Method not implemented",
        Situation.NO_CREDENTIALS: "Credentials were missing",
        Situation.BAD_CREDENTIALS: "Credentials were refused",
        Situation.EXPIRED_CREDENTIALS: "Credentials had expired",
        Situation.SECOND_FACTOR: "Second factor was missing or wrong",
        Situation.NO_PERMISSION: "Caller lacked a permission",
        Situation.RATE_LIMITED: "Rate limit was exceeded",
        Situation.INVALID: "Request had invalid values",
        Situation.NOT_FOUND: "Resource was not found",
        Situation.GONE: "Resource no longer exists",
        Situation.CONFLICT: "Request conflicted with another resource",
        Situation.PRECONDITION: "Precondition of the request failed",
        Situation.IDEMPOTENCY_REUSED: "Idempotency key was used for another request",
        Situation.UNPROCESSABLE: "Request could not be carried out as it stood",
        Situation.CRASH: "Unexpected error in the application",
        Situation.BAD_GATEWAY: "Another system answered wrongly",
        Situation.GATEWAY_TIMEOUT: "Another system did not answer in time",
        Situation.UNAVAILABLE: "Service was unavailable",
    }
)
"""Situation -> sentence."""

_FIRST_OF_SERVERS = 500
_SERVER, _CALLER = "Server could not answer the request", "Request was refused"


def sentence(record: FaultRecord) -> str:
    """Tell an operator in one sentence what a fault is about.

    Args:
        record: The fault; only words of closed lists are looked at, never its message.
    """
    failure = "maintenance" if record.planned else record.failure
    return (
        BY_FAILURE.get(failure or "")
        or BY_SITUATION.get(record.situation or "")
        or (_SERVER if record.status >= _FIRST_OF_SERVERS else _CALLER)
    )
