"""The pipeline: every check of one operation, in the order of the contract, then the handler.

    headers -> credentials -> rate limit -> (parents) -> permission
        -> size -> type -> syntax -> validation

No framework is involved; what comes out is ready to be sent, so a body that cannot be
encoded is a crash and never half an answer.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from failwell.core.exceptions import FailwellError, ValidationError
from failwell.core.fault import Violation
from failwell.core.parameters import Parameters
from failwell.core.schema_check import SchemaChecker, bounded
from failwell.core.situation import Situation
from failwell.core.wire import WireResponse
from failwell.server.exchange import Receive
from failwell.server.guards.body import (
    announces_body,
    check_coding,
    check_type,
    parse_json,
    read_body,
)
from failwell.server.guards.credentials import CredentialsGuard, check_scopes
from failwell.server.guards.deadline import while_wanted, within
from failwell.server.guards.quota import QuotaGuard
from failwell.server.headers import Headers
from failwell.server.operation import FORM, Call, Operation, Reply
from failwell.server.principal import Authenticator, FormAuthenticator
from failwell.server.query import parse_pairs
from failwell.server.validation import Validators

__all__ = ["Pipeline"]

_STEPS = (
    "headers",
    "credentials",
    "rate_limit",
    "permission",
    "size",
    "type",
    "syntax",
    "validation",
)
_BODILESS = (204, 205, 304)

_encode = msgspec.json.Encoder().encode


class _Run:
    """What is known of one call while it is checked."""

    __slots__ = ("call", "data", "receive", "search")

    def __init__(self, call: Call, receive: Receive, search: bytes) -> None:
        self.call = call
        self.receive = receive
        self.search = search
        self.data = b""


class Pipeline:
    """Runs one operation.

    Args:
        operation: What to run.
        validators: Compiles its schemas.
        order: The contract's order of checks; a check that it leaves out comes last.
        authenticator: Knows the credentials.
        quota: Counts the calls.

    Raises:
        FailwellError: The operation asks for credentials and nobody knows them.
    """

    def __init__(
        self,
        operation: Operation,
        *,
        validators: Validators,
        order: tuple[str, ...] = (),
        authenticator: Authenticator | None = None,
        quota: QuotaGuard | None = None,
    ) -> None:
        self.operation = operation
        self._quota = quota if operation.limited else None
        self._credentials = _credentials(operation, authenticator, quota)
        self._body = _checker(validators, operation.body, "body")
        self._query = _checker(validators, operation.query, "query")
        self._headers = _checker(validators, operation.headers, "header")
        self._header_reader = Parameters(operation.headers or {}, defaults=False)
        self._forms = _forms(operation, authenticator)
        self._query_reader = Parameters(operation.query or {})
        self._form_reader = Parameters(operation.body or {}, defaults=False)
        self._steps = self._ordered(order)

    async def run(self, call: Call, receive: Receive, *, search: bytes = b"") -> WireResponse:
        """Check a call and answer it.

        Args:
            call: The call; its query and body are filled in here.
            receive: Where the body comes from.
            search: The query string as it came.

        Raises:
            FaultError: A check refuses the call, or the handler does.
        """
        run = _Run(call, receive, search)
        for step in self._steps:
            await step(run)
        answer, deadline = self.operation.handler(call), self.operation.deadline
        if deadline is not None:
            answer = within(deadline, while_wanted(answer, receive))
        return _wire(await answer, self.operation.status)

    def _ordered(self, order: tuple[str, ...]) -> list[Callable[[_Run], Awaitable[None]]]:
        operation = self.operation
        needed: Mapping[str, tuple[bool, Callable[[_Run], Awaitable[None]]]] = {
            "headers": (bool(self._headers or self._forms), self._check_headers),
            "credentials": (self._credentials is not None, self._check_credentials),
            "rate_limit": (self._quota is not None, self._check_quota),
            "permission": (bool(operation.scopes or operation.existence), self._check_permission),
            "size": (True, self._read),
            "type": (operation.body is not None, self._check_type),
            "syntax": (bool(operation.body or operation.query), self._parse),
            "validation": (
                bool(operation.body or operation.query or operation.further_check),
                self._validate,
            ),
        }
        names = [name for name in order if name in needed and name != "headers"]
        names += [name for name in _STEPS if name not in ("headers", *names)]
        # No contract names this step: the form of header fields belongs to the credentials.
        names.insert(names.index("credentials"), "headers")
        return [step for wanted, step in map(needed.__getitem__, names) if wanted]

    async def _check_headers(self, run: _Run) -> None:
        headers = run.call.headers
        found: tuple[Violation, ...] = ()
        if self._headers is not None:
            found = self._headers.check(self._header_reader.read(self._named(headers)))
        if self._forms is not None:
            found += self._forms.header_flaws(headers, accepted=self.operation.auth)
        if found:
            raise ValidationError(situation=Situation.INVALID, violations=bounded(found))

    def _named(self, headers: Headers) -> list[tuple[str, str]]:
        declared = (self.operation.headers or {}).get("properties", {})
        return [(name, headers[name]) for name in declared if name in headers]

    async def _check_credentials(self, run: _Run) -> None:
        assert self._credentials is not None
        call = run.call
        await self._credentials.check(
            call.exchange, call.headers, self.operation.auth, call.address
        )

    async def _check_quota(self, run: _Run) -> None:
        assert self._quota is not None
        await self._quota.check(run.call.exchange, run.call.address)

    async def _check_permission(self, run: _Run) -> None:
        if self.operation.existence is not None:
            await self.operation.existence(run.call)
        if self.operation.scopes:
            check_scopes(run.call.caller, self.operation.scopes)

    async def _read(self, run: _Run) -> None:
        # Also where no body is wanted: what is too large is too large everywhere, and an
        # unread body is in the way of the next request.
        if self.operation.body is not None or announces_body(run.call.headers):
            run.data = await read_body(run.receive)

    async def _check_type(self, run: _Run) -> None:
        if run.data or self.operation.body_required:
            check_type(run.call.headers, self.operation.media)
            check_coding(run.call.headers)

    async def _parse(self, run: _Run) -> None:
        call = run.call
        if self.operation.query is not None:
            call.query = self._query_reader.read(parse_pairs(run.search))
        if self.operation.body is None or not (run.data or self.operation.body_required):
            return
        if self.operation.media == FORM:
            call.body = self._form_reader.read(parse_pairs(run.data))
        else:
            call.body = await parse_json(run.data)

    async def _validate(self, run: _Run) -> None:
        found: tuple[Violation, ...] = ()
        if self._query is not None:
            found = self._query.check(run.call.query)
        if self._body is not None and (run.data or self.operation.body_required):
            found += self._body.check(run.call.body)
        if self.operation.further_check is not None:
            # One violation for each place: what has no form is not asked for its meaning.
            told = {each.location for each in found}
            further = await self.operation.further_check(run.call)
            found += tuple(each for each in further if each.location not in told)
        if found:
            raise ValidationError(situation=Situation.INVALID, violations=bounded(found))


def _credentials(
    operation: Operation, authenticator: Authenticator | None, quota: QuotaGuard | None
) -> CredentialsGuard | None:
    if not operation.auth:
        if operation.scopes:
            raise FailwellError(f"operation {operation.id!r} needs scopes, so declare its `auth`")
        return None
    if authenticator is None:
        raise FailwellError(f"operation {operation.id!r} has `auth`, so give an authenticator")
    return CredentialsGuard(authenticator, quota=quota)


def _forms(operation: Operation, authenticator: Authenticator | None) -> FormAuthenticator | None:
    return (
        authenticator if operation.auth and isinstance(authenticator, FormAuthenticator) else None
    )


def _checker(
    validators: Validators, schema: Mapping[str, Any] | None, part: Any
) -> SchemaChecker | None:
    return None if schema is None else validators.compile(schema, part=part)


def _wire(reply: Reply, status: int) -> WireResponse:
    status = reply.status or status
    if reply.body is None or status in _BODILESS:
        length = () if status in _BODILESS else (("content-length", "0"),)
        return WireResponse(status, (*length, *reply.headers), b"")
    body = reply.body if isinstance(reply.body, bytes) else _encode(reply.body)
    fields = (("content-type", reply.media), ("content-length", str(len(body))))
    return WireResponse(status, (*fields, *reply.headers), body)
