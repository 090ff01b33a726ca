"""Deliveries of webhooks: what was sent, what came back, and sending it again."""

from failwell.apis.connix.authentication import API
from failwell.apis.connix.webhook_schemas import (
    DELIVERY,
    DELIVERY_LIST,
    DELIVERY_QUERY,
    DELIVERY_WITH_ATTEMPTS,
    REDELIVERY,
)
from failwell.apis.connix.webhook_view import attempt_view, delivery_view
from failwell.apis.connix.wire import BOTH
from failwell.core.exceptions import NotFoundError
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.stores.outbox import Delivery, DeliveryQuery
from failwell.webhooks.parts import WebhookParts

__all__ = ["WebhookDeliveries"]


class WebhookDeliveries:
    """The endpoints of deliveries. They can be read when their webhook is gone.

    Args:
        parts: The webhooks of this process.
    """

    def __init__(self, parts: WebhookParts) -> None:
        self._outbox = parts.outbox
        self._endpoints = parts.endpoints
        self._engine = parts.engine

    async def list(self, call: Call) -> Reply:
        """List deliveries of a webhook, newest first."""
        webhook_id, query = call.path["webhook_id"], call.query
        found = await self._outbox.list(
            DeliveryQuery(
                endpoint_id=webhook_id,
                tenant=call.tenant,
                state=query.get("state"),
                before_seq=int(query["before"]) if "before" in query else None,
                limit=query["limit"] + 1,
            )
        )
        if not found and await self._endpoints.get(webhook_id, api=API, tenant=call.tenant) is None:
            raise NotFoundError(resource_type="webhook", resource_id=webhook_id)
        shown, more = found[: query["limit"]], len(found) > query["limit"]
        views = [delivery_view(each) for each in shown]
        return Reply(body={"deliveries": views, "next": str(shown[-1].seq) if more else None})

    async def get(self, call: Call) -> Reply:
        """Read a delivery with everything that was tried."""
        delivery = await self._find(call)
        attempts = await self._outbox.attempts(delivery.id)
        payload = delivery.body.decode("utf-8", "replace")
        log = [attempt_view(each) for each in attempts]
        return Reply(body=delivery_view(delivery) | {"payload": payload, "attempt_log": log})

    async def redeliver(self, call: Call) -> Reply:
        """Send a delivery again, under the same webhook-id."""
        delivery_id, force = call.path["delivery_id"], (call.body or {}).get("force", False)
        again = await self._engine.redeliver(delivery_id, api=API, tenant=call.tenant, force=force)
        return Reply(body=delivery_view(again))

    async def _find(self, call: Call) -> Delivery:
        delivery_id = call.path["delivery_id"]
        found = await self._outbox.get(delivery_id, tenant=call.tenant)
        if found is None or found.api != API:
            raise NotFoundError(resource_type="delivery", resource_id=delivery_id)
        return found

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="GET",
                path="/webhooks/{webhook_id}/deliveries",
                handler=self.list,
                id="listDeliveries",
                summary="List what a webhook was sent.",
                tags=("webhooks",),
                auth=BOTH,
                query=DELIVERY_QUERY,
                returns=DELIVERY_LIST,
                situations=(Situation.NOT_FOUND,),
            ),
            Operation(
                method="GET",
                path="/deliveries/{delivery_id}",
                handler=self.get,
                id="getDelivery",
                summary="Read a delivery and its attempts.",
                tags=("webhooks",),
                auth=BOTH,
                returns=DELIVERY_WITH_ATTEMPTS,
                situations=(Situation.NOT_FOUND,),
            ),
            Operation(
                method="POST",
                path="/deliveries/{delivery_id}/redeliver",
                handler=self.redeliver,
                id="redeliver",
                summary="Send a delivery again.",
                tags=("webhooks",),
                auth=BOTH,
                body=REDELIVERY,
                body_required=False,
                status=202,
                returns=DELIVERY,
                situations=(Situation.NOT_FOUND, Situation.CONFLICT),
            ),
        )
