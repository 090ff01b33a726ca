"""Registration: endpoints as their owners make them, change them and give them new secrets.

Faces check the form of a request; what only the outside world knows, that an address leads to
a place that may be called, is found here. Operators are the owner without API and tenant.
"""

import asyncio
import secrets
from collections.abc import Mapping, Sequence

from msgspec import UNSET, UnsetType

from failwell.core.clock import Clock, SystemClock
from failwell.core.exceptions import NotFoundError, ValidationError
from failwell.core.fault import Location, Violation
from failwell.core.situation import Situation
from failwell.outbound.target import TargetRules, resolve_target
from failwell.stores.endpoints import Endpoint, EndpointChanges, EndpointStore
from failwell.webhooks.filters import stored_filters
from failwell.webhooks.payload import STANDARD
from failwell.webhooks.secret import DAY, Sealer, first_secret, rotated

__all__ = ["Registration"]

_MOST = 100

Filters = Mapping[str, Sequence[str | float]]


class Registration:
    """The endpoints of one owner of many, or of operators.

    Methods that take `api` and `tenant` find only what belongs to both; ``None`` is for
    operators, who see everything.

    Args:
        endpoints: Where endpoints are kept.
        sealer: Encrypts their secrets.
        targets: Which addresses may be registered.
        clock: Where the time comes from.
        shape: How the bodies of new ones look.
        most: How many an owner may have.
    """

    def __init__(
        self,
        endpoints: EndpointStore,
        *,
        sealer: Sealer,
        targets: TargetRules,
        clock: Clock | None = None,
        shape: str = STANDARD,
        most: int = _MOST,
    ) -> None:
        self._endpoints = endpoints
        self._sealer = sealer
        self._targets = targets
        self._clock = clock or SystemClock()
        self._shape = shape
        self._most = most
        self._rotating = asyncio.Lock()

    async def check_url(
        self, url: str, *, path: Sequence[str | int] = ("url",), code: str | None = None
    ) -> tuple[Violation, ...]:
        """List what is wrong with an address: its form, or where its name leads.

        Args:
            url: The address.
            path: Where it stands in the request.
            code: The contract's word for a value that is not accepted.
        """
        problem = await resolve_target(url, self._targets)
        if problem is None:
            return ()
        return (Violation(code=code, detail=f"Url {problem}", location=Location(tuple(path))),)

    async def create(
        self,
        *,
        api: str | None,
        tenant: str | None,
        url: str,
        events: Sequence[str],
        filters: Filters,
        schedule: Sequence[float] | None = None,
    ) -> tuple[Endpoint, str]:
        """Register an endpoint; what is given has been checked.

        Args:
            api: The API it belongs to.
            tenant: Whose it is.
            url: Its address.
            events: Event types it wants.
            filters: As they were sent.
            schedule: Its own waits between attempts, in seconds.

        Returns:
            The endpoint, and its secret to show this once.

        Raises:
            ValidationError: Its owner has as many as anybody may have.
        """
        now, endpoint_id = self._clock.now(), f"whk_{secrets.token_hex(8)}"
        secret, kept = first_secret(self._sealer, endpoint_id=endpoint_id)
        endpoint = Endpoint(
            id=endpoint_id,
            api=api,
            tenant=tenant,
            url=url,
            events=tuple(events),
            filters=stored_filters(filters),
            secrets=(kept,),
            shape=self._shape,
            schedule=None if schedule is None else tuple(schedule),
            created_at=now,
            updated_at=now,
        )
        if not await self._endpoints.add(endpoint, most=self._most):
            raise ValidationError(
                situation=Situation.UNPROCESSABLE,
                field="url",
                reason=f"There are {self._most} webhooks already, and no more than that; "
                "delete one first",
            )
        return endpoint, secret

    async def find(
        self, endpoint_id: str, *, api: str | None = None, tenant: str | None = None
    ) -> Endpoint:
        """Look an endpoint up.

        Raises:
            NotFoundError: There is no such endpoint.
        """
        found = await self._endpoints.get(endpoint_id, api=api, tenant=tenant)
        return _there(found, endpoint_id)

    async def list(
        self, *, api: str | None = None, tenant: str | None = None
    ) -> tuple[Endpoint, ...]:
        """List endpoints, oldest first."""
        return await self._endpoints.list(api=api, tenant=tenant)

    async def change(
        self,
        endpoint_id: str,
        *,
        api: str | None = None,
        tenant: str | None = None,
        url: str | UnsetType = UNSET,
        events: Sequence[str] | UnsetType = UNSET,
        filters: Filters | UnsetType = UNSET,
        schedule: Sequence[float] | UnsetType | None = UNSET,
    ) -> Endpoint:
        """Change what is given, which has been checked; what is on its way stays as it is.

        Raises:
            NotFoundError: There is no such endpoint.
        """
        await self.find(endpoint_id, api=api, tenant=tenant)
        changes = EndpointChanges(
            url=url,
            events=UNSET if events is UNSET else tuple(events),
            filters=UNSET if filters is UNSET else stored_filters(filters),
            schedule=tuple(schedule) if isinstance(schedule, Sequence) else schedule,
            updated_at=self._clock.now(),
        )
        return _there(await self._endpoints.update(endpoint_id, changes), endpoint_id)

    async def rotate(
        self,
        endpoint_id: str,
        *,
        api: str | None = None,
        tenant: str | None = None,
        overlap: float = DAY,
    ) -> tuple[Endpoint, str]:
        """Give an endpoint a new secret; the old one goes on signing for a while.

        Args:
            endpoint_id: The endpoint.
            api: Whose API it has to be of.
            tenant: Whose it has to be.
            overlap: Seconds, see `failwell.webhooks.secret.rotated`.

        Returns:
            The endpoint, and its new secret to show this once.

        Raises:
            NotFoundError: There is no such endpoint.
        """
        # One after the other: each rotation has to see what the one before has left.
        async with self._rotating:
            found, now = await self.find(endpoint_id, api=api, tenant=tenant), self._clock.now()
            secret, kept = rotated(
                found.secrets, self._sealer, endpoint_id=endpoint_id, now=now, overlap=overlap
            )
            changes = EndpointChanges(secrets=kept, updated_at=now)
            changed = await self._endpoints.update(endpoint_id, changes)
        return _there(changed, endpoint_id), secret

    async def remove(
        self, endpoint_id: str, *, api: str | None = None, tenant: str | None = None
    ) -> None:
        """Forget an endpoint; what waits for it is cancelled, its log stays.

        Raises:
            NotFoundError: There is no such endpoint.
        """
        await self.find(endpoint_id, api=api, tenant=tenant)
        if not await self._endpoints.remove(endpoint_id, now=self._clock.now()):
            raise NotFoundError(resource_type="webhook", resource_id=endpoint_id)


def _there(endpoint: Endpoint | None, endpoint_id: str) -> Endpoint:
    if endpoint is None:
        raise NotFoundError(resource_type="webhook", resource_id=endpoint_id)
    return endpoint
