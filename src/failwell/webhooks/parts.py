"""What a face of the webhooks stands on: the API of owners, the API and pages of operators."""

import msgspec

from failwell.outbound.target import TargetRules
from failwell.stores.endpoints import EndpointStore
from failwell.stores.outbox import OutboxStore
from failwell.webhooks.secret import Sealer
from failwell.webhooks.webhooks import Webhooks

__all__ = ["WebhookParts"]


class WebhookParts(msgspec.Struct, frozen=True, kw_only=True):
    """The webhooks of a process, put together once and given to every face."""

    endpoints: EndpointStore
    """Where deliveries go."""

    outbox: OutboxStore
    """Deliveries and their attempts."""

    engine: Webhooks
    """Sends, and does what owners of endpoints ask for."""

    sealer: Sealer
    """Seals and opens the secrets of endpoints."""

    targets: TargetRules
    """Which addresses may be registered; the same rules are held to each attempt."""
