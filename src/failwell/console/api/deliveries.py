"""Deliveries: what webhooks were sent, what came back, and sending it again."""

from typing import Any

from failwell.console.api.conflicts import explained
from failwell.console.api.delivery_schemas import (
    DELIVERIES,
    DELIVERY,
    DELIVERY_IN_FULL,
    DELIVERY_QUERY,
    REDELIVERY,
)
from failwell.console.api.delivery_view import attempt_view, delivery_view, payload_text
from failwell.console.api.moments import seconds_of
from failwell.console.api.paging import before_of, page
from failwell.console.api.token import BEARER
from failwell.core.exceptions import NotFoundError
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.stores.outbox import DeliveryQuery, OutboxStore
from failwell.webhooks.webhooks import Webhooks

__all__ = ["Deliveries"]

_RANGE = ("since", "until")


class Deliveries:
    """The endpoints of deliveries, of every API and every tenant.

    Args:
        outbox: Where deliveries are kept.
        engine: Sends.
    """

    def __init__(self, outbox: OutboxStore, engine: Webhooks) -> None:
        self._outbox = outbox
        self._engine = engine

    async def list(self, call: Call) -> Reply:
        """List deliveries, newest first."""
        query = call.query
        names = ("endpoint_id", "api", "tenant", "request_id", "state")
        moments = {name: seconds_of(query[name]) for name in _RANGE if name in query}
        given: dict[str, Any] = {name: query.get(name) for name in names} | moments
        found = await self._outbox.list(
            DeliveryQuery(**given, before_seq=before_of(query), limit=query["limit"] + 1)
        )
        shown, following = page([(each.seq, each) for each in found], query["limit"])
        return Reply(body={"deliveries": [*map(delivery_view, shown)], "next": following})

    async def get(self, call: Call) -> Reply:
        """Read a delivery with everything that was tried."""
        delivery_id = call.path["delivery_id"]
        found = await self._outbox.get(delivery_id)
        if found is None:
            raise NotFoundError(resource_type="delivery", resource_id=delivery_id)
        attempts = await self._outbox.attempts(delivery_id)
        tried = {"attempt_log": [attempt_view(each) for each in attempts]}
        return Reply(body=delivery_view(found) | {"payload": payload_text(found.body)} | tried)

    async def redeliver(self, call: Call) -> Reply:
        """Send a delivery again, under the same webhook-id."""
        force = (call.body or {}).get("force", False)
        again = self._engine.redeliver(call.path["delivery_id"], force=force)
        return Reply(body=delivery_view(await explained(again)))

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="GET",
                path="/deliveries",
                handler=self.list,
                id="listDeliveries",
                summary="List what webhooks were sent, newest first.",
                tags=("deliveries",),
                auth=BEARER,
                query=DELIVERY_QUERY,
                returns=DELIVERIES,
            ),
            Operation(
                method="GET",
                path="/deliveries/{delivery_id}",
                handler=self.get,
                id="getDelivery",
                summary="Read a delivery and its attempts.",
                tags=("deliveries",),
                auth=BEARER,
                returns=DELIVERY_IN_FULL,
                situations=(Situation.NOT_FOUND,),
            ),
            Operation(
                method="POST",
                path="/deliveries/{delivery_id}/redeliver",
                handler=self.redeliver,
                id="redeliver",
                summary="Send a delivery again.",
                tags=("deliveries",),
                auth=BEARER,
                body=REDELIVERY,
                body_required=False,
                status=202,
                returns=DELIVERY,
                situations=(Situation.NOT_FOUND, Situation.CONFLICT),
            ),
        )
