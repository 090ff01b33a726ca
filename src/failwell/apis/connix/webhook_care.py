"""Looking after a webhook: trying it out, a new secret, sending again what it missed."""

from datetime import datetime

from failwell.apis.connix.authentication import API
from failwell.apis.connix.webhook_schemas import (
    RANGE,
    RECOVERY,
    ROTATION,
    SAMPLE,
    WEBHOOK_WITH_SECRET,
)
from failwell.apis.connix.webhook_view import recovery_view, sample_view, webhook_view
from failwell.apis.connix.wire import BOTH, rejected
from failwell.core.clock import Clock
from failwell.core.exceptions import ValidationError
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.webhooks.registration import Registration
from failwell.webhooks.secret import DAY
from failwell.webhooks.webhooks import Webhooks as Engine

__all__ = ["WebhookCare"]


class WebhookCare:
    """The endpoints that work with a webhook instead of changing what it is.

    Args:
        registration: Makes new secrets.
        engine: Sends.
        clock: Where the time comes from.
    """

    def __init__(self, registration: Registration, engine: Engine, *, clock: Clock) -> None:
        self._registration = registration
        self._engine = engine
        self._clock = clock

    async def test(self, call: Call) -> Reply:
        """Send a sample and show what came back."""
        sample = await self._engine.send_sample(
            call.path["webhook_id"], api=API, tenant=call.tenant
        )
        return Reply(body=sample_view(sample))

    async def rotate(self, call: Call) -> Reply:
        """Make a new secret; the answer is the only one that holds it."""
        endpoint, secret = await self._registration.rotate(
            call.path["webhook_id"],
            api=API,
            tenant=call.tenant,
            overlap=(call.body or {}).get("overlap_seconds", DAY),
        )
        return Reply(body=webhook_view(endpoint) | {"secret": secret})

    async def recover(self, call: Call) -> Reply:
        """Begin to send again what failed in a range of time."""
        now = self._clock.now()
        since = _moment(call.body["since"], "since")
        until = _moment(call.body["until"], "until") if "until" in call.body else now
        if since >= min(until, now):
            raise ValidationError(
                situation=Situation.UNPROCESSABLE,
                field="since",
                reason="Since must be earlier than until, and in the past",
            )
        recovery = await self._engine.recover(
            call.path["webhook_id"], since=since, until=until, api=API, tenant=call.tenant
        )
        return Reply(body=recovery_view(recovery))

    async def recovery(self, call: Call) -> Reply:
        """Say how far a recovery is."""
        recovery = await self._engine.recovery(
            call.path["webhook_id"], call.path["recovery_id"], api=API, tenant=call.tenant
        )
        return Reply(body=recovery_view(recovery))

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
                auth=BOTH,
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
                auth=BOTH,
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
                auth=BOTH,
                body=RANGE,
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
                auth=BOTH,
                returns=RECOVERY,
                situations=(Situation.NOT_FOUND,),
            ),
        )


def _moment(text: str, name: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError) as error:
        # RFC 3339 knows leap seconds, the calendar of Python does not.
        detail = f"{name.capitalize()} must be a valid RFC 3339 date and time"
        raise rejected("invalid_format", detail, name) from error
