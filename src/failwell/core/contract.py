"""Contract: what one API promises about its errors, ready to use.

Loaded from a contract file, compiled once: a fault is resolved (named and worded),
encoded, decoded, described as JSON Schema and shown as a golden body by this one object.
"""

import functools
from collections.abc import Iterable, Mapping
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any, Self

import msgspec

from failwell.core.catalogue import Answer, Api, Auth, Choice, ErrorCode, ViolationCode
from failwell.core.codec import CODECS
from failwell.core.compiled import Compiled, compile_contract
from failwell.core.contract_file import load_contract_file
from failwell.core.decode import decode
from failwell.core.exceptions import FailwellError
from failwell.core.fault import Fault, Severity, Violation
from failwell.core.fault_error import FaultError, code_error_class
from failwell.core.golden import example_fault
from failwell.core.harmless import harmless
from failwell.core.nearest import nearest
from failwell.core.ratelimit_fields import ResetAs
from failwell.core.reader import Declared, read_contract, read_contract_file
from failwell.core.reading import Decoded, Reading
from failwell.core.reset_fields import declared_reset
from failwell.core.resolve import Fixed, pick, resolve
from failwell.core.schema import body_schema, shape_schema
from failwell.core.shape import Shape
from failwell.core.situation import Situation
from failwell.core.template import Node
from failwell.core.wire import Headers, WireResponse, write_headers

__all__ = ["BUNDLED", "DIALECTS", "Contract"]

BUNDLED = ("agenthuman", "apinizer", "connix", "connxt", "ixon", "rfc9457")
"""Contracts that come with failwell."""

DIALECTS = (
    "aip193",
    "anthropic",
    "aws",
    "azure",
    "drf",
    "fastapi",
    "github",
    "gitlab",
    "graphql",
    "grpc_gateway",
    "jsonapi",
    "laravel",
    "notion",
    "oauth2",
    "openai",
    "salesforce",
    "shopify",
    "slack",
    "spring",
    "stripe",
    "twilio",
)
"""Well-known APIs whose errors a client can read: small catalogues, made for reading."""

_ENCODER = msgspec.json.Encoder()
_LAST_WORDS = b'{"error":"internal server error"}'


