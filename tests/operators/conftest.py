"""The API of operators over real stores, with a clock that tests move."""

import httpx
import msgspec
import pytest

from failwell.console.api.operators import Observed, operators_api
from failwell.core.contract import Contract
from failwell.outbound.address import AddressGuard
from failwell.outbound.target import TargetRules
from failwell.server.fault_recorder import FaultRecorder
from failwell.server.metrics import Metrics
from failwell.stores.faults import RecordBatch
from failwell.stores.maintenance import MaintenanceStore
from failwell.webhooks.parts import WebhookParts
from tests.webhooks.conftest import file, other_receiver, pipeline, receiver
from tests.webhooks.values import VAULT, make_record

__all__ = ["file", "other_receiver", "pipeline", "receiver"]

TOKEN = "token-of-the-console"
CONTRACTS = {name: Contract.bundled(name) for name in ("connix", "ixon")}


class Operators:
    """The API, called as an operator calls it."""

    def __init__(self, pipeline):
        self.pipeline = pipeline
        self.clock = pipeline.clock
        self.metrics = Metrics()
        targets = TargetRules(guard=AddressGuard(("127.0.0.1/32",), strict=True))
        observed = Observed(
            contracts=CONTRACTS,
            records=pipeline.faults,
            faults=FaultRecorder(pipeline.faults, clock=self.clock),
            metrics=self.metrics,
            webhooks=WebhookParts(
                endpoints=pipeline.endpoints,
                outbox=pipeline.outbox,
                engine=pipeline.webhooks,
                sealer=VAULT,
                targets=targets,
            ),
            maintenance=MaintenanceStore(pipeline.database, clock=self.clock),
        )
        self.app = operators_api(observed, token=TOKEN, version="1", clock=self.clock)

    async def call(self, method, path, body=None, *, token=TOKEN, **how):
        """Call an operation; without a token where it is ``None``."""
        headers = how.pop("headers", {}) | ({} if token is None else _bearer(token))
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://console") as client:
            return await client.request(method, path, json=body, headers=headers, **how)

    async def get(self, path, **how):
        return await self.call("GET", path, **how)

    async def post(self, path, body=None, **how):
        return await self.call("POST", path, body, **how)

    async def recorded(self, *, cause=None, **changes):
        """Let an error be recorded, with its count; returns the record."""
        record = make_record(**{"at": self.clock.now(), "cause": cause, **changes})
        minute = int(record.at // 60 * 60)
        batch = RecordBatch(
            id=f"batch {record.request_id}", records=(record,), counts=((minute, record.kind, 1),)
        )
        await self.pipeline.faults.append(batch)
        return msgspec.structs.replace(record, cause=None)


def _bearer(token):
    return {"Authorization": f"Bearer {token}"}


def problems(answer):
    """Place -> sentence, for each thing that is wrong with a request."""
    return {each["pointer"]: each["detail"] for each in answer.json()["errors"]}


@pytest.fixture
def operators(pipeline):
    """The API of operators."""
    return Operators(pipeline)
