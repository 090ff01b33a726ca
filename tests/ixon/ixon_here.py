"""An IXON in this process, on a real socket, with a clock that moves only when told to."""

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from failwell.apis import ixon
from failwell.apis.ixon import IxonApi, IxonSettings
from failwell.apis.ixon.company_rows import SMALL_PLANT, establish
from failwell.security.passwords import Passwords
from failwell.stores.accounts import AccountStore
from failwell.stores.api_stores import ApiStores
from failwell.stores.credentials_sql import SqlCredentialStore
from failwell.stores.database import Database
from failwell.stores.issuing import DEFAULT_TENANT
from failwell.stores.tables import MIGRATIONS
from failwell.testing import FakeClock
from tests.ixon.ixon_client import Ixon
from tests.server.wire import free_socket, running

T = TypeVar("T")

NOON = 1_763_640_000.0
"""The moment at which it begins; a multiple of the half minute that a code lasts."""


class Here(msgspec.Struct, frozen=True):
    """The API, its callers' view of it, and its time."""

    ixon: Ixon
    """Calls it, as the demo's plain person."""

    api: IxonApi
    """The API itself."""

    clock: FakeClock
    """Its time."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something with its parts that no caller can."""
        return asyncio.run(work)

    def code(self, steps: int = 0) -> str:
        """The careful person's code of now, or so many half minutes away."""
        return self.ixon.code(self.clock.now() + 30 * steps)


@contextlib.contextmanager
def ixon_here(folder: Path, **settings: Any) -> Iterator[Here]:
    """Serve an IXON until the block ends.

    Args:
        folder: Where its databases are.
        settings: Members of its settings.
    """
    clock, bound = FakeClock(NOON), free_socket()
    origin = f"http://127.0.0.1:{bound.getsockname()[1]}"
    shared = Database(folder / "failwell.db", migrations=MIGRATIONS)
    own = Database(folder / "ixon.db", migrations=ixon.MIGRATIONS)
    with shared, own:
        shared.migrate()
        own.migrate()
        api = IxonApi(
            ApiStores(
                database=own,
                credentials=SqlCredentialStore(shared, clock=clock),
                accounts=AccountStore(shared, clock=clock),
            ),
            passwords=Passwords(memory_kib=64, rounds=1),
            settings=IxonSettings(**settings),
            clock=clock,
        )
        asyncio.run(_small_company(api))
        known = asyncio.run(ixon.demo(api, origin=origin))
        with running(api.app, api.contract, sockets=[bound], bare=True):
            yield Here(Ixon(known), api, clock)
        asyncio.run(api.close())


async def _small_company(api: IxonApi) -> None:
    """Make the demo's company beforehand: few points are made faster than many."""
    parts = api.parts
    tenant = await parts.accounts.ensure_tenant(
        DEFAULT_TENANT, api="ixon", tenant_id="1000-2000-3000-4000-5000"
    )
    await parts.database.write(
        lambda connection: establish(
            connection, tenant.id, name=tenant.name, plant=SMALL_PLANT, now=parts.clock.now()
        )
    )
