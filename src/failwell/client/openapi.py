"""Checking a request before it is sent, against the OpenAPI document of the API.

What the server would refuse for its values is refused here, with the same violations in the
same words, and nothing is sent. What the document does not say is left to the server.
"""

import json
import os
from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import msgspec

from failwell.client.openapi_document import (
    ApiOperation,
    Document,
    Routes,
    operations,
    read_document,
)
from failwell.client.openapi_parameters import Compile, Pairs, PartCheck, readable
from failwell.client.openapi_schema import RequestSchemas
from failwell.core.catalogue import ViolationCode
from failwell.core.contract import Contract
from failwell.core.exceptions import FailwellError
from failwell.core.fault import Fault, Part, Violation
from failwell.core.formats import strict_email, strict_uri
from failwell.core.schema_check import SchemaChecker, Validator, bounded
from failwell.core.situation import Situation
from failwell.core.wording import Wording

__all__ = ["Precheck"]

_PARTS: tuple[Part, ...] = ("body", "query", "path", "header")


class Precheck:
    """Checks requests against a document; every schema is compiled when it is made.

    Args:
        document: An OpenAPI 3.x document: a dict, its JSON text, or the path of its file.
        contract: The contract whose code, message and violation codes are used; without one,
            and where it has no violation codes, the words are those of ``rfc9457``.

    Raises:
        FailwellError: jsonschema-rs is not installed, the document cannot be read, or one of
            its schemas is none.
    """

    def __init__(
        self,
        document: Document | str | bytes | os.PathLike[str],
        contract: Contract | None = None,
    ) -> None:
        read = read_document(document)
        codes = contract.violations if contract is not None else {}
        compiler = _Compiler(read, codes or _plain_codes())
        self._contract = contract
        try:
            self._routes = Routes(read)
            self._checks = {each.name: compiler.compile(each) for each in operations(read)}
        except (AttributeError, TypeError) as error:
            # A list where an object should be shows in many places: one text for all of them.
            text = f"the OpenAPI document has something where OpenAPI does not allow it: {error}"
            raise FailwellError(text) from error

    def check(
        self,
        method: str,
        url_path: str,
        query_pairs: Pairs,
        headers: Mapping[str, str],
        body: Any = None,
        *,
        headers_follow: bool = False,
    ) -> Fault | None:
        """Tell what is wrong with a request.

        Args:
            method: The method.
            url_path: The path as it is sent, without the query.
            query_pairs: Names and values of the query, decoded.
            headers: Header fields by name.
            body: The value that is sent as JSON; ``None`` when there is none to check.
            headers_follow: Whether a log-in will add header fields, so that a missing one is
                no fault yet.

        Returns:
            The fault the server would have answered with, ``outcome="not_sent"``; ``None`` for
            a request that is in order, or that the document does not speak of.
        """
        found = self._routes.find(method, url_path)
        if found is None:
            return None
        operation, values = found
        checks = self._checks[operation.name]
        violations = checks.fields(headers, headers_follow=headers_follow)
        if not violations:
            violations = checks.values(values, query_pairs, body)
        return self._fault(bounded(violations), operation) if violations else None

    def _fault(self, violations: tuple[Violation, ...], operation: ApiOperation) -> Fault:
        fault = Fault(situation=Situation.INVALID, violations=violations)
        if self._contract is not None and self._contract.knows(fault):
            fault = self._contract.resolve(fault, route=operation.template)
        else:
            fault = msgspec.structs.replace(fault, message=_summary(violations))
        return msgspec.structs.replace(fault, outcome="not_sent")


def _summary(violations: tuple[Violation, ...]) -> str:
    first = violations[0]
    place = "" if first.location is None else f"{first.location.part} {first.location.dotted}: "
    more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
    return f"{place}{first.detail}{more}"


@cache
def _plain_codes() -> Mapping[str, ViolationCode]:
    return Contract.bundled("rfc9457").violations


class _Checks(msgspec.Struct, frozen=True, kw_only=True):
    """What one operation is checked for."""

    path: PartCheck | None
    query: PartCheck | None
    headers: PartCheck | None
    body: SchemaChecker | None

    def fields(self, headers: Mapping[str, str], *, headers_follow: bool) -> tuple[Violation, ...]:
        if self.headers is None:
            return ()
        return self.headers.check_fields(headers, more_follow=headers_follow)

    def values(self, path: Mapping[str, str], query: Pairs, body: Any) -> tuple[Violation, ...]:
        found: tuple[Violation, ...] = ()
        if self.path is not None:
            found += self.path.check(path.items())
        if self.query is not None:
            found += self.query.check(query)
        if self.body is not None and body is not None:
            found += _told(self.body, body)
        return found


def _told(checker: SchemaChecker, body: Any) -> tuple[Violation, ...]:
    try:
        if checker.fits(body):
            return ()
    except ValueError:
        pass  # a value that JSON does not know
    try:
        # As it is really sent: a tuple is a list by then.
        return checker.check(json.loads(json.dumps(body)))
    except (TypeError, ValueError, RecursionError):
        return ()  # no JSON can be made of it, which sending it says better


class _Compiler:
    """Compiles what a document says; equal schemas share a checker."""

    def __init__(self, document: Document, codes: Mapping[str, ViolationCode]) -> None:
        self._library = _library()
        self._schemas = RequestSchemas(document)
        self._wordings = {part: Wording(codes, part=part) for part in _PARTS}
        self._formats = _formats(self._library)
        self._made: dict[tuple[bytes, Part, bool], SchemaChecker] = {}

    def compile(self, operation: ApiOperation) -> _Checks:
        compiled = partial(self._checker, operation)
        body = operation.body
        return _Checks(
            path=self._part("path", operation, compiled),
            query=self._part("query", operation, compiled),
            headers=self._part("header", operation, compiled),
            body=None if body is None else compiled(self._schemas.whole(body), "body"),
        )

    def _part(self, part: Part, operation: ApiOperation, compiled: Compile) -> PartCheck | None:
        parameters = readable(operation.parameters, part)
        if not parameters:
            return None
        return PartCheck(part, parameters, schemas=self._schemas, compiled=compiled)

    def _checker(
        self, operation: ApiOperation, schema: Mapping[str, Any], part: Part
    ) -> SchemaChecker:
        key = (msgspec.json.encode(schema), part, operation.strict)
        if key not in self._made:
            validator = self._validator(operation, schema)
            self._made[key] = SchemaChecker(schema, validator, self._wordings[part])
        return self._made[key]

    def _validator(self, operation: ApiOperation, schema: Mapping[str, Any]) -> Validator:
        formats = self._formats if operation.strict else {}
        try:
            made: Validator = self._library.Draft202012Validator(
                dict(schema), validate_formats=True, formats=formats, offline=True
            )
        except (ValueError, self._library.ReferencingError) as error:
            text = f"the OpenAPI document, {operation.name}: expected a JSON Schema: {error}"
            raise FailwellError(text) from error
        return made


def _library() -> Any:
    try:
        import jsonschema_rs
    except ImportError as error:
        raise FailwellError(
            "checking requests before they are sent needs jsonschema-rs: "
            "pip install 'failwell[openapi]'"
        ) from error
    return jsonschema_rs


def _formats(library: Any) -> Mapping[str, Any]:
    """Give the formats that Failwell servers read more strictly than JSON Schema does."""
    plain = {
        name: library.validator_for({"format": name}, validate_formats=True).is_valid
        for name in ("uri", "email")
    }
    return {"uri": strict_uri(plain["uri"]), "email": strict_email(plain["email"])}
