"""What each API answers to each situation: status, code of its contract, text.

Written from the pages, not from the contract files: the two check each other.
"""

from collections.abc import Mapping

import msgspec

from failwell.core.situation import Situation

__all__ = ["CANNOT_OCCUR", "WANTED", "Wanted"]


class Wanted(msgspec.Struct, frozen=True):
    """One cell of the table."""

    status: int
    """The status."""

    codes: tuple[str, ...]
    """Codes of the contract; several where the reason decides."""

    says: str = ""
    """A piece of the body."""


def _(status: int, code: str, says: str = "") -> Wanted:
    return Wanted(status, tuple(code.split(" or ")), says)


_CONNIX: dict[str, Wanted] = {
    "bad_request": _(400, "validation_error", "Request could not be understood"),
    "headers_too_large": _(400, "validation_error", "Headers must be at most "),
    "uri_too_long": _(400, "validation_error", "Url must be at most "),
    "too_large": _(400, "validation_error", "Body must be at most "),
    "timeout": _(400, "validation_error", "Body was not received in time"),
    "wrong_type": _(400, "invalid_json", "Expected content type application/"),
    "bad_encoding": _(400, "invalid_json", "Body is not valid UTF-8 at position "),
    "bad_json": _(400, "invalid_json", "Request body contains invalid JSON"),
    "no_route": _(404, "resource_not_found", '"resource_type":"endpoint"'),
    "wrong_method": _(405, "method_not_allowed", '"allowed_methods":["'),
    "not_implemented": _(405, "method_not_allowed", '"allowed_methods":["'),
    "no_credentials": _(401, "invalid_api_key", "invalid or has been revoked"),
    "bad_credentials": _(401, "invalid_api_key", "invalid or has been revoked"),
    "expired_credentials": _(401, "expired_token", "Token expired at "),
    "no_permission": _(403, "insufficient_scope", '"required_scopes":["'),
    "rate_limited": _(429, "rate_limit_exceeded", "Rate limit exceeded for this endpoint"),
    "invalid": _(400, "validation_error", "One or more request parameters are invalid"),
    "not_found": _(404, "resource_not_found", "The requested resource was not found"),
    "gone": _(404, "resource_not_found", "The requested resource was not found"),
    "conflict": _(409, "resource_conflict", '"conflicting_field":"'),
    "unprocessable": _(422, "unprocessable_entity", '"reason":"'),
    "crash": _(500, "internal_error", "An unexpected error occurred while processing"),
    "bad_gateway": _(502, "bad_gateway", '"upstream":"'),
    "gateway_timeout": _(504, "gateway_timeout", '"timeout_seconds":'),
    "unavailable": _(503, "service_unavailable", "Scheduled maintenance in progress"),
}

_CONNXT: dict[str, Wanted] = {
    "bad_request": _(400, "4001", '"message":"Invalid request data","errors":[]'),
    "headers_too_large": _(400, "4001", '"message":"Invalid request data","errors":[]'),
    "uri_too_long": _(400, "4001", '"message":"Invalid request data","errors":[]'),
    "too_large": _(400, "4001", '"message":"Invalid request data","errors":[]'),
    "timeout": _(400, "4001", '"message":"Invalid request data","errors":[]'),
    "wrong_type": _(400, "4001", '"message":"Invalid request data","errors":[]'),
    "bad_encoding": _(400, "4001", '"message":"Invalid request data","errors":[]'),
    "bad_json": _(400, "4001", '"message":"Invalid request data","errors":[]'),
    "no_route": _(404, "4004", "Resource not found"),
    "wrong_method": _(404, "4004", "Resource not found"),
    "not_implemented": _(404, "4004", "Resource not found"),
    "no_credentials": _(401, "4002", "Authentication required"),
    "bad_credentials": _(401, "4002", "Authentication required"),
    "expired_credentials": _(401, "4002", "Authentication required"),
    "no_permission": _(403, "4003", "Insufficient permissions"),
    "invalid": _(400, "4001", '"message":"Validation failed","errors":[{"field":"'),
    "not_found": _(404, "4004", "Resource not found"),
    "gone": _(404, "4004", "Resource not found"),
    "conflict": _(409, "4005", "PSP with same name already exists"),
    "unprocessable": _(400, "4001", '"errors":[{"field":"'),
    "crash": _(500, "1000", "Generic server error"),
    "bad_gateway": _(500, "1000", "Generic server error"),
    "gateway_timeout": _(500, "1000", "Generic server error"),
    "unavailable": _(500, "1000", "Generic server error"),
}

