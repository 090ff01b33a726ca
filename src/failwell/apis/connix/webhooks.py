"""Webhooks: addresses that an organization wants to be told at when something breaks."""

from collections.abc import Collection

from msgspec import UNSET

from failwell.apis.connix.authentication import API
from failwell.apis.connix.webhook_check import WebhookCheck
from failwell.apis.connix.webhook_schemas import (
    CHANGES,
    NEW_WEBHOOK,
    WEBHOOK,
    WEBHOOK_LIST,
    WEBHOOK_WITH_SECRET,
)
from failwell.apis.connix.webhook_view import webhook_view
from failwell.apis.connix.wire import BOTH
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.stores.endpoints import Endpoint
from failwell.webhooks.registration import Registration
from failwell.webhooks.webhooks import Webhooks as Engine

__all__ = ["Webhooks"]


class Webhooks:
    """The endpoints of webhooks.

    Args:
        registration: Keeps them.
        engine: Stops and begins sending.
        codes: Every error code of Connix.
    """

    def __init__(
        self, registration: Registration, engine: Engine, *, codes: Collection[str]
    ) -> None:
        self._registration = registration
        self._engine = engine
        self._new = WebhookCheck(registration, schema=NEW_WEBHOOK, codes=codes)
        self._changes = WebhookCheck(registration, schema=CHANGES, codes=codes)

    async def create(self, call: Call) -> Reply:
        """Store a webhook; the answer is the only one that holds its secret."""
        body = call.body
        endpoint, secret = await self._registration.create(
            api=API,
            tenant=call.tenant,
            url=body["url"],
            events=body["events"],
            filters=body.get("filters", {}),
        )
        return Reply(body=webhook_view(endpoint) | {"secret": secret})

    async def list(self, call: Call) -> Reply:
        """List the webhooks of the organization, oldest first."""
        found = await self._registration.list(api=API, tenant=call.tenant)
        return Reply(body={"webhooks": [webhook_view(each) for each in found]})

    async def get(self, call: Call) -> Reply:
        """Read a webhook."""
        return Reply(body=webhook_view(await self._find(call)))

    async def change(self, call: Call) -> Reply:
        """Change the members that are given."""
        body, webhook_id, tenant = call.body, call.path["webhook_id"], call.tenant
        given = {name: body.get(name, UNSET) for name in ("url", "events", "filters")}
        changed = await self._find(call)
        if any(value is not UNSET for value in given.values()):
            changed = await self._registration.change(webhook_id, api=API, tenant=tenant, **given)
        if "enabled" in body:
            switch = self._engine.enable if body["enabled"] else self._engine.disable
            changed = await switch(webhook_id, api=API, tenant=tenant)
        return Reply(body=webhook_view(changed))

    async def delete(self, call: Call) -> Reply:
        """Forget a webhook; what waits for it is cancelled."""
        await self._registration.remove(call.path["webhook_id"], api=API, tenant=call.tenant)
        return Reply()

    async def _find(self, call: Call) -> Endpoint:
        return await self._registration.find(call.path["webhook_id"], api=API, tenant=call.tenant)

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="GET",
                path="/webhooks",
                handler=self.list,
                id="listWebhooks",
                summary="List webhooks.",
                tags=("webhooks",),
                auth=BOTH,
                returns=WEBHOOK_LIST,
            ),
            Operation(
                method="POST",
                path="/webhooks",
                handler=self.create,
                id="createWebhook",
                summary="Ask to be told about errors; the secret is shown once.",
                tags=("webhooks",),
                auth=BOTH,
                body=NEW_WEBHOOK,
                further_check=self._new,
                status=201,
                returns=WEBHOOK_WITH_SECRET,
                situations=(Situation.UNPROCESSABLE,),
            ),
            Operation(
                method="GET",
                path="/webhooks/{webhook_id}",
                handler=self.get,
                id="getWebhook",
                summary="Read a webhook.",
                tags=("webhooks",),
                auth=BOTH,
                returns=WEBHOOK,
                situations=(Situation.NOT_FOUND,),
            ),
            Operation(
                method="PATCH",
                path="/webhooks/{webhook_id}",
                handler=self.change,
                id="changeWebhook",
                summary="Change a webhook, or stop and begin sending.",
                tags=("webhooks",),
                auth=BOTH,
                body=CHANGES,
                further_check=self._changes,
                returns=WEBHOOK,
                situations=(Situation.NOT_FOUND,),
            ),
            Operation(
                method="DELETE",
                path="/webhooks/{webhook_id}",
                handler=self.delete,
                id="deleteWebhook",
                summary="Delete a webhook.",
                tags=("webhooks",),
                auth=BOTH,
                status=204,
                situations=(Situation.NOT_FOUND,),
            ),
        )
