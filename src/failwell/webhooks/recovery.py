"""Recovery: sending again what an endpoint missed in a range of time, as a job with progress."""

import secrets
from collections.abc import Callable

from failwell.core.clock import Clock
from failwell.core.exceptions import ConflictError, NotFoundError
from failwell.stores.endpoints import EndpointStore
from failwell.stores.outbox import Recovery, RecoveryStore

__all__ = ["Recoveries"]

_PORTION = 100


class Recoveries:
    """Begins recoveries and, looked after by a dispatcher, carries them on portion by portion.

    A job is a row with its progress: a process that is killed leaves it where it was, and the
    next one goes on.

    Args:
        store: Where recoveries are.
        endpoints: Whose they are.
        clock: The clock that schedules follow.
        wake: Tells a dispatcher that there is something to send.
    """

    def __init__(
        self,
        store: RecoveryStore,
        endpoints: EndpointStore,
        *,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._endpoints = endpoints
        self._clock = clock
        self._wake = wake

    async def begin(
        self,
        endpoint_id: str,
        *,
        since: float,
        until: float,
        api: str | None = None,
        tenant: str | None = None,
    ) -> Recovery:
        """Ask for everything that failed in a range of time to be sent again, oldest first.

        Args:
            endpoint_id: The endpoint.
            since: Events from this moment on, in Unix seconds.
            until: Events before this moment.
            api: Whose API it has to be of; ``None`` for any.
            tenant: Whose it has to be; ``None`` for anybody's.

        Raises:
            NotFoundError: There is no such endpoint.
            ConflictError: It is disabled, or a recovery of it is running.
        """
        await self._check(endpoint_id, api, tenant)
        now = self._clock.now()
        # Nothing happened before; calendars cannot show all of those moments.
        since = max(since, 0.0)
        recovery = await self._store.begin(
            Recovery(
                id=f"rcv_{secrets.token_hex(8)}",
                endpoint_id=endpoint_id,
                since=since,
                # What fails from now on is not missed yet.
                until=max(since, min(until, now)),
                total=0,
                done=0,
                state="running",
                created_at=now,
            )
        )
        self._wake()
        return recovery

    async def find(
        self,
        endpoint_id: str,
        recovery_id: str,
        *,
        api: str | None = None,
        tenant: str | None = None,
    ) -> Recovery:
        """Look up how far a recovery is.

        Raises:
            NotFoundError: There is none of this endpoint.
        """
        found = await self._store.recovery(recovery_id)
        endpoint = await self._endpoints.get(endpoint_id, api=api, tenant=tenant)
        if endpoint is None or found is None or found.endpoint_id != endpoint_id:
            raise NotFoundError(resource_type="recovery", resource_id=recovery_id)
        return found

    async def run_due(self) -> int:
        """Requeue one portion of each recovery that is running; says how many deliveries."""
        requeued = 0
        for recovery in await self._store.running():
            after = await self._store.advance(recovery.id, limit=_PORTION, now=self._clock.now())
            requeued += 0 if after is None else after.done - recovery.done
        if requeued:
            self._wake()
        return requeued

    async def _check(self, endpoint_id: str, api: str | None, tenant: str | None) -> None:
        endpoint = await self._endpoints.get(endpoint_id, api=api, tenant=tenant)
        if endpoint is None:
            raise NotFoundError(resource_type="webhook", resource_id=endpoint_id)
        if endpoint.state == "disabled":
            raise ConflictError(resource_type="webhook", field="state", value="disabled")
        if any(each.endpoint_id == endpoint_id for each in await self._store.running()):
            raise ConflictError(resource_type="recovery", field="state", value="running")