class Contract:
    """An error contract.

    Args:
        declared: What the contract file says.

    Raises:
        ContractError: The declarations contradict each other.
    """

    def __init__(self, declared: Declared, *, name: str | None = None) -> None:
        self._declared = declared
        self._compiled: Compiled = compile_contract(declared)
        self.name = name or declared.api.name
        self.last_resort = self._last_resort()

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Load a contract file.

        Args:
            path: The file; its stem becomes the contract's name.

        Raises:
            ContractError: The file cannot be read or used; one problem per fault, with its
                place.
        """
        return cls(read_contract_file(load_contract_file(path)), name=Path(path).stem)

    @classmethod
    def loads(cls, text: str, *, file: str = "<text>") -> Self:
        """Load a contract from its text.

        Args:
            text: The YAML text.
            file: What messages call it.

        Raises:
            ContractError: The text cannot be used.
        """
        return cls(read_contract(text, file))

    @classmethod
    def bundled(cls, name: str) -> Self:
        """Load a contract that comes with failwell; it is read once and then shared.

        Args:
            name: One of `BUNDLED` or `DIALECTS`.

        Raises:
            FailwellError: There is no such contract.
        """
        if name not in (*BUNDLED, *DIALECTS):
            known = (*BUNDLED, *DIALECTS)
            hint = nearest(name, known)
            raise FailwellError(f"no bundled contract {name!r}{hint}; there are {list(known)}")
        return cls._read_bundled(name)

    @classmethod
    @functools.cache
    def _read_bundled(cls, name: str) -> Self:
        folder = resources.files("failwell") / "contracts"
        file = (folder if name in BUNDLED else folder / "dialects") / f"{name}.yaml"
        return cls(read_contract(file.read_text(encoding="utf-8"), f"{name}.yaml"), name=name)

    def __repr__(self) -> str:
        return f"Contract({self.name!r}, {len(self.codes)} codes)"

    @property
    def declared(self) -> Declared:
        """What the contract file says, with the places where it says it."""
        return self._declared

    @property
    def api(self) -> Api:
        """Whose errors these are."""
        return self._declared.api

    @property
    def codes(self) -> Mapping[str, ErrorCode]:
        """The catalogue."""
        return self._declared.codes

    @property
    def answers(self) -> Mapping[Situation, Answer | Choice]:
        """Situation -> code."""
        return self._declared.answers

    @property
    def violations(self) -> Mapping[str, ViolationCode]:
        """Violation codes, by their word on the wire."""
        return self._declared.violations

    @property
    def order(self) -> tuple[str, ...]:
        """The order of checks, complete."""
        return self._declared.order

    @property
    def auth(self) -> Auth | None:
        """Where the credential goes."""
        return self._declared.auth

    @property
    def media(self) -> str:
        """Media type of error bodies."""
        return self._declared.media

    @property
    def envelope(self) -> Node:
        """The template of an error body that no code has narrowed."""
        return self._compiled.reading.envelopes[0]

    @property
    def reading(self) -> Reading:
        """What the decoder needs, compiled."""
        return self._compiled.reading

    @property
    def challenge(self) -> str:
        """Value of ``WWW-Authenticate`` on a 401 (RFC 9110, 11.6.1)."""
        return self._compiled.challenge

    @property
    def reset_as(self) -> ResetAs | None:
        """How the reset of a quota is written; ``None`` where no header field declares it."""
        return declared_reset(self._compiled.reading.headers)

    def error(
        self,
        code: str,
        /,
        detail: str | None = None,
        *,
        violations: Iterable[Violation] | None = None,
        retry_after: float | None = None,
        severity: Severity | None = None,
        **params: Any,
    ) -> FaultError:
        """Make the exception for a code of the catalogue, to be raised.

        Args:
            code: Key of the catalogue.
            detail: A second sentence, for codes that do not word their own.
            violations: Rejected inputs.
            retry_after: Seconds the caller should wait.
            severity: How much an operator should care.
            params: The code's params, under the contract's or the canonical names.

        Raises:
            FailwellError: The code is not declared, or a param is missing or unknown.
        """
        shape = self.shape(code)
        given = {**params, **({} if retry_after is None else {"retry_after": retry_after})}
        self._check_params(shape, given)
        fault = Fault(
            situation=shape.situation,
            code=code,
            status=shape.entry.wire_status,
            detail=detail,
            params=params,
            violations=None if violations is None else tuple(violations),
            retry_after=retry_after,
            severity=severity,
        )
        return FaultError.of(
            self.resolve(fault), entry=shape.entry, api=self.api, contract=self.name
        )

    def exception(self, code: str) -> type[FaultError]:
        """Give the exception class of a code, for ``except``. Always the same for one code.

        Args:
            code: Key of the catalogue.

        Raises:
            FailwellError: The code is not in the catalogue.

        Examples:
            >>> denied = Contract.bundled("connix").exception("insufficient_scope")
            >>> denied.__name__, [kind.__name__ for kind in denied.__mro__[1:3]]
            ('InsufficientScopeError', ['PermissionDeniedError', 'FaultError'])
        """
        shape = self.shape(code)
        kind: type[FaultError] = code_error_class(
            FaultError, self.name, shape.entry, shape.situation, None
        )
        return kind

    def _check_params(self, shape: Shape, given: Mapping[str, Any]) -> None:
        code, renamed = shape.entry.code, shape.entry.params
        known = shape.declared | set(renamed.values())
        for name in given:
            if name not in known:
                hint = nearest(name, sorted(known))
                raise FailwellError(
                    f"code {code!r} has no param {name!r}{hint}; it has {sorted(known)}"
                )
        for name in shape.needed:
            if name not in given and renamed.get(name) not in given:
                raise FailwellError(f"code {code!r} needs the param {name!r}")

    def shape(self, code: str) -> Shape:
        """Find the compiled form of a code.

        Raises:
            FailwellError: The code is not in the catalogue.
        """
        try:
            return self._compiled.shapes[code]
        except KeyError:
            hint = nearest(code, list(self.codes))
            raise FailwellError(f"contract {self.name!r} has no code {code!r}{hint}") from None

    def knows(self, fault: Fault) -> bool:
        """Tell whether the contract has a code for a fault."""
        if fault.code is not None:
            return fault.code in self._compiled.shapes
        return fault.situation is not None and self._pick(fault) is not None

    def _pick(self, fault: Fault, route: str | None = None) -> Fixed | None:
        if fault.situation is None:
            return None
        return pick(self._compiled.answers.get(fault.situation), fault, route=route)

    def resolve(
        self,
        fault: Fault,
        *,
        request_id: str | None = None,
        timestamp: datetime | None = None,
        route: str | None = None,
    ) -> Fault:
        """Complete a fault with the code, status and words this contract has for it.

        Total: a fault that no answer covers becomes the contract's crash answer.

        Args:
            fault: What a handler raised: a situation with canonical params, or a code.
            request_id: Name of the exchange.
            timestamp: When it happened, aware.
            route: The route template of the request, for answers that depend on it.
        """
        fixed, fault = self._answer(fault, route)
        return resolve(
            fault,
            fixed,
            self._compiled.shapes[fixed.code],
            violation_codes=self._declared.violations,
            promoted=self._compiled.reading.promoted,
            request_id=request_id,
            timestamp=timestamp,
        )

    def _answer(self, fault: Fault, route: str | None) -> tuple[Fixed, Fault]:
        if fault.code is not None and fault.code in self._compiled.shapes:
            return Fixed(code=fault.code), fault
        if fault.code is None and (fixed := self._pick(fault, route)) is not None:
            return fixed, fault
        crash = Fault(situation=Situation.CRASH)
        return self._pick(crash, route) or Fixed(code=self._compiled.crash), crash

    def encode(self, fault: Fault) -> WireResponse:
        """Put a resolved fault on the wire. Total.

        Args:
            fault: A fault that `resolve` has finished, or one that was decoded.

        Returns:
            Status, header fields and body; the body is valid JSON whatever the params hold.
        """
        shape = self._compiled.shapes.get(fault.code or "")
        headers = shape.headers if shape is not None else self._compiled.reading.headers
        status = fault.status or (shape.entry.wire_status if shape is not None else 500)
        written = write_headers(headers, fault)
        if status == 401 and not any(name.lower() == "www-authenticate" for name, _ in written):
            written.append(("WWW-Authenticate", self.challenge))
        fields: Headers = (("Content-Type", self.media), *written)
        return WireResponse(status, fields, self.encode_body(fault))

    def encode_body(self, fault: Fault) -> bytes:
        """Write the body of a resolved fault. Total; see `encode`."""
        shape = self._compiled.shapes.get(fault.code)  # type: ignore[arg-type]  # None is in no dict
        encode = self._compiled.generic if shape is None else shape.encode
        try:
            return _ENCODER.encode(encode(fault))
        except Exception:
            return self._encode_harmless(fault)

    def _encode_harmless(self, fault: Fault) -> bytes:
        shape = self._compiled.shapes.get(fault.code or "")
        encode = self._compiled.generic if shape is None else shape.encode
        try:
            return _ENCODER.encode(harmless(encode(_harmless_fault(fault))))
        except Exception:
            return self.last_resort.body

    def _last_resort(self) -> WireResponse:
        try:
            return self.encode(self.resolve(Fault(situation=Situation.CRASH)))
        except Exception:
            return WireResponse(500, (("Content-Type", "application/json"),), _LAST_WORDS)

    def decode(self, status: int | None, headers: Any, body: bytes) -> Decoded:
        """Read an answer. Never raises.

        Args:
            status: The status line; ``None`` when unknown.
            headers: Header fields, as a mapping or pairs; ``None`` when unknown.
            body: The bytes of the body.

        Returns:
            The fault, the code it was recognised as, and every deviation.
        """
        return decode(self._compiled.reading, status, headers, body)

    def schema(self, code: str | None = None) -> dict[str, Any]:
        """Give the JSON Schema (2020-12) of the body of one code, or of any error.

        Raises:
            FailwellError: The code is not in the catalogue.
        """
        if code is None:
            return body_schema(self._compiled.reading.envelopes[0], closed=self._declared.closed)
        return shape_schema(
            self.shape(code), closed=self._declared.closed, identify=self._declared.identify
        )

    def golden(self, code: str) -> WireResponse:
        """Render the golden body of a code from its example.

        Raises:
            FailwellError: The code is not in the catalogue.
        """
        return self.encode(self.golden_fault(code))

    def goldens(self, code: str) -> tuple[WireResponse, ...]:
        """Render every example of a code; the first is its golden body.

        Raises:
            FailwellError: The code is not in the catalogue.
        """
        examples = self.shape(code).entry.examples or ({},)
        return tuple(self.encode(self._example(code, example)) for example in examples)

    def golden_fault(self, code: str) -> Fault:
        """Give the fault of a code's example, resolved."""
        return self._example(code, self.shape(code).entry.example)

    def _example(self, code: str, example: Mapping[str, Any]) -> Fault:
        context = dict(self._declared.example)
        moment = context.pop("timestamp", None)
        fault = example_fault(self.shape(code), example, context)
        timestamp = None if moment is None else CODECS["rfc3339"].decode(moment)
        finished = self.resolve(
            fault, request_id=context.get("request_id"), timestamp=fault.timestamp or timestamp
        )
        return msgspec.structs.replace(finished, request_id=fault.request_id or finished.request_id)


def _harmless_fault(fault: Fault) -> Fault:
    return msgspec.structs.replace(
        fault,
        message=harmless(fault.message),
        detail=harmless(fault.detail),
        params=harmless(fault.params),
        violations=fault.violations
        and tuple(
            msgspec.structs.replace(
                each, detail=harmless(each.detail), params=harmless(each.params)
            )
            for each in fault.violations
        ),
    )