_AGENTHUMAN: dict[str, Wanted] = {
    "bad_request": _(400, "invalid_parameters", "The request could not be understood"),
    "headers_too_large": _(400, "invalid_parameters", "The headers are too large"),
    "uri_too_long": _(400, "invalid_parameters", "The URL is too long"),
    "too_large": _(400, "invalid_parameters", "The request body is too large"),
    "timeout": _(400, "invalid_parameters", "The request body was not received in time"),
    "wrong_type": _(400, "invalid_parameters", "The content type must be application/json"),
    "bad_encoding": _(400, "invalid_parameters", '"requirement":"encoding"'),
    "bad_json": _(400, "invalid_parameters", "The request body is not valid JSON"),
    "no_route": _(404, "not_found", "The requested resource does not exist"),
    "wrong_method": _(405, "method_not_allowed", "The method is not supported"),
    "not_implemented": _(405, "method_not_allowed", "The method is not supported"),
    "no_credentials": _(401, "invalid_api_key", "invalid or has been revoked"),
    "bad_credentials": _(401, "invalid_api_key", "invalid or has been revoked"),
    "expired_credentials": _(401, "invalid_api_key", "invalid or has been revoked"),
    "no_permission": _(403, "permission_denied", '"required_permission":"'),
    "rate_limited": _(429, "rate_limit_exceeded", "API rate limit exceeded. Please wait "),
    "invalid": _(400, "invalid_parameters", "The 'role_id' field is required"),
    "not_found": _(404, "session_not_found", "Session with ID '123' does not exist"),
    "gone": _(404, "agent_not_found", "does not exist"),
    "conflict": _(409, "resource_conflict", "already exists"),
    "unprocessable": _(422, "unprocessable_entity", '"requirement":"'),
    "crash": _(500, "internal_error", '"details":{"request_id":"req_'),
    "bad_gateway": _(502, "bad_gateway", '"upstream":"'),
    "gateway_timeout": _(502, "bad_gateway", '"upstream":"'),
    "unavailable": _(503, "service_unavailable", "The service is temporarily unavailable"),
}

_APINIZER: dict[str, Wanted] = {
    "bad_request": _(400, "bad_request", "Request could not be understood"),
    "headers_too_large": _(400, "bad_request", "Request headers are too large"),
    "uri_too_long": _(400, "bad_request", "Request URL is too long"),
    "too_large": _(400, "bad_request", "Request body is too large"),
    "timeout": _(400, "bad_request", "Request body was not received in time"),
    "wrong_type": _(400, "bad_request", "Content type must be application/"),
    "bad_encoding": _(400, "bad_request", "Request body could not be decoded"),
    "bad_json": _(400, "bad_request", "Request body is not valid JSON"),
    "no_route": _(404, "not_found", "Endpoint '"),
    "wrong_method": _(404, "not_found", "Endpoint '"),
    "not_implemented": _(404, "not_found", "Endpoint '"),
    "no_credentials": _(401, "invalid_token", "Token is invalid or expired"),
    "bad_credentials": _(401, "invalid_token", "Token is invalid or expired"),
    "expired_credentials": _(401, "token_expired", "Token has expired"),
    "no_permission": _(403, "forbidden or access_denied", '"error_description":"'),
    "rate_limited": _(429, "rate_limit_exceeded", '"retry_after":'),
    "invalid": _(400, "validation_failed or invalid_parameter", '"error_description":"'),
    "not_found": _(404, "not_found or resource_not_found", " not found"),
    "gone": _(404, "not_found or resource_not_found", " not found"),
    "conflict": _(409, "duplicate_name or conflict", " already exists"),
    "unprocessable": _(400, "validation_failed", "Validation failed"),
    "crash": _(500, "internal_error", "An unexpected error occurred. Please try again later."),
    # An address the caller gives is the caller's.
    "bad_gateway": _(400, "bad_request"),
    "gateway_timeout": _(400, "bad_request"),
    "unavailable": _(500, "server_error", "An unexpected error occurred"),
}

