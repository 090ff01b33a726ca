"""The report of a fault: everything a support request has to tell, from its record."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from failwell.cli.code_text import code_facts
from failwell.cli.reproduction import reproduction
from failwell.core.catalogue import ErrorCode
from failwell.core.clock import moment
from failwell.core.contract import BUNDLED, Contract
from failwell.stores.faults import FaultRecord

if TYPE_CHECKING:
    from failwell.stores.outbox import Delivery

__all__ = ["FaultReport", "ReportedDelivery", "contract_of", "fault_report"]


class ReportedDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """What was told of a fault to one endpoint."""

    id: str
    """The delivery."""

    event_id: str
    """The event: the ``webhook-id`` of every attempt."""

    endpoint_id: str
    """Where it goes."""

    state: str
    """Where it stands."""

    attempts: int
    """How often it was sent."""

    last_status: int | None
    """Status of the latest answer."""

    last_error: str | None
    """Why the latest attempt failed."""

    next_at: datetime | None
    """When it is sent next."""


class FaultReport(msgspec.Struct, frozen=True, kw_only=True):
    """One error response, as support needs it."""

    request_id: str
    """Name of the exchange."""

    parent_id: str | None
    """The caller's own id for it."""

    timestamp: datetime
    """When it was answered."""

    api: str
    """Name of the contract."""

    title: str
    """Name of the API as its vendor writes it."""

    method: str
    """The request method."""

    route: str
    """Route template; ``_unmatched`` when no route matched."""

    code: str
    """The error code."""

    status: int
    """The HTTP status."""

    severity: str
    """How much an operator should care."""

    message: str | None
    """The complete sentence the caller was given."""

    situation: str | None
    """What happened, before the API named it."""

    failure: str | None
    """Class of what broke."""

    planned: bool
    """Whether a maintenance window answered."""

    caller: Mapping[str, str]
    """Tenant, user, credential and environment, as far as they are known."""

    affected: tuple[str, ...]
    """Ids the fault is about."""

    expected: str
    """What should have been answered."""

    actual: str
    """What was answered."""

    reproduce: str
    """A command that repeats the request; what was not recorded stands in capitals."""

    headers: tuple[tuple[str, str], ...]
    """Header fields of the answer, redacted."""

    body: Any
    """The body as sent, redacted; JSON where it was JSON."""

    explained: Mapping[str, Any] | None
    """What the catalogue says of the code."""

    deliveries: tuple[ReportedDelivery, ...]
    """What webhooks told of it."""

    support: str | None
    """Where to write for help."""

    status_page: str | None
    """Address of the status page."""

    cause: str | None = None
    """The private cause, where it was asked for."""


def contract_of(api: str) -> Contract | None:
    """Find the contract of an API by its name; ``None`` when it is none of the bundled ones."""
    return Contract.bundled(api) if api in BUNDLED else None


def fault_report(
    record: FaultRecord,
    deliveries: "Sequence[Delivery]",
    *,
    base: str | None = None,
    cause: str | None = None,
) -> FaultReport:
    """Put the report of a fault together.

    Args:
        record: The fault.
        deliveries: What webhooks told of it.
        base: URL of the API as callers know it.
        cause: Its private cause, if it is to be shown.
    """
    contract = contract_of(record.api)
    entry = None if contract is None else contract.codes.get(record.code)
    api = None if contract is None else contract.api
    return FaultReport(
        request_id=record.request_id,
        parent_id=record.parent_id,
        timestamp=moment(record.at),
        api=record.api,
        title=record.api if api is None else api.name,
        method=record.method,
        route=record.route,
        code=record.code,
        status=record.status,
        severity=record.severity,
        message=record.message,
        situation=record.situation,
        failure=record.failure,
        planned=record.planned,
        caller=_caller(record),
        affected=record.affected,
        expected=_expected(record, entry),
        actual=_actual(record),
        reproduce=reproduction(record, contract, base=base),
        headers=record.headers,
        body=_body(record.body),
        explained=None if contract is None or entry is None else code_facts(contract, entry),
        deliveries=tuple(map(_delivery, deliveries)),
        support=None if api is None else api.support,
        status_page=None if api is None else api.status,
        cause=cause,
    )


_EXPECTED = {
    "never": "a 2xx answer, once the request is changed",
    "backoff": "a 2xx answer to the same request, maybe a little later",
    "after": "a 2xx answer to the same request, after the time that the answer names",
    "after_login": "a 2xx answer to the same request, after a new log-in or with a fresh token",
}


def _expected(record: FaultRecord, entry: ErrorCode | None) -> str:
    if record.planned:
        return "a 2xx answer to the same request, once the maintenance is over"
    return "a 2xx answer" if entry is None else _EXPECTED[entry.retry]


def _actual(record: FaultRecord) -> str:
    told = f"{record.status} {record.code} after {record.seconds * 1000:.0f} ms"
    return told if record.message is None else f"{told}: {record.message}"


def _caller(record: FaultRecord) -> dict[str, str]:
    known = {
        "tenant": record.tenant,
        "user": record.user_id,
        "credential": record.credential_id,
        "environment": record.environment,
    }
    return {name: value for name, value in known.items() if value is not None}


def _body(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return text


def _delivery(delivery: "Delivery") -> ReportedDelivery:
    return ReportedDelivery(
        id=delivery.id,
        event_id=delivery.event_id,
        endpoint_id=delivery.endpoint_id,
        state=delivery.state,
        attempts=delivery.attempts,
        last_status=delivery.last_status,
        last_error=delivery.last_error,
        next_at=None if delivery.next_at is None else moment(delivery.next_at),
    )
