"""What watches the APIs: the record of their errors, the counters, and the webhooks.

All of it lives in ``failwell.db`` and is put together here, once for a process.
"""

import contextlib
import logging
from collections.abc import AsyncIterator, Mapping, Sequence

import msgspec

from failwell.cli.data_directory import DataDirectory
from failwell.cli.declared_settings import (
    OUTBOUND_ALLOW,
    RECORDS_BYTES,
    RECORDS_DAYS,
    RECORDS_ROWS,
    WEBHOOKS_CONNECT_TIMEOUT,
    WEBHOOKS_DAYS,
    WEBHOOKS_ENDPOINT_IN_FLIGHT,
    WEBHOOKS_FLOOD_PER_MINUTE,
    WEBHOOKS_HTTPS_ONLY,
    WEBHOOKS_IN_FLIGHT,
    WEBHOOKS_SCHEDULE,
    WEBHOOKS_TIMEOUT,
)
from failwell.cli.settings import Settings
from failwell.core.clock import SystemClock
from failwell.outbound.address import AddressGuard
from failwell.outbound.attempt import AttemptSender
from failwell.outbound.target import TargetRules
from failwell.security.encryption import DecryptionError, Vault, load_encryption_key
from failwell.server.fault_recorder import FaultRecorder
from failwell.server.hosted import Companion
from failwell.server.logs import Log
from failwell.server.metrics import Metrics
from failwell.server.record import LogRecorder, Recorders
from failwell.server.spool import Spool
from failwell.stores.database import Database
from failwell.stores.endpoints import Endpoint
from failwell.stores.endpoints_sql import SqlEndpointStore
from failwell.stores.faults_sql import SqlFaultStore
from failwell.stores.flood_sql import SqlFloodStore
from failwell.stores.outbox_sql import SqlOutboxStore
from failwell.stores.recoveries_sql import SqlRecoveryStore
from failwell.stores.retention import Retention, RetentionPolicy
from failwell.webhooks.parts import WebhookParts
from failwell.webhooks.payload import Payload
from failwell.webhooks.policy import DispatchPolicy
from failwell.webhooks.secret import signing_keys
from failwell.webhooks.subscriptions import Subscriptions
from failwell.webhooks.webhooks import Webhooks

__all__ = ["Observing", "Surroundings", "observing"]


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What the observers are told of the process they work in."""

    directory: DataDirectory
    """Where ``failwell.db`` lies, and spool and key beside it."""

    settings: Settings
    """What the operator chose."""

    log: Log
    """Where a line of each exchange goes."""

    listening: Sequence[tuple[str, int]]
    """Addresses and ports of this process, which no webhook may call."""

    https_only: bool
    """Whether endpoints must be https where the settings do not say."""

    payloads: Mapping[str, Payload]
    """API -> how its webhooks are written, where it has a body of its own."""


class Observing(msgspec.Struct, frozen=True, kw_only=True):
    """What watches the APIs."""

    records: SqlFaultStore
    """Fault records and how often each kind of error occurs."""

    faults: FaultRecorder
    """Writes the records."""

    metrics: Metrics
    """Counts the requests since the start."""

    recorder: Recorders
    """Is told about each exchange: the log and the counters."""

    webhooks: WebhookParts
    """Tells endpoints of errors."""


@contextlib.asynccontextmanager
async def observing(database: Database, around: Surroundings) -> AsyncIterator[Observing]:
    """Put together what watches the APIs, and let it work until the end of the block.

    Args:
        database: ``failwell.db``, migrated.
        around: The process it works in.
    """
    settings, records, metrics = around.settings, SqlFaultStore(database), Metrics()
    async with contextlib.AsyncExitStack() as stack:
        webhooks = await _webhooks(stack, database, around)
        faults = FaultRecorder(
            records,
            spool=Spool(around.directory.path / "spool.jsonl"),
            subscribers=Subscriptions(
                webhooks.endpoints,
                payloads=around.payloads,
                flood_per_minute=settings[WEBHOOKS_FLOOD_PER_MINUTE],
            ),
            committed=webhooks.engine.wake,
        )
        retention = Retention(records, webhooks.outbox, policy=_retention(settings))
        for companion in (retention, faults, webhooks.engine):
            await _start(stack, companion)
        yield Observing(
            records=records,
            faults=faults,
            metrics=metrics,
            recorder=Recorders(LogRecorder(around.log), metrics),
            webhooks=webhooks,
        )


async def _webhooks(
    stack: contextlib.AsyncExitStack, database: Database, around: Surroundings
) -> WebhookParts:
    endpoints = SqlEndpointStore(database)
    # Every fault looks at what is known in memory.
    await endpoints.reload()
    outbox = SqlOutboxStore(database, endpoints=endpoints)
    sealer = Vault(load_encryption_key(around.directory.path / "webhooks.key"))
    _tell_of_other_key(endpoints.known, sealer, around.log)
    targets = _targets(around)
    sender = AttemptSender(targets)
    stack.push_async_callback(sender.close)
    engine = Webhooks(
        outbox=outbox,
        recoveries=SqlRecoveryStore(database),
        endpoints=endpoints,
        floods=SqlFloodStore(database),
        post=sender,
        sealer=sealer,
        payloads=around.payloads,
        policy=_dispatching(around.settings),
    )
    return WebhookParts(
        endpoints=endpoints, outbox=outbox, engine=engine, sealer=sealer, targets=targets
    )


def _tell_of_other_key(endpoints: Sequence[Endpoint], sealer: Vault, log: Log) -> None:
    """Say at the start what would else be found out when a webhook is missed."""
    closed = [each.id for each in endpoints if not _opens(each, sealer)]
    if closed:
        log.write(
            logging.ERROR,
            "webhooks_key",
            webhooks=len(closed),
            first=closed[0],
            problem="webhooks.key does not open their secrets, so nothing is sent to them",
            remedy="restore the file, or rotate their secrets with overlap_seconds 0",
        )


def _opens(endpoint: Endpoint, sealer: Vault) -> bool:
    try:
        signing_keys(endpoint, sealer, now=SystemClock().now())
    except DecryptionError:
        return False
    return True


async def _start(stack: contextlib.AsyncExitStack, companion: Companion) -> None:
    stack.push_async_callback(companion.close)
    await companion.start()


def _targets(around: Surroundings) -> TargetRules:
    allowed = tuple(str(each) for each in around.settings[OUTBOUND_ALLOW])
    if allowed:
        # Who reads the log of a server should see what it may reach inside.
        around.log.write(logging.WARNING, "outbound_allow", networks=",".join(allowed))
    https_only = around.settings[WEBHOOKS_HTTPS_ONLY]
    return TargetRules(
        guard=AddressGuard(allowed, strict=True, own=around.listening),
        https_only=around.https_only if https_only is None else https_only,
    )


def _dispatching(settings: Settings) -> DispatchPolicy:
    return DispatchPolicy(
        schedule=settings[WEBHOOKS_SCHEDULE],
        timeout=settings[WEBHOOKS_TIMEOUT],
        connect_timeout=settings[WEBHOOKS_CONNECT_TIMEOUT],
        in_flight=settings[WEBHOOKS_IN_FLIGHT],
        endpoint_in_flight=settings[WEBHOOKS_ENDPOINT_IN_FLIGHT],
    )


def _retention(settings: Settings) -> RetentionPolicy:
    return RetentionPolicy(
        days=settings[RECORDS_DAYS],
        rows=settings[RECORDS_ROWS],
        size=settings[RECORDS_BYTES],
        delivery_days=settings[WEBHOOKS_DAYS],
    )
