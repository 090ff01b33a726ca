"""Connxt, put together: its stores, its endpoints, its contract, in one application."""

from collections.abc import Iterator
from typing import Any

import msgspec

from failwell.apis.connxt.authentication import API, SECURITY, authenticator
from failwell.apis.connxt.flows import Flows
from failwell.apis.connxt.gateway import Gateway
from failwell.apis.connxt.provider import PaymentProvider
from failwell.apis.connxt.psps import Psps
from failwell.apis.connxt.settings import ConnxtSettings
from failwell.apis.connxt.transactions import Transactions
from failwell.apis.connxt.wire import PREFIX
from failwell.core.clock import Clock, SystemClock
from failwell.core.contract import Contract
from failwell.security.encryption import Vault, load_encryption_key, parse_key
from failwell.server.frameworks.starlette import build_api
from failwell.server.hosted import HostedApi
from failwell.server.operation import Operation
from failwell.stores.accounts import AccountStore
from failwell.stores.api_stores import ApiStores
from failwell.stores.credentials import CredentialStore
from failwell.stores.database import Database

__all__ = ["ConnxtApi", "Parts", "endpoints"]


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What the endpoints of Connxt stand on."""

    database: Database
    """``connxt.db``."""

    accounts: AccountStore
    """Its brands."""

    credentials: CredentialStore
    """Its tokens."""

    vault: Vault
    """Seals and opens the credentials of PSPs."""

    provider: PaymentProvider
    """Is told about payments."""

    settings: ConnxtSettings
    """What the operator chose."""

    clock: Clock
    """Where the time comes from."""


class ConnxtApi(HostedApi):
    """A Connxt that can be served. Its encryption key may lie beside its database.

    Args:
        stores: ``connxt.db`` and its part of ``failwell.db``.
        settings: What the operator chose.
        clock: Where the time comes from.
        options: Options of `failwell.server.failwell.Failwell`, and ``ready``.
    """

    def __init__(
        self,
        stores: ApiStores,
        *,
        settings: ConnxtSettings | None = None,
        clock: Clock | None = None,
        **options: Any,
    ) -> None:
        settings, clock = settings or ConnxtSettings(), clock or SystemClock()
        self.parts = Parts(
            database=stores.database,
            accounts=stores.accounts,
            credentials=stores.credentials,
            vault=_vault(stores.database, settings),
            provider=PaymentProvider(settings),
            settings=settings,
            clock=clock,
        )
        contract = Contract.bundled(API)
        app = build_api(
            endpoints(self.parts),
            contract,
            prefix=PREFIX,
            authenticator=authenticator(stores.credentials, clock=clock),
            maintenance=stores.maintenance,
            security=SECURITY,
            title="Connxt API",
            version="v2",
            clock=clock,
            **options,
        )
        super().__init__(app, contract, beside=(self.parts.provider,))


def endpoints(parts: Parts) -> Iterator[Operation]:
    """List every endpoint there is."""
    database, clock = parts.database, parts.clock
    yield from Flows(database, clock=clock).operations()
    yield from Psps(database, vault=parts.vault, clock=clock).operations()
    yield from Transactions(
        database,
        vault=parts.vault,
        provider=parts.provider,
        settings=parts.settings,
        clock=clock,
    ).operations()
    yield from Gateway(database, clock=clock).operations()


def _vault(database: Database, settings: ConnxtSettings) -> Vault:
    if settings.encryption_key is not None:
        return Vault(parse_key(settings.encryption_key))
    return Vault(load_encryption_key(database.path.with_name(f"{API}.key")))
