"""Values that tests of webhooks start from: a fault, an endpoint, and who is known."""

from typing import Any

import msgspec

from failwell.security.encryption import Vault
from failwell.stores.endpoints import Endpoint, EndpointSecret
from failwell.stores.faults import FaultRecord

NOW = 1_700_000_000.0
VAULT = Vault(bytes(range(32)))


def make_record(**changes: Any) -> FaultRecord:
    """The fault of the Connix page's webhook, with changes."""
    record = FaultRecord(
        request_id="req_1234567890abcdef",
        at=1705335600.0,
        api="connix",
        route="/api/v1/projects/{project_id}",
        method="GET",
        code="internal_error",
        status=500,
        severity="high",
        situation="crash",
        failure="database",
        message="An unexpected error occurred while processing your request",
        tenant="org_1",
        user_id="user_1234567890abcdef",
        affected=("proj_1234567890abcdef",),
    )
    return msgspec.structs.replace(record, **changes)


def make_endpoint(*secrets: str, **changes: Any) -> Endpoint:
    """An endpoint that wants every error of one organization, with changes."""
    endpoint = Endpoint(
        id="whk_1234567890abcdef",
        api="connix",
        tenant="org_1",
        url="https://yourapp.example.com/webhooks/connix",
        events=("error.occurred",),
        filters={},
        secrets=(),
        created_at=NOW,
        updated_at=NOW,
    )
    endpoint = msgspec.structs.replace(endpoint, **changes)
    sealed = tuple(EndpointSecret(sealed=VAULT.seal(each, place=endpoint.id)) for each in secrets)
    return msgspec.structs.replace(endpoint, secrets=sealed or endpoint.secrets)


class Known:
    """Endpoints that are known, as a store knows them."""

    def __init__(self, *endpoints: Endpoint) -> None:
        self.known = endpoints
