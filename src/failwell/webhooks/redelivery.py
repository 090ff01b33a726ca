"""Redelivery: sending one delivery again because a person asks for it."""

from collections.abc import Callable

from failwell.core.clock import Clock
from failwell.core.exceptions import ConflictError, NotFoundError
from failwell.stores.outbox import Delivery, OutboxStore

__all__ = ["Redelivery"]


class Redelivery:
    """Puts deliveries back into the outbox, under the same event id and with the same bytes.

    Args:
        outbox: Where deliveries are.
        clock: The clock that schedules follow.
        wake: Tells a dispatcher that there is something to send.
    """

    def __init__(self, outbox: OutboxStore, *, clock: Clock, wake: Callable[[], None]) -> None:
        self._outbox = outbox
        self._clock = clock
        self._wake = wake

    async def redeliver(
        self,
        delivery_id: str,
        *,
        api: str | None = None,
        tenant: str | None = None,
        force: bool = False,
    ) -> Delivery:
        """Send a delivery again, from the start of its schedule.

        Args:
            delivery_id: The delivery.
            api: The API it has to be of; ``None`` for any.
            tenant: Whose it has to be; ``None`` for anybody's.
            force: Also while an attempt is running or a retry is pending.

        Returns:
            The delivery as it stands now.

        Raises:
            NotFoundError: There is no such delivery.
            ConflictError: Its ``state`` stands against it: an attempt is ``running``, a retry is
                ``pending``; its webhook is ``disabled`` or was ``deleted``.
        """
        await self._found(delivery_id, api, tenant)
        came = await self._outbox.requeue(delivery_id, now=self._clock.now(), force=force)
        if came in ("running", "pending"):
            raise ConflictError(resource_type="delivery", field="state", value=came)
        if came != "requeued":
            state = "deleted" if came == "gone" else came
            raise ConflictError(resource_type="webhook", field="state", value=state)
        self._wake()
        return await self._found(delivery_id, api, tenant)

    async def _found(self, delivery_id: str, api: str | None, tenant: str | None) -> Delivery:
        delivery = await self._outbox.get(delivery_id, tenant=tenant)
        if delivery is None or (api is not None and delivery.api not in (None, api)):
            raise NotFoundError(resource_type="delivery", resource_id=delivery_id)
        return delivery
