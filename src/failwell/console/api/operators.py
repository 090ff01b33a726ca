"""The API of operators, put together: everything that is recorded, in one application."""

from collections.abc import Iterator, Mapping

import msgspec

from failwell.console.api.deliveries import Deliveries
from failwell.console.api.maintenance import Maintenance
from failwell.console.api.metrics import MetricsPage
from failwell.console.api.records import Records
from failwell.console.api.token import ConsoleToken
from failwell.console.api.webhook_care import WebhookCare
from failwell.console.api.webhooks import OperatorWebhooks
from failwell.core.clock import Clock, SystemClock
from failwell.core.contract import Contract
from failwell.server.failwell import Failwell
from failwell.server.fault_recorder import FaultRecorder
from failwell.server.frameworks.starlette import build_api
from failwell.server.metrics import Metrics
from failwell.server.operation import Operation
from failwell.server.record import Recorder
from failwell.stores.faults import FaultStore
from failwell.stores.maintenance import MaintenanceStore
from failwell.webhooks.parts import WebhookParts
from failwell.webhooks.registration import Registration

__all__ = ["PREFIX", "Observed", "operators_api"]

PREFIX = "/api"
"""In front of every path but those of probes and ``/metrics``."""


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """What operators look at and work with."""

    contracts: Mapping[str, Contract]
    """API -> its contract."""

    records: FaultStore
    """Fault records and how often errors occur."""

    faults: FaultRecorder
    """Writes them."""

    metrics: Metrics
    """Counts requests."""

    webhooks: WebhookParts
    """Tells endpoints of errors."""

    maintenance: MaintenanceStore
    """Announced absences."""


def operators_api(
    observed: Observed,
    *,
    token: str,
    version: str,
    recorder: Recorder | None = None,
    clock: Clock | None = None,
) -> Failwell:
    """Make the application. Its errors are problem details (RFC 9457).

    Args:
        observed: What operators look at.
        token: The console's token.
        version: Version in the document of the API.
        recorder: Who is told about each request; by default the library's log.
        clock: Where the time comes from.
    """
    clock = clock or SystemClock()
    return build_api(
        _operations(observed, clock),
        Contract.bundled("rfc9457"),
        prefix=PREFIX,
        authenticator=ConsoleToken(token),
        title="Failwell operators API",
        version=version,
        clock=clock,
        recorder=recorder,
    )


def _operations(observed: Observed, clock: Clock) -> Iterator[Operation]:
    webhooks, contracts = observed.webhooks, observed.contracts
    registration = Registration(
        webhooks.endpoints, sealer=webhooks.sealer, targets=webhooks.targets, clock=clock
    )
    codes = frozenset(code for contract in contracts.values() for code in contract.codes)
    parts = (
        Records(observed.records, webhooks.outbox, contracts=contracts, clock=clock),
        Deliveries(webhooks.outbox, webhooks.engine),
        OperatorWebhooks(registration, webhooks.engine, apis=tuple(contracts), codes=codes),
        WebhookCare(registration, webhooks.engine, webhooks.endpoints, clock=clock),
        Maintenance(observed.maintenance, apis=tuple(contracts), clock=clock),
        MetricsPage(observed.metrics, observed.faults, webhooks, contracts=contracts, clock=clock),
    )
    for part in parts:
        yield from part.operations()
