"""Operators' webhooks: made here they hear of every API and every tenant.

Those that tenants made with an API are listed too, and can be looked after.
"""

from collections.abc import Collection, Mapping
from typing import Any

from msgspec import UNSET

from failwell.console.api.token import BEARER
from failwell.console.api.webhook_schemas import (
    CHANGES,
    NEW_WEBHOOK,
    WEBHOOK,
    WEBHOOK_QUERY,
    WEBHOOK_WITH_SECRET,
    WEBHOOKS,
)
from failwell.console.api.webhook_view import webhook_view
from failwell.core.exceptions import ValidationError
from failwell.core.fault import Violation
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.webhooks.filters import check_events, check_filters
from failwell.webhooks.registration import Registration
from failwell.webhooks.webhooks import Webhooks

__all__ = ["OperatorWebhooks"]


class OperatorWebhooks:
    """The endpoints that keep webhooks.

    Args:
        registration: Keeps them.
        engine: Stops and begins sending.
        apis: The names of all APIs.
        codes: The error codes of all of them.
    """

    def __init__(
        self,
        registration: Registration,
        engine: Webhooks,
        *,
        apis: Collection[str],
        codes: Collection[str],
    ) -> None:
        self._registration = registration
        self._engine = engine
        self._apis = apis
        self._codes = codes

    async def create(self, call: Call) -> Reply:
        """Store a webhook; the answer is the only one that holds its secret."""
        body = call.body
        await self._check(body)
        endpoint, secret = await self._registration.create(
            api=None,
            tenant=None,
            url=body["url"],
            events=body["events"],
            filters=body.get("filters", {}),
            schedule=body.get("schedule"),
        )
        return Reply(body=webhook_view(endpoint) | {"secret": secret})

    async def list(self, call: Call) -> Reply:
        """List webhooks, oldest first."""
        query = call.query
        found = await self._registration.list(api=query.get("api"), tenant=query.get("tenant"))
        return Reply(body={"webhooks": [webhook_view(each) for each in found]})

    async def get(self, call: Call) -> Reply:
        """Read a webhook."""
        return Reply(body=webhook_view(await self._registration.find(call.path["webhook_id"])))

    async def change(self, call: Call) -> Reply:
        """Change the members that are given; deliveries on their way stay as they are."""
        body, webhook_id = call.body, call.path["webhook_id"]
        names = ("url", "events", "filters", "schedule")
        given = {name: body.get(name, UNSET) for name in names}
        changed = await self._registration.find(webhook_id)
        await self._check(body)
        if any(value is not UNSET for value in given.values()):
            changed = await self._registration.change(webhook_id, **given)
        if "enabled" in body:
            switch = self._engine.enable if body["enabled"] else self._engine.disable
            changed = await switch(webhook_id)
        return Reply(body=webhook_view(changed))

    async def delete(self, call: Call) -> Reply:
        """Forget a webhook; what waits for it is cancelled, its log stays."""
        await self._registration.remove(call.path["webhook_id"])
        return Reply()

    async def _check(self, body: Mapping[str, Any]) -> None:
        """Find what is well formed and yet makes no sense: all of it, each with its place.

        Raises:
            ValidationError: An unknown event, filter key or value, or an address that cannot
                be called.
        """
        found: tuple[Violation, ...] = ()
        if "url" in body:
            found += await self._registration.check_url(body["url"])
        if "events" in body:
            found += check_events(body["events"])
        if "filters" in body:
            found += check_filters(body["filters"], codes=self._codes, apis=self._apis)
        if found:
            raise ValidationError(situation=Situation.UNPROCESSABLE, violations=found)

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="GET",
                path="/webhooks",
                handler=self.list,
                id="listWebhooks",
                summary="List webhooks, of operators and of tenants.",
                tags=("webhooks",),
                auth=BEARER,
                query=WEBHOOK_QUERY,
                returns=WEBHOOKS,
            ),
            Operation(
                method="POST",
                path="/webhooks",
                handler=self.create,
                id="createWebhook",
                summary="Ask to be told about errors of every API; the secret is shown once.",
                tags=("webhooks",),
                auth=BEARER,
                body=NEW_WEBHOOK,
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
                auth=BEARER,
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
                auth=BEARER,
                body=CHANGES,
                returns=WEBHOOK,
                situations=(Situation.NOT_FOUND, Situation.UNPROCESSABLE),
            ),
            Operation(
                method="DELETE",
                path="/webhooks/{webhook_id}",
                handler=self.delete,
                id="deleteWebhook",
                summary="Delete a webhook.",
                tags=("webhooks",),
                auth=BEARER,
                status=204,
                situations=(Situation.NOT_FOUND,),
            ),
        )
