"""IXON, put together: its stores, its endpoints, its contract, in one application."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from failwell.apis.ixon.access_tokens import AccessTokens
from failwell.apis.ixon.agent_parts import AgentParts
from failwell.apis.ixon.agents import Agents
from failwell.apis.ixon.authentication import API, SECURITY, IxonAuthenticator
from failwell.apis.ixon.companies import Companies
from failwell.apis.ixon.data import Data
from failwell.apis.ixon.discovery import Discovery
from failwell.apis.ixon.limits import limits
from failwell.apis.ixon.memberships import Memberships
from failwell.apis.ixon.people import People
from failwell.apis.ixon.permissions import SCOPES
from failwell.apis.ixon.roles import Roles
from failwell.apis.ixon.second_factor import SecondFactor
from failwell.apis.ixon.settings import IxonSettings
from failwell.apis.ixon.tokens import Tokens
from failwell.core.clock import Clock, SystemClock
from failwell.core.contract import Contract
from failwell.security.passwords import Passwords
from failwell.server.exchange import ASGIApp
from failwell.server.frameworks.starlette import build_api
from failwell.server.guards.quota import QuotaGuard
from failwell.server.hosted import HostedApi
from failwell.server.operation import Operation
from failwell.server.workers import Workers
from failwell.stores.accounts import AccountStore
from failwell.stores.api_stores import ApiStores
from failwell.stores.credentials import CredentialStore
from failwell.stores.database import Database

__all__ = ["PREFIX", "IxonApi", "Parts", "endpoints"]

PREFIX = "/api"
"""In front of every path."""

_DATA_WORKERS = 2
_DATA_WAITING = 16


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What the endpoints of IXON stand on."""

    database: Database
    """``ixon.db``."""

    accounts: AccountStore
    """Its companies and log-ins."""

    credentials: CredentialStore
    """The hashes of its tokens."""

    passwords: Passwords
    """Hashes and checks passwords."""

    workers: Workers
    """Read logged data."""

    settings: IxonSettings
    """What the operator chose."""

    clock: Clock
    """Where the time comes from."""


class IxonApi(HostedApi):
    """An IXON that can be served.

    Args:
        stores: ``ixon.db`` and its part of ``failwell.db``.
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
        settings: IxonSettings | None = None,
        clock: Clock | None = None,
        **options: Any,
    ) -> None:
        contract = Contract.bundled(API)
        self.parts = Parts(
            database=stores.database,
            accounts=stores.accounts,
            credentials=stores.credentials,
            passwords=passwords or Passwords(),
            workers=Workers(_DATA_WORKERS, waiting=_DATA_WAITING, name="ixon-data"),
            settings=settings or IxonSettings(),
            clock=clock or SystemClock(),
        )
        super().__init__(
            _application(self.parts, contract, stores, options),
            contract,
            beside=(self.parts.passwords, self.parts.workers),
        )


def _application(
    parts: Parts,
    contract: Contract,
    stores: ApiStores,
    options: Mapping[str, Any],
) -> ASGIApp:
    operations = tuple(endpoints(parts))
    everything = {scope for operation in operations for scope in operation.scopes}
    return build_api(
        operations,
        contract,
        prefix=PREFIX,
        authenticator=IxonAuthenticator(
            parts.database,
            accounts=parts.accounts,
            credentials=parts.credentials,
            passwords=parts.passwords,
            everything=frozenset(everything.difference(SCOPES)),
            clock=parts.clock,
        ),
        quota=QuotaGuard(
            stores.quota, limits(parts.settings), clock=parts.clock, headers=False, by_address=True
        ),
        maintenance=stores.maintenance,
        security=SECURITY,
        title="IXON APIv2",
        version="2",
        either_slash=True,
        clock=parts.clock,
        **options,
    )


def endpoints(parts: Parts) -> Iterator[Operation]:
    """List every endpoint there is."""
    database, clock = parts.database, parts.clock
    tokens = Tokens(database, parts.credentials, clock=clock)
    others = (
        *AccessTokens(
            database, credentials=parts.credentials, tokens=tokens, clock=clock
        ).operations(),
        *People(database).operations(),
        *SecondFactor(database, clock=clock).operations(),
        *Companies(database, clock=clock).operations(),
        *Roles(database, clock=clock).operations(),
        *Memberships(database, clock=clock).operations(),
        *Agents(database).operations(),
        *AgentParts(database, clock=clock).operations(),
        *Data(
            database, workers=parts.workers, deadline=parts.settings.deadline, clock=clock
        ).operations(),
    )
    yield from others
    yield from Discovery(others, prefix=PREFIX, clock=clock).operations()
