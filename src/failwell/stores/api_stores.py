"""What an API keeps its state in: its own database, and its part of what all APIs share."""

import msgspec

from failwell.stores.accounts import AccountStore
from failwell.stores.credentials import CredentialStore
from failwell.stores.database import Database
from failwell.stores.maintenance import MaintenanceStore
from failwell.stores.quota import QuotaStore
from failwell.stores.quota_memory import MemoryQuotaStore

__all__ = ["ApiStores"]


class ApiStores(msgspec.Struct, frozen=True, kw_only=True):
    """The stores of one API."""

    database: Database
    """Its own data, migrated; files beside it belong to the API too."""

    accounts: AccountStore
    """Tenants and people."""

    credentials: CredentialStore
    """Keys and tokens."""

    quota: QuotaStore = msgspec.field(default_factory=MemoryQuotaStore)
    """Counted requests."""

    maintenance: MaintenanceStore | None = None
    """Announced absences, if any can be announced."""
