"""Connix, put together: its stores, its endpoints, its contract, in one application."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from failwell.apis.connix.agents import Agents
from failwell.apis.connix.api_keys import ApiKeys
from failwell.apis.connix.authentication import API, SECURITY, ConnixAuthenticator
from failwell.apis.connix.authorization import Authorization
from failwell.apis.connix.hello import hello_operations
from failwell.apis.connix.invocation import Invocation
from failwell.apis.connix.lifecycle import Lifecycle
from failwell.apis.connix.organizations import Organizations
from failwell.apis.connix.plans import quota_policies
from failwell.apis.connix.projects import Projects
from failwell.apis.connix.response_time import ResponseTime
from failwell.apis.connix.settings import ConnixSettings
from failwell.apis.connix.token_endpoint import TokenEndpoint
from failwell.apis.connix.tokens import Tokens, signer
from failwell.apis.connix.upstream import ModelProvider
from failwell.apis.connix.webhook_care import WebhookCare
from failwell.apis.connix.webhook_deliveries import WebhookDeliveries
from failwell.apis.connix.webhook_move import WebhookMove
from failwell.apis.connix.webhooks import Webhooks
from failwell.core.clock import Clock, SystemClock
from failwell.core.contract import Contract
from failwell.security.passwords import Passwords
from failwell.security.tokens import SignedTokens
from failwell.server.exchange import ASGIApp
from failwell.server.frameworks.starlette import build_api
from failwell.server.guards.quota import QuotaGuard
from failwell.server.hosted import Companion, HostedApi
from failwell.server.operation import Operation
from failwell.stores.accounts import AccountStore
from failwell.stores.api_stores import ApiStores
from failwell.stores.credentials import CredentialStore
from failwell.stores.database import Database
from failwell.webhooks.parts import WebhookParts
from failwell.webhooks.registration import Registration

__all__ = ["PREFIX", "ConnixApi", "Parts", "assemble", "endpoints"]

PREFIX = "/api/v1"
"""In front of every path but those of OAuth."""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What the endpoints of Connix stand on."""

    database: Database
    """``connix.db``."""

    accounts: AccountStore
    """Its organizations and people."""

    credentials: CredentialStore
    """Its keys and tokens."""

    passwords: Passwords
    """Hashes and checks passwords."""

    signer: SignedTokens
    """Signs access tokens."""

    tokens: Tokens
    """Issues access and refresh tokens."""

    lifecycle: Lifecycle
    """Moves agents on."""

    provider: ModelProvider
    """The model behind the agents."""

    settings: ConnixSettings
    """What the operator chose."""

    clock: Clock
    """Where the time comes from."""

    webhooks: WebhookParts | None = None
    """Tells webhooks of errors; without it there is no ``/webhooks``."""


class ConnixApi(HostedApi):
    """A Connix that can be served. Its signing key lies beside its database.

    Args:
        stores: ``connix.db`` and its part of ``failwell.db``.
        passwords: Hashes and checks passwords.
        settings: What the operator chose.
        clock: Where the time comes from.
        webhooks: The webhooks of this process; without them there is no ``/webhooks``.
        options: Options of `failwell.server.failwell.Failwell`, and ``ready``.
    """

    def __init__(
        self,
        stores: ApiStores,
        *,
        passwords: Passwords | None = None,
        settings: ConnixSettings | None = None,
        clock: Clock | None = None,
        webhooks: WebhookParts | None = None,
        **options: Any,
    ) -> None:
        contract = Contract.bundled(API)
        self.parts = assemble(
            stores,
            passwords=passwords or Passwords(),
            settings=settings or ConnixSettings(),
            clock=clock or SystemClock(),
            webhooks=webhooks,
        )
        super().__init__(
            _application(self.parts, contract, stores, options),
            contract,
            beside=_beside(self.parts),
        )


def _beside(parts: Parts) -> tuple[Companion, ...]:
    usual: tuple[Companion, ...] = (parts.passwords, parts.provider, parts.lifecycle)
    if parts.webhooks is None:
        return usual
    moved = WebhookMove(
        parts.database,
        parts.webhooks.endpoints,
        sealer=parts.webhooks.sealer,
        clock=parts.clock,
    )
    return (*usual, moved)


def _application(
    parts: Parts,
    contract: Contract,
    stores: ApiStores,
    options: Mapping[str, Any],
) -> ASGIApp:
    clock = parts.clock
    app = build_api(
        endpoints(parts, contract),
        contract,
        prefix=PREFIX,
        authenticator=ConnixAuthenticator(parts.credentials, tokens=parts.signer, clock=clock),
        quota=QuotaGuard(stores.quota, quota_policies(parts.settings), clock=clock),
        maintenance=stores.maintenance,
        security=SECURITY,
        title="Connix API",
        version="v1",
        clock=clock,
        **options,
    )
    return ResponseTime(app, clock=clock)


def assemble(
    stores: ApiStores,
    *,
    passwords: Passwords,
    settings: ConnixSettings,
    clock: Clock,
    webhooks: WebhookParts | None = None,
) -> Parts:
    """Make the parts that are Connix's own from those it shares with others."""
    signs = signer(stores.database, clock=clock)
    return Parts(
        database=stores.database,
        accounts=stores.accounts,
        credentials=stores.credentials,
        passwords=passwords,
        signer=signs,
        tokens=Tokens(
            stores.database,
            stores.credentials,
            signer=signs,
            clock=clock,
            access_token_seconds=settings.access_token_seconds,
        ),
        lifecycle=Lifecycle(stores.database, clock=clock),
        provider=ModelProvider(
            settings.model_url,
            deadline=settings.deadline,
            allow=map(str, settings.outbound_allow),
        ),
        settings=settings,
        clock=clock,
        webhooks=webhooks,
    )


def endpoints(parts: Parts, contract: Contract) -> Iterator[Operation]:
    """List every endpoint there is."""
    database, clock = parts.database, parts.clock
    yield from hello_operations()
    yield from Projects(database, clock=clock).operations()
    yield from Agents(
        database,
        lifecycle=parts.lifecycle,
        clock=clock,
        transition_seconds=parts.settings.transition_seconds,
    ).operations()
    yield from Invocation(database, provider=parts.provider, clock=clock).operations()
    yield from ApiKeys(parts.credentials, clock=clock).operations()
    yield from Organizations(parts.accounts).operations()
    if parts.webhooks is not None:
        yield from _webhooks(parts.webhooks, contract, clock)
    yield from Authorization(
        database, accounts=parts.accounts, passwords=parts.passwords, clock=clock
    ).operations()
    yield from TokenEndpoint(database, tokens=parts.tokens, clock=clock).operations()


def _webhooks(parts: WebhookParts, contract: Contract, clock: Clock) -> Iterator[Operation]:
    registration = Registration(
        parts.endpoints, sealer=parts.sealer, targets=parts.targets, clock=clock, shape=API
    )
    yield from Webhooks(registration, parts.engine, codes=contract.codes).operations()
    yield from WebhookCare(registration, parts.engine, clock=clock).operations()
    yield from WebhookDeliveries(parts).operations()
