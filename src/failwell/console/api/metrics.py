"""``/metrics`` as an operation: what is counted, read at one moment."""

import asyncio
import copy
import logging
from collections.abc import Mapping

import msgspec

from failwell.console.api.token import BEARER
from failwell.console.metrics_text import CONTENT_TYPE, Snapshot, metrics_text
from failwell.core.clock import Clock
from failwell.core.contract import Contract
from failwell.server.fault_recorder import FaultRecorder
from failwell.server.metrics import Metrics, Timing
from failwell.server.operation import Call, Operation, Reply
from failwell.webhooks.parts import WebhookParts

__all__ = ["MetricsPage"]

_LOG = logging.getLogger(__name__)


class MetricsPage:
    """The endpoint that Prometheus reads.

    Args:
        metrics: Counts requests.
        faults: Knows what could not be recorded.
        webhooks: Knows how deliveries are doing.
        contracts: API -> its contract.
        clock: Where the time comes from.
    """

    def __init__(
        self,
        metrics: Metrics,
        faults: FaultRecorder,
        webhooks: WebhookParts,
        *,
        contracts: Mapping[str, Contract],
        clock: Clock,
    ) -> None:
        self._metrics = metrics
        self._faults = faults
        self._webhooks = webhooks
        self._contracts = contracts
        self._clock = clock

    async def read(self, _call: Call) -> Reply:
        """Write everything that is counted."""
        now = self._clock.now()
        snapshot = Snapshot(
            now=now,
            answers={kind: _copied(timing) for kind, timing in self._metrics.answers.items()},
            tally=copy.deepcopy(self._webhooks.engine.tally),
            backlog=await self._backlog(now),
            endpoints=self._webhooks.endpoints.known,
            contracts=self._contracts,
            lost=self._faults.lost,
        )
        # Hundreds of kinds take long to write: other requests need not wait for it.
        text = await asyncio.to_thread(metrics_text, snapshot)
        return Reply(body=text, media=CONTENT_TYPE)

    async def _backlog(self, now: float) -> Mapping[str, tuple[int, float]] | None:
        try:
            return await self._webhooks.outbox.backlog(now)
        except Exception:  # whatever is wrong with the file, the other counters are wanted now
            _LOG.warning("the outbox cannot be read for /metrics", exc_info=True)
            return None

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoint."""
        return (
            Operation(
                method="GET",
                path="/metrics",
                prefix="",
                handler=self.read,
                id="getMetrics",
                summary="Read the counters as Prometheus does.",
                tags=("metrics",),
                auth=BEARER,
                returns={"type": "string"},
                produces=CONTENT_TYPE,
            ),
        )


def _copied(timing: Timing) -> Timing:
    return msgspec.structs.replace(timing, buckets=timing.buckets.copy())
