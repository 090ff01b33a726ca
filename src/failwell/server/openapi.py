"""The OpenAPI 3.1 document of an API, from its operations and its contract.

Operations say what is asked and what a good answer is; the contract says every way in
which the answer can be another one.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from failwell.core.contract import Contract
from failwell.core.exceptions import FailwellError
from failwell.server.openapi_errors import ErrorResponses, header_fields, situations_of
from failwell.server.openapi_parts import Parts
from failwell.server.operation import Operation

__all__ = ["check_security", "describe"]

_PLACEHOLDER = re.compile(r"\{([a-zA-Z_][a-zA-Z0-9_]*)\}")
_QUOTA_FIELDS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
_GOOD = {
    200: "The answer.",
    201: "It was made.",
    202: "It is under way.",
    204: "It is done; there is nothing to say.",
    302: "Go on at the address in Location.",
}


def describe(
    operations: Iterable[Operation],
    contract: Contract,
    *,
    prefix: str = "",
    limited: bool = False,
    quota_headers: bool = False,
    security: Mapping[str, Mapping[str, Any]] | None = None,
    title: str | None = None,
    version: str = "1",
) -> dict[str, Any]:
    """Write the document.

    Args:
        operations: What the API does.
        contract: What its errors look like.
        prefix: In front of every path.
        limited: Whether it has a quota.
        quota_headers: Whether its answers carry ``X-RateLimit-*``.
        security: Security schemes by the kinds of credentials that operations accept.
        title: Name of the API.
        version: Version of the API.

    Raises:
        FailwellError: An operation accepts credentials that no scheme describes.
    """
    writer = _Writer(contract, prefix=prefix, limited=limited, quota_headers=quota_headers)
    declared = tuple(operations)
    paths: dict[str, Any] = {}
    for operation in declared:
        path = paths.setdefault(operation.template(prefix), {})
        path[operation.method.lower()] = writer.operation(operation)
    schemes = _schemes(declared, contract, security or {})
    components = writer.parts.as_dict() | ({"securitySchemes": schemes} if schemes else {})
    return {
        "openapi": "3.1.0",
        "info": {"title": title or f"{contract.api.name} API", "version": version},
        "servers": [{"url": "/"}],
        "tags": [
            {"name": tag} for tag in dict.fromkeys(tag for each in declared for tag in each.tags)
        ],
        "paths": paths,
        "components": components,
    }


def check_security(
    operations: Iterable[Operation],
    contract: Contract,
    security: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Check what can be wrong about a document, without writing it.

    Args:
        operations: What the API does.
        contract: What its errors look like.
        security: Security schemes by the kinds of credentials that operations accept.

    Raises:
        FailwellError: An operation accepts credentials that no scheme describes.
    """
    _schemes(tuple(operations), contract, security or {})


def _schemes(
    operations: Sequence[Operation], contract: Contract, given: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    known = {"bearer": {"type": "http", "scheme": "bearer"}} | dict(given)
    if contract.auth is not None:
        own = {"type": "apiKey", "in": contract.auth.where, "name": contract.auth.name}
        known.setdefault("api_key", own)
    accepted = dict.fromkeys(name for operation in operations for name in operation.auth)
    unknown = [name for name in accepted if name not in known]
    if unknown:
        raise FailwellError(f"no security scheme describes {unknown}; pass it in `security`")
    return {name: dict(known[name]) for name in accepted}


class _Writer:
    """Writes operations, and collects what they share."""

    def __init__(
        self, contract: Contract, *, prefix: str, limited: bool, quota_headers: bool
    ) -> None:
        self.parts = Parts()
        self._errors = ErrorResponses(contract, self.parts)
        self._prefix = prefix
        self._limited = limited
        self._quota_headers = quota_headers

    def operation(self, operation: Operation) -> dict[str, Any]:
        situations = situations_of(operation, limited=self._limited)
        codes = self._errors.codes(situations, route=operation.template(self._prefix))
        counted = self._limited and self._quota_headers and operation.limited
        fields = ("X-Request-ID", *(_QUOTA_FIELDS if counted else ()))
        written: dict[str, Any] = {
            "operationId": operation.id,
            "summary": operation.summary,
            "parameters": [
                *_path_parameters(operation),
                *self._parameters(operation.query, "query"),
                *self._parameters(operation.headers, "header"),
            ],
            "responses": {
                str(operation.status): self._good(operation, fields),
                **self._errors.by_status(codes, fields=fields),
                "default": self._errors.default(fields=fields),
            },
            "security": [{name: list(operation.scopes)} for name in operation.auth],
            "x-errors": list(codes),
        }
        if operation.description is not None:
            written["description"] = operation.description
        if operation.tags:
            written["tags"] = list(operation.tags)
        if operation.body is not None:
            written["requestBody"] = {
                "required": operation.body_required,
                "content": {operation.media: {"schema": self.parts.schema(operation.body)}},
            }
        return written

    def _good(self, operation: Operation, fields: Sequence[str]) -> dict[str, Any]:
        response: dict[str, Any] = {
            "description": _GOOD.get(operation.status, "The answer."),
            "headers": header_fields(self.parts, fields),
        }
        if operation.returns is not None:
            schema = self.parts.schema(operation.returns)
            response["content"] = {operation.produces: {"schema": schema}}
        return response

    def _parameters(self, schema: Mapping[str, Any] | None, place: str) -> list[dict[str, Any]]:
        declared = schema or {}
        required = declared.get("required", ())
        return [
            {"name": name, "in": place, "required": name in required}
            | ({"description": each["description"]} if "description" in each else {})
            | {"schema": self.parts.schema(each)}
            for name, each in declared.get("properties", {}).items()
        ]


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": dict(operation.path_params.get(name, {"type": "string"})),
        }
        for name in _PLACEHOLDER.findall(operation.path)
    ]
