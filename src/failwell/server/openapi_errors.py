"""The error responses of an OpenAPI document, derived from the contract.

For each status one response: a schema for each code, a golden body for each code, and
the header fields they carry.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from failwell.core.catalogue import Answer, Choice
from failwell.core.contract import Contract
from failwell.core.situation import Situation
from failwell.server.openapi_parts import Parts, camel_case
from failwell.server.operation import JSON, Operation

__all__ = ["ErrorResponses", "header_fields", "situations_of"]

_EVERYWHERE = (
    Situation.BAD_REQUEST,
    Situation.HEADERS_TOO_LARGE,
    Situation.URI_TOO_LONG,
    Situation.TOO_LARGE,
    Situation.TIMEOUT,
    Situation.CRASH,
    Situation.UNAVAILABLE,
)
_CREDENTIALS = (
    Situation.NO_CREDENTIALS,
    Situation.BAD_CREDENTIALS,
    Situation.EXPIRED_CREDENTIALS,
)
_BODY = (Situation.WRONG_TYPE, Situation.BAD_ENCODING, Situation.INVALID)

_COUNT = {"type": "integer", "minimum": 0}
_FIELDS: dict[str, tuple[str, dict[str, Any]]] = {
    "X-Request-ID": ("Name of this exchange; quote it to support.", {"type": "string"}),
    "X-RateLimit-Limit": ("Requests that the window allows.", _COUNT),
    "X-RateLimit-Remaining": ("Requests that are left in the window.", _COUNT),
    "X-RateLimit-Reset": ("When the window ends, in Unix seconds.", _COUNT),
    "Retry-After": ("Seconds to wait before the next attempt.", _COUNT),
    "Allow": ("The methods of this path.", {"type": "string"}),
    "WWW-Authenticate": ("How to authenticate.", {"type": "string"}),
}


def situations_of(operation: Operation, *, limited: bool) -> tuple[Situation, ...]:
    """List everything that can happen to an operation, its own declarations included.

    Args:
        operation: The operation.
        limited: Whether its API has a quota.
    """
    found = [*operation.situations, *_EVERYWHERE]
    if operation.auth:
        found += _CREDENTIALS
    if limited and (operation.limited or operation.auth):
        found.append(Situation.RATE_LIMITED)
    if operation.scopes:
        found.append(Situation.NO_PERMISSION)
    if operation.existence is not None:
        found.append(Situation.NOT_FOUND)
    if operation.body is not None:
        found += _BODY
        found += [Situation.BAD_JSON] if operation.media == JSON else []
    if operation.query or operation.headers or operation.further_check:
        found.append(Situation.INVALID)
    if operation.deadline is not None:
        found.append(operation.deadline.situation)
    return tuple(dict.fromkeys(Situation(each) for each in found))


def header_fields(parts: Parts, names: Iterable[str]) -> dict[str, Any]:
    """Describe header fields by name; a name nobody knows is some text."""
    described = {}
    for name in names:
        says, schema = _FIELDS.get(name, ("", {"type": "string"}))
        field = {"schema": schema} | ({"description": says} if says else {})
        described[name] = parts.refer("headers", name, field)
    return described


class ErrorResponses:
    """Writes the error responses of one contract.

    Args:
        contract: The contract.
        parts: Shared parts of the document.
    """

    def __init__(self, contract: Contract, parts: Parts) -> None:
        self._contract = contract
        self._parts = parts

    def codes(self, situations: Iterable[Situation], *, route: str) -> tuple[str, ...]:
        """List the codes that may answer some situations.

        Args:
            situations: What can happen.
            route: The path template, which an answer may depend on.
        """
        answers = [self._contract.answers.get(situation) for situation in situations]
        return tuple(dict.fromkeys(code for each in answers for code in _codes(each, route)))

    def by_status(self, codes: Iterable[str], *, fields: Sequence[str]) -> dict[str, Any]:
        """Describe some codes, one response for each status.

        Args:
            codes: Keys of the catalogue.
            fields: Header fields that every answer may carry.
        """
        grouped: dict[int, list[str]] = {}
        for code in codes:
            grouped.setdefault(self._contract.codes[code].wire_status, []).append(code)
        return {
            str(status): self._parts.refer(
                "responses", f"Error{status}", self._response(grouped[status], fields)
            )
            for status in sorted(grouped)
        }

    def default(self, *, fields: Sequence[str]) -> dict[str, Any]:
        """Describe an error of any code."""
        schema = self._parts.refer("schemas", "Error", _embedded(self._contract.schema()))
        response = {
            "description": "Any other error.",
            "headers": header_fields(self._parts, fields),
            "content": {self._contract.media: {"schema": schema}},
        }
        return self._parts.refer("responses", "Error", response)

    def _response(self, codes: Sequence[str], fields: Sequence[str]) -> dict[str, Any]:
        schemas = [self._schema(code) for code in codes]
        goldens = {code: self._contract.golden(code) for code in codes}
        written = [name for each in goldens.values() for name, _ in each.headers]
        names = [name for name in dict.fromkeys((*fields, *written)) if name != "Content-Type"]
        content = {
            # Several faults of one request can have the items of several codes in one body.
            "schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas},
            "examples": {
                code: {"summary": self._says(code), "value": msgspec.json.decode(golden.body)}
                for code, golden in goldens.items()
            },
        }
        return {
            "description": "\n".join(f"* `{code}`: {self._says(code)}" for code in codes),
            "headers": header_fields(self._parts, names),
            "content": {self._contract.media: content},
        }

    def _schema(self, code: str) -> dict[str, Any]:
        name = self._contract.codes[code].name or code
        return self._parts.refer(
            "schemas", camel_case(name), _embedded(self._contract.schema(code))
        )

    def _says(self, code: str) -> str:
        entry = self._contract.codes[code]
        return entry.says or (entry.message[0] if entry.message else code)


def _codes(answer: Answer | Choice | None, route: str) -> Iterator[str]:
    if isinstance(answer, Answer):
        yield answer.code
    elif isinstance(answer, Choice):
        if answer.by == "route":
            yield from _codes(answer.arms.get(route, answer.default), route)
            return
        for arm in (*answer.arms.values(), answer.default):
            yield from _codes(arm, route)


def _embedded(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != "$schema"}
