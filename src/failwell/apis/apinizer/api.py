"""Apinizer, put together: its stores, its endpoints, its contract, in one application."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from failwell.apis.apinizer.api_proxies import ApiProxies
from failwell.apis.apinizer.authentication import API, SECURITY, ApinizerAuthenticator, signer
from failwell.apis.apinizer.checks import check_operations
from failwell.apis.apinizer.deploying import Deploying
from failwell.apis.apinizer.deployments import Deployments
from failwell.apis.apinizer.environments import Environments
from failwell.apis.apinizer.members import Members
from failwell.apis.apinizer.project_credentials import ProjectCredentials
from failwell.apis.apinizer.projects import Projects
from failwell.apis.apinizer.settings import ApinizerSettings
from failwell.apis.apinizer.specification import Specifications
from failwell.apis.apinizer.token_endpoint import TokenEndpoint
from failwell.apis.apinizer.tokens import Tokens
from failwell.apis.apinizer.users import Users
from failwell.core.clock import Clock, SystemClock
from failwell.core.contract import Contract
from failwell.outbound.fetch import Outbound
from failwell.security.passwords import Passwords
from failwell.security.tokens import SignedTokens
from failwell.server.exchange import ASGIApp
from failwell.server.frameworks.starlette import build_api
from failwell.server.guards.quota import QuotaGuard, by_plan, minute
from failwell.server.hosted import HostedApi
from failwell.server.operation import Operation
from failwell.server.workers import Workers
from failwell.stores.accounts import AccountStore
from failwell.stores.api_stores import ApiStores
from failwell.stores.credentials import CredentialStore
from failwell.stores.database import Database

__all__ = ["PREFIX", "ApinizerApi", "Parts", "assemble", "endpoints"]

PREFIX = "/apiops"
"""In front of every path."""

_PARSERS = 2


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What the endpoints of Apinizer stand on."""

    database: Database
    """``apinizer.db``."""

    accounts: AccountStore
    """Its installations and log-ins."""

    credentials: CredentialStore
    """Its tokens."""

    passwords: Passwords
    """Hashes and checks passwords."""

    signer: SignedTokens
    """Signs tokens."""

    workers: Workers
    """Parse specifications."""

    specifications: Specifications
    """Fetches and checks specifications."""

    settings: ApinizerSettings
    """What the operator chose."""

    clock: Clock
    """Where the time comes from."""


class ApinizerApi(HostedApi):
    """An Apinizer that can be served. Its signing key lies beside its database.

    Args:
        stores: ``apinizer.db`` and its part of ``failwell.db``.
        passwords: Hashes and checks passwords.
        settings: What the operator chose.
        clock: Where the time comes from.
        options: Options of `failwell.server.failwell.Failwell`, and ``ready``.
    """

    def __init__(
        self,
        stores: ApiStores,
        *,
        passwords: Passwords | None = None,
        settings: ApinizerSettings | None = None,
        clock: Clock | None = None,
        **options: Any,
    ) -> None:
        contract = Contract.bundled(API)
        self.parts = assemble(
            stores,
            passwords=passwords or Passwords(),
            settings=settings or ApinizerSettings(),
            clock=clock or SystemClock(),
        )
        super().__init__(
            _application(self.parts, contract, stores, options),
            contract,
            beside=(self.parts.passwords, self.parts.workers, self.parts.specifications),
        )


def _application(
    parts: Parts,
    contract: Contract,
    stores: ApiStores,
    options: Mapping[str, Any],
) -> ASGIApp:
    clock, settings = parts.clock, parts.settings
    policies = by_plan({"free": (minute(settings.per_minute, settings.window_seconds),)})
    return build_api(
        endpoints(parts),
        contract,
        prefix=PREFIX,
        authenticator=ApinizerAuthenticator(
            parts.database, parts.credentials, tokens=parts.signer, clock=clock
        ),
        # The page knows a refusal, but no header fields that announce it.
        quota=QuotaGuard(stores.quota, policies, clock=clock, headers=False),
        maintenance=stores.maintenance,
        security=SECURITY,
        title="Apinizer Management API",
        version="v1",
        either_slash=True,
        clock=clock,
        **options,
    )


def assemble(
    stores: ApiStores,
    *,
    passwords: Passwords,
    settings: ApinizerSettings,
    clock: Clock,
) -> Parts:
    """Make the parts that are Apinizer's own from those it shares with others."""
    workers = Workers(_PARSERS, waiting=16, name="specification")
    outbound = Outbound(allow=map(str, settings.outbound_allow), deadline=settings.deadline)
    return Parts(
        database=stores.database,
        accounts=stores.accounts,
        credentials=stores.credentials,
        passwords=passwords,
        signer=signer(stores.database, clock=clock),
        workers=workers,
        specifications=Specifications(outbound, workers),
        settings=settings,
        clock=clock,
    )


def endpoints(parts: Parts) -> Iterator[Operation]:
    """List every endpoint there is."""
    database, clock = parts.database, parts.clock
    tokens = Tokens(
        parts.credentials,
        signer=parts.signer,
        clock=clock,
        seconds=parts.settings.token_seconds,
    )
    deploying = Deploying(database, clock=clock, seconds=parts.settings.deploy_seconds)
    yield from TokenEndpoint(
        database, accounts=parts.accounts, passwords=parts.passwords, tokens=tokens, clock=clock
    ).operations()
    yield from tokens.operations()
    yield from check_operations()
    yield from Projects(database, clock=clock).operations()
    yield from Members(database).operations()
    yield from Users(
        database, accounts=parts.accounts, passwords=parts.passwords, clock=clock
    ).operations()
    yield from Environments(database).operations()
    yield from ApiProxies(
        database, specifications=parts.specifications, deploying=deploying, clock=clock
    ).operations()
    yield from Deployments(database, deploying=deploying, clock=clock).operations()
    yield from ProjectCredentials(database, passwords=parts.passwords, clock=clock).operations()
