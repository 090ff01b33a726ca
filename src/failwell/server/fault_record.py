"""Making the record of an error response: redacted, bounded, its private cause apart."""

from collections.abc import Sequence
from typing import Any

import msgspec

from failwell.core.fault import Fault
from failwell.core.known_secrets import without_secrets
from failwell.core.redaction import RedactionPolicy
from failwell.core.situation import Situation
from failwell.server.affected import affected
from failwell.server.exchange import Exchange, Header, Principal, Scope
from failwell.server.failure import failure_of
from failwell.server.request_secrets import request_secrets
from failwell.server.traceback_text import traceback_text
from failwell.stores.faults import UNMATCHED, FaultRecord, Kind

__all__ = ["kind_of", "record_of"]

_LONGEST_MESSAGE = 1_000
_LONGEST_BODY = 8_192
_LONGEST_CAUSE = 16_384
_LONGEST_METHOD = 32
_CRASH = Fault(situation=Situation.CRASH, severity="high")
_NOBODY = Principal(id="", kind="")
_UNCODED = "_none"
_encode = msgspec.json.Encoder().encode


def kind_of(exchange: Exchange) -> Kind:
    """Tell what an error response is counted by.

    Args:
        exchange: The exchange it ends, its status set.
    """
    fault, raised = exchange.fault, exchange.raised
    return Kind(
        exchange.contract.name,
        exchange.route or UNMATCHED,
        (None if fault is None else fault.code) or _UNCODED,
        exchange.status or 500,
        raised is not None and raised.params.get("reason") == "maintenance",
    )


def record_of(
    exchange: Exchange,
    headers: Sequence[Header],
    body: bytes,
    scope: Scope,
    *,
    kind: Kind,
    at: float,
    policy: RedactionPolicy,
) -> FaultRecord:
    """Make the record of an error response.

    What the request said is masked wherever the answer or the cause repeats it, except ids
    and plain words; so are secrets that are known by their form.

    Args:
        exchange: The exchange it ends.
        headers: Its header fields.
        body: Its body.
        scope: The request.
        kind: What it is counted by.
        at: When it was answered, Unix seconds.
        policy: Which values may be shown, by their names.
    """
    fault, error = exchange.fault or _CRASH, exchange.error
    caller = exchange.principal or _NOBODY
    shown = without_secrets(
        Fault(
            message=fault.message and _writable(fault.message[:_LONGEST_MESSAGE]),
            detail=None if error is None else traceback_text(error)[:_LONGEST_CAUSE],
            params={"body": _document(body), "affected": affected(exchange, scope)},
        ),
        request_secrets(exchange, scope, policy),
    )
    return FaultRecord(
        request_id=exchange.request_id,
        at=at,
        api=kind.api,
        route=kind.route,
        method=exchange.method[:_LONGEST_METHOD],
        code=kind.code,
        status=kind.status,
        severity=fault.severity or "low",
        situation=fault.situation,
        failure=failure_of(exchange.raised or fault, error),
        message=shown.message,
        parent_id=exchange.parent_id,
        tenant=caller.tenant,
        user_id=caller.user,
        credential_id=caller.id or None,
        environment=caller.environment,
        affected=tuple(each for each in shown.params["affected"] if "*" not in each),
        headers=policy.redact_headers(headers),
        body=_text(shown.params["body"]),
        seconds=exchange.seconds,
        planned=kind.planned,
        cause=shown.detail,
    )


def _document(body: bytes) -> Any:
    """Read a body as far as it is kept: as JSON, whose strings can be masked one by one."""
    if len(body) <= _LONGEST_BODY:
        try:
            return msgspec.json.decode(body)
        except (msgspec.DecodeError, ValueError, RecursionError):
            pass
    return body[:_LONGEST_BODY].decode("utf-8", "replace")


def _writable(text: str) -> str:
    # Half of a surrogate pair is in no encoding that could be stored.
    return text.encode("utf-8", "replace").decode()


def _text(document: Any) -> str:
    return document if isinstance(document, str) else _encode(document).decode()
