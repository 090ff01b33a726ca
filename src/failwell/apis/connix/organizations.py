"""Organizations: a caller can look at its own and at no other."""

from failwell.apis.connix.plans import PLANS
from failwell.apis.connix.wire import BOTH
from failwell.core.clock import timestamp
from failwell.core.exceptions import NotFoundError
from failwell.core.situation import Situation
from failwell.server.operation import Call, Operation, Reply
from failwell.server.schemas import MOMENT, answer, identifier
from failwell.stores.accounts import AccountStore, Tenant

__all__ = ["Organizations"]

_ORGANIZATION = answer(
    id=identifier("org_1234567890abcdef"),
    name={"type": "string"},
    plan={"type": "string", "enum": list(PLANS)},
    created_at=MOMENT,
)


class Organizations:
    """The endpoint of organizations.

    Args:
        accounts: Where organizations are kept.
    """

    def __init__(self, accounts: AccountStore) -> None:
        self._accounts = accounts

    async def get(self, call: Call) -> Reply:
        """Read the caller's organization."""
        return Reply(body=_organization(await self._own(call)))

    async def _own(self, call: Call) -> Tenant:
        org_id = call.path["org_id"]
        found = None
        if org_id == call.caller.tenant:
            found = await self._accounts.tenant(org_id, api="connix")
        if found is None:
            raise NotFoundError(resource_type="organization", resource_id=org_id)
        return found

    def operations(self) -> tuple[Operation, ...]:
        """Declare the endpoint."""
        return (
            Operation(
                method="GET",
                path="/organizations/{org_id}",
                handler=self.get,
                id="getOrganization",
                summary="Read the organization the credential belongs to.",
                tags=("organizations",),
                auth=BOTH,
                returns=_ORGANIZATION,
                situations=(Situation.NOT_FOUND,),
            ),
        )


def _organization(tenant: Tenant) -> dict[str, str | None]:
    return {
        "id": tenant.id,
        "name": tenant.name,
        "plan": tenant.plan,
        "created_at": timestamp(tenant.created_at),
    }
