"""Probation: how a disabled endpoint comes back.

Enabling takes a person. Then comes a pause, so that switching on and off is no way around the
rules, then one delivery; the others follow when that one has arrived. While it does not arrive
the endpoint is left alone for longer and longer (see `failwell.webhooks.verdict`).
"""

from collections.abc import Callable

from failwell.core.clock import Clock
from failwell.core.exceptions import NotFoundError
from failwell.stores.endpoints import Endpoint, EndpointStore
from failwell.webhooks import operational

__all__ = ["COOL_DOWN", "Probation"]

COOL_DOWN = 300.0
"""Seconds that nothing is sent after an endpoint was disabled, even if it was enabled again."""


class Probation:
    """Enables and disables endpoints as their owners ask.

    Args:
        endpoints: The endpoints.
        clock: The clock that schedules follow.
        wake: Tells a dispatcher that there is something to send.
    """

    def __init__(self, endpoints: EndpointStore, *, clock: Clock, wake: Callable[[], None]) -> None:
        self._endpoints = endpoints
        self._clock = clock
        self._wake = wake

    async def enable(
        self, endpoint_id: str, *, api: str | None = None, tenant: str | None = None
    ) -> Endpoint:
        """Enable an endpoint that is disabled; any other stays as it is.

        Args:
            endpoint_id: The endpoint.
            api: Whose API it has to be of; ``None`` for any.
            tenant: Whose it has to be; ``None`` for anybody's.

        Raises:
            NotFoundError: There is no such endpoint.
        """
        endpoint = await self._found(endpoint_id, api, tenant)
        if endpoint.state != "disabled":
            return endpoint
        now = self._clock.now()
        paused_until = max(now, (endpoint.disabled_at or now) + COOL_DOWN)
        changed = await self._endpoints.enable(endpoint_id, paused_until=paused_until)
        event = operational.enabled(endpoint, at=now, paused_until=paused_until)
        await self._endpoints.tell([event])
        self._wake()
        return _still(changed, endpoint_id)

    async def disable(
        self, endpoint_id: str, *, api: str | None = None, tenant: str | None = None
    ) -> Endpoint:
        """Disable an endpoint; what waits for it is parked. One that is disabled stays as it is.

        Args:
            endpoint_id: The endpoint.
            api: Whose API it has to be of; ``None`` for any.
            tenant: Whose it has to be; ``None`` for anybody's.

        Raises:
            NotFoundError: There is no such endpoint.
        """
        endpoint = await self._found(endpoint_id, api, tenant)
        if endpoint.state == "disabled":
            return endpoint
        now = self._clock.now()
        changed = await self._endpoints.disable(endpoint_id, reason="manual", now=now)
        await self._endpoints.tell([operational.disabled(endpoint, "manual", at=now)])
        return _still(changed, endpoint_id)

    async def _found(self, endpoint_id: str, api: str | None, tenant: str | None) -> Endpoint:
        return _still(await self._endpoints.get(endpoint_id, api=api, tenant=tenant), endpoint_id)


def _still(endpoint: Endpoint | None, endpoint_id: str) -> Endpoint:
    if endpoint is None:
        raise NotFoundError(resource_type="webhook", resource_id=endpoint_id)
    return endpoint
