"""Looking after webhooks: trying one out, new secrets, sending again, what became of them."""

from failwell.console.api.conflicts import explained
from failwell.console.api.moments import seconds_of
from failwell.console.api.token import BEARER
from failwell.console.api.webhook_schemas import (
    EVENT_QUERY,
    EVENTS,
    RECOVERY,
    RECOVERY_RANGE,
    ROTATION,
    SAMPLE,
    WEBHOOK_WITH_SECRET,
)
from failwell.console.api.webhook_view import event_view, recovery_view, sample_view, webhook_view
from failwell.core.clock import Clock
from failwell.core.exceptions import ValidationError
from failwell.core.fault import Location, Violation
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.stores.endpoints import EndpointStore
from failwell.webhooks.registration import Registration
from failwell.webhooks.secret import DAY
from failwell.webhooks.webhooks import Webhooks

__all__ = ["WebhookCare"]


class WebhookCare:
    """The endpoints that work with a webhook instead of changing what it is.

    Args:
        registration: Makes new secrets.
        engine: Sends.
        endpoints: Knows what happened to webhooks.
        clock: Where the time comes from.
    """

    def __init__(
        self,
        registration: Registration,
        engine: Webhooks,
        endpoints: EndpointStore,
        *,
        clock: Clock,
    ) -> None:
        self._registration = registration
        self._engine = engine
        self._endpoints = endpoints
        self._clock = clock

    async def test(self, call: Call) -> Reply:
        """Send a sample and show what came back."""
        return Reply(body=sample_view(await self._engine.send_sample(call.path["webhook_id"])))

    async def rotate(self, call: Call) -> Reply:
        """Make a new secret; the answer is the only one that holds it."""
        overlap = (call.body or {}).get("overlap_seconds", DAY)
        endpoint, secret = await self._registration.rotate(call.path["webhook_id"], overlap=overlap)
        return Reply(body=webhook_view(endpoint) | {"secret": secret})

    async def recover(self, call: Call) -> Reply:
        """Begin to send again what failed in a range of time."""
        now, body = self._clock.now(), call.body
        since = seconds_of(body["since"])
        until = seconds_of(body["until"]) if "until" in body else now
        if since >= min(until, now):
            earlier = Violation(
                detail="must be earlier than until, and in the past", location=Location(("since",))
            )
            raise ValidationError(situation=Situation.UNPROCESSABLE, violations=(earlier,))
        begun = self._engine.recover(call.path["webhook_id"], since=since, until=until)
        return Reply(body=recovery_view(await explained(begun)))

    async def recovery(self, call: Call) -> Reply:
        """Say how far a recovery is."""
        found = await self._engine.recovery(call.path["webhook_id"], call.path["recovery_id"])
        return Reply(body=recovery_view(found))

    async def events(self, call: Call) -> Reply:
        """List what happened to webhooks themselves, newest first."""
        query = call.query
        found = await self._endpoints.told(
            endpoint_id=query.get("endpoint_id"), limit=query["limit"]
        )
        return Reply(body={"events": [event_view(each) for each in found]})

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoints."""
        return (
            Operation(
                method="POST",
                path="/webhooks/{webhook_id}/test",
                handler=self.test,
                id="testWebhook",
                summary="Send a sample to a webhook and show what came back.",
                tags=("webhooks",),
                auth=BEARER,
                returns=SAMPLE,
                situations=(Situation.NOT_FOUND,),
            ),
            Operation(
                method="POST",
                path="/webhooks/{webhook_id}/rotate",
                handler=self.rotate,
                id="rotateSecret",
                summary="Give a webhook a new secret; it is shown once.",
                tags=("webhooks",),
                auth=BEARER,
                body=ROTATION,
                body_required=False,
                returns=WEBHOOK_WITH_SECRET,
                situations=(Situation.NOT_FOUND,),
            ),
            Operation(
                method="POST",
                path="/webhooks/{webhook_id}/recover",
                handler=self.recover,
                id="recoverWebhook",
                summary="Send again what failed in a range of time, oldest first.",
                tags=("webhooks",),
                auth=BEARER,
                body=RECOVERY_RANGE,
                status=202,
                returns=RECOVERY,
                situations=(Situation.NOT_FOUND, Situation.CONFLICT, Situation.UNPROCESSABLE),
            ),
            Operation(
                method="GET",
                path="/webhooks/{webhook_id}/recoveries/{recovery_id}",
                handler=self.recovery,
                id="getRecovery",
                summary="Read how far a recovery is.",
                tags=("webhooks",),
                auth=BEARER,
                returns=RECOVERY,
                situations=(Situation.NOT_FOUND,),
            ),
            Operation(
                method="GET",
                path="/events",
                handler=self.events,
                id="listEvents",
                summary="List what happened to webhooks themselves, newest first.",
                tags=("webhooks",),
                auth=BEARER,
                query=EVENT_QUERY,
                returns=EVENTS,
            ),
        )
