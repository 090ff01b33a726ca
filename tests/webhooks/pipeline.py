"""Webhooks put together as a server does it: real stores, real sockets, a clock that tests move."""

import itertools
import json
import secrets
from contextlib import asynccontextmanager

from failwell.outbound.address import AddressGuard
from failwell.outbound.attempt import AttemptSender
from failwell.outbound.target import TargetRules
from failwell.stores.database import Database
from failwell.stores.endpoints_sql import SqlEndpointStore
from failwell.stores.faults_sql import SqlFaultStore
from failwell.stores.flood_sql import SqlFloodStore
from failwell.stores.outbox import DeliveryQuery
from failwell.stores.outbox_sql import SqlOutboxStore
from failwell.stores.recoveries_sql import SqlRecoveryStore
from failwell.testing import FakeClock
from failwell.webhooks.payload import event_of, new_delivery
from failwell.webhooks.policy import DispatchPolicy
from failwell.webhooks.secret import first_secret
from failwell.webhooks.subscriptions import Subscriptions
from failwell.webhooks.webhooks import Webhooks
from tests.webhooks.values import NOW, VAULT, make_endpoint, make_record

_numbers = itertools.count()


class Pipeline:
    """One process: its stores, its sender and its `Webhooks`; several may share a file."""

    def __init__(self, path, *, clock=None, allow=("127.0.0.1/32",), random=lambda: 0.0, **given):
        self.path = path
        self.clock = clock or FakeClock(NOW)
        self.database = Database(path, busy_timeout=given.pop("busy_timeout", 2.0))
        self.endpoints = SqlEndpointStore(self.database)
        self.outbox = SqlOutboxStore(self.database, endpoints=self.endpoints)
        self.faults = SqlFaultStore(self.database)
        rules = TargetRules(guard=AddressGuard(allow, strict=True))
        self.post = given.pop("post", None) or AttemptSender(rules)
        parts = {"sealer": given.pop("sealer", VAULT), "alone": given.pop("alone", True)}
        self.policy = DispatchPolicy(**given)
        self.webhooks = Webhooks(
            outbox=self.outbox,
            recoveries=SqlRecoveryStore(self.database),
            endpoints=self.endpoints,
            floods=SqlFloodStore(self.database),
            post=self.post,
            payloads={},
            clock=self.clock,
            policy=self.policy,
            random=random,
            **parts,
        )

    async def close(self):
        """End as a process does that is asked to."""
        await self.webhooks.close()
        await self.post.close()
        await self.database.close()

    async def subscribe(self, host, **changes):
        """Register a receiver."""
        endpoint_id = f"whk_{secrets.token_hex(8)}"
        self.secret, kept = first_secret(VAULT, endpoint_id=endpoint_id)
        endpoint = make_endpoint(id=endpoint_id, url=host.url, secrets=(kept,), **changes)
        await self.endpoints.add(endpoint)
        return endpoint

    async def happen(self, *endpoints, **changes):
        """Let a fault happen that these endpoints are told of; returns the deliveries' ids."""
        given = {"request_id": f"req_{next(_numbers):016x}", "at": self.clock.now(), **changes}
        event = event_of(make_record(**given))
        deliveries = [new_delivery(event, each, payloads={}) for each in endpoints]
        await self.outbox.enqueue(deliveries)
        return [each.id for each in deliveries]

    async def record(self, **changes):
        """Let a fault be matched with whom it concerns, as the recorder does."""
        given = {"request_id": f"req_{next(_numbers):016x}", "at": self.clock.now(), **changes}
        subscriptions = Subscriptions(self.endpoints, payloads={})
        await self.outbox.enqueue(subscriptions.match(make_record(**given)).deliveries)

    async def states(self, endpoint=None):
        """The states of deliveries, oldest first."""
        query = DeliveryQuery(endpoint_id=endpoint and endpoint.id, limit=1000)
        return [each.state for each in reversed(await self.outbox.list(query))]

    async def told(self, endpoint=None):
        """Types of operational events, oldest first."""
        events = await self.endpoints.told(endpoint_id=endpoint and endpoint.id, limit=1000)
        return [each.type for each in reversed(events)]


@asynccontextmanager
async def running(path, **given):
    """A pipeline that is closed in the end."""
    pipeline = Pipeline(path, **given)
    try:
        yield pipeline
    finally:
        await pipeline.close()


def events_of(host):
    """What a receiver was told, as parsed bodies, in the order of arrival."""
    return [json.loads(each.body) for each in host.received]


def ids_of(host):
    """The `webhook-id` of each request, in the order of arrival."""
    return [each.headers["webhook-id"] for each in host.received]