_IXON_CREDENTIALS = "token_too_short or token_too_long or token_malformed or token_mismatch"

_IXON: dict[str, Wanted] = {
    "bad_request": _(400, "invalid_request", "Invalid request"),
    "headers_too_large": _(431, "headers_too_large", "Headers are too large"),
    "uri_too_long": _(414, "url_too_long", "URL is too long"),
    "too_large": _(413, "body_too_large", "Request body is too large"),
    "timeout": _(408, "body_timeout", "Request body was not received in time"),
    "wrong_type": _(415, "wrong_content_type", "Content type must be application/json"),
    "bad_encoding": _(400, "invalid_encoding", "Invalid encoding"),
    "bad_json": _(400, "invalid_json", "Invalid JSON"),
    "no_route": _(404, "not_found", "Resource not found"),
    "wrong_method": _(405, "method_not_allowed", "Method not allowed"),
    "not_implemented": _(405, "method_not_allowed", "Method not allowed"),
    "no_credentials": _(401, "missing_authorization", "Required header"),
    "bad_credentials": _(401, f"invalid_token or {_IXON_CREDENTIALS}", "Authorization"),
    "expired_credentials": _(401, "invalid_token", "Invalid value"),
    "second_factor": _(403, "two_factor_required", "2FA is required"),
    "no_permission": _(403, "insufficient_permissions", "Insufficient permissions"),
    "rate_limited": _(429, "too_many_requests", "Too Many Requests"),
    "invalid": _(
        400,
        "required_property or invalid_value or value_too_short or value_too_long or value_mismatch",
        '"propertyName":"',
    ),
    "not_found": _(404, "not_found", "Resource not found"),
    "gone": _(404, "not_found", "Resource not found"),
    "conflict": _(400, "invalid_value", '"propertyName":"'),
    "unprocessable": _(400, "invalid_value", '"propertyName":"'),
    "crash": _(500, "server_error", "Internal Server Error"),
    "gateway_timeout": _(504, "gateway_timeout", "Gateway Timeout"),
    "unavailable": _(503, "service_unavailable", "Service Unavailable"),
}

_TABLES = {
    "connix": _CONNIX,
    "connxt": _CONNXT,
    "agenthuman": _AGENTHUMAN,
    "apinizer": _APINIZER,
    "ixon": _IXON,
}

WANTED: Mapping[str, Mapping[Situation, Wanted]] = {
    name: {Situation(situation): wanted for situation, wanted in table.items()}
    for name, table in _TABLES.items()
}
"""API -> situation -> answer."""

_NEVER = {
    Situation.NOT_ACCEPTABLE: "JSON is sent whatever Accept says",
    Situation.PRECONDITION: "nothing has a version that a request could name",
    Situation.IDEMPOTENCY_REUSED: "there are no idempotency keys",
}
_ONE_FACTOR = {Situation.SECOND_FACTOR: "a key or a password is all it asks for"}

CANNOT_OCCUR: Mapping[str, Mapping[Situation, str]] = {
    "connix": {**_NEVER, **_ONE_FACTOR},
    "connxt": {
        **_NEVER,
        **_ONE_FACTOR,
        Situation.RATE_LIMITED: "its page knows no limit, and no words for one",
    },
    "agenthuman": {**_NEVER, **_ONE_FACTOR},
    "apinizer": {**_NEVER, **_ONE_FACTOR},
    "ixon": {**_NEVER, Situation.BAD_GATEWAY: "it asks no other server"},
}
"""API -> situation -> why it never happens there."""
