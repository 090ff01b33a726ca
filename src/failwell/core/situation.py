"""Situations: the closed list of what can happen to any HTTP API.

A situation is what happened before an API has named it. Servers, checkers, sandboxes
and documents all iterate over this one list; a contract's ``answers`` say which code
each situation gets.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

__all__ = ["CANONICAL_PARAMS", "DEFAULT_STATUS", "Situation"]


class Situation(StrEnum):
    """What happened, before an API has named it. The list is closed."""

    BAD_REQUEST = "bad_request"
    HEADERS_TOO_LARGE = "headers_too_large"
    URI_TOO_LONG = "uri_too_long"
    TOO_LARGE = "too_large"
    TIMEOUT = "timeout"
    WRONG_TYPE = "wrong_type"
    BAD_ENCODING = "bad_encoding"
    BAD_JSON = "bad_json"
    NOT_ACCEPTABLE = "not_acceptable"
    NO_ROUTE = "no_route"
    WRONG_METHOD = "wrong_method"
    NOT_IMPLEMENTED = "not_implemented"
    NO_CREDENTIALS = "no_credentials"
    BAD_CREDENTIALS = "bad_credentials"
    EXPIRED_CREDENTIALS = "expired_credentials"
    SECOND_FACTOR = "second_factor"
    NO_PERMISSION = "no_permission"
    RATE_LIMITED = "rate_limited"
    INVALID = "invalid"
    NOT_FOUND = "not_found"
    GONE = "gone"
    CONFLICT = "conflict"
    PRECONDITION = "precondition"
    IDEMPOTENCY_REUSED = "idempotency_reused"
    UNPROCESSABLE = "unprocessable"
    CRASH = "crash"
    BAD_GATEWAY = "bad_gateway"
    GATEWAY_TIMEOUT = "gateway_timeout"
    UNAVAILABLE = "unavailable"


DEFAULT_STATUS: Mapping[Situation, int] = MappingProxyType(
    {
        Situation.BAD_REQUEST: 400,
        Situation.HEADERS_TOO_LARGE: 431,
        Situation.URI_TOO_LONG: 414,
        Situation.TOO_LARGE: 413,
        Situation.TIMEOUT: 408,
        Situation.WRONG_TYPE: 415,
        Situation.BAD_ENCODING: 400,
        Situation.BAD_JSON: 400,
        Situation.NOT_ACCEPTABLE: 406,
        Situation.NO_ROUTE: 404,
        Situation.WRONG_METHOD: 405,
        Situation.NOT_IMPLEMENTED: 501,
        Situation.NO_CREDENTIALS: 401,
        Situation.BAD_CREDENTIALS: 401,
        Situation.EXPIRED_CREDENTIALS: 401,
        Situation.SECOND_FACTOR: 403,
        Situation.NO_PERMISSION: 403,
        Situation.RATE_LIMITED: 429,
        Situation.INVALID: 400,
        Situation.NOT_FOUND: 404,
        Situation.GONE: 410,
        Situation.CONFLICT: 409,
        Situation.PRECONDITION: 412,
        Situation.IDEMPOTENCY_REUSED: 422,
        Situation.UNPROCESSABLE: 422,
        Situation.CRASH: 500,
        Situation.BAD_GATEWAY: 502,
        Situation.GATEWAY_TIMEOUT: 504,
        Situation.UNAVAILABLE: 503,
    }
)
"""The status RFC 9110 and RFC 6585 give a situation; a contract's answer decides the real one."""

CANONICAL_PARAMS: Mapping[Situation, tuple[str, ...]] = MappingProxyType(
    {
        Situation.NOT_FOUND: ("resource_type", "resource_id"),
        Situation.GONE: ("resource_type", "resource_id"),
        Situation.CONFLICT: ("resource_type", "field", "value"),
        Situation.NO_PERMISSION: ("required", "provided"),
        Situation.WRONG_METHOD: ("method", "allowed"),
        Situation.NOT_IMPLEMENTED: ("method", "allowed"),
        Situation.NO_ROUTE: ("path",),
        Situation.RATE_LIMITED: ("limit", "window", "retry_after", "reset", "remaining"),
        Situation.EXPIRED_CREDENTIALS: ("expired_at", "kind"),
        Situation.BAD_CREDENTIALS: ("field", "reason"),
        Situation.NO_CREDENTIALS: ("field",),
        Situation.BAD_JSON: ("reason", "token", "position", "line", "column"),
        Situation.BAD_ENCODING: ("position", "encoding"),
        Situation.WRONG_TYPE: ("expected",),
        Situation.TOO_LARGE: ("limit",),
        Situation.URI_TOO_LONG: ("limit",),
        Situation.HEADERS_TOO_LARGE: ("limit",),
        Situation.BAD_GATEWAY: ("upstream", "upstream_request_id"),
        Situation.GATEWAY_TIMEOUT: ("upstream", "timeout_seconds", "upstream_request_id"),
        Situation.UNAVAILABLE: (
            "resume_at",
            "retry_after",
            "reason",
            "upstream",
            "upstream_request_id",
        ),
        Situation.UNPROCESSABLE: ("field", "reason"),
        Situation.INVALID: ("violations",),
    }
)
"""The parameters that code raising a situation may give; contracts rename them as they like."""
