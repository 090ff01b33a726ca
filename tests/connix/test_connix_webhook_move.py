"""Webhooks that an older version kept in connix.db go where all endpoints are."""

import contextlib
import sqlite3

import pytest
from sqlalchemy import func, insert, select

from failwell.apis.connix.tables import MIGRATIONS, webhooks
from failwell.apis.connix.webhook_move import WebhookMove
from failwell.stores.database import Database
from failwell.stores.endpoints_sql import SqlEndpointStore
from failwell.stores.tables import MIGRATIONS as SHARED
from failwell.testing import FakeClock
from failwell.webhooks.secret import parse_secret, signing_keys
from tests.webhooks.values import NOW, VAULT

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ROW = {
    "id": "whk_1234567890abcdef",
    "organization_id": "org_1234567890abcdef",
    "url": "https://yourapp.com/webhooks/connix",
    "events": ["error.occurred"],
    "filters": {"severity": ["high", "critical"]},
    "secret": SECRET,
    "created_at": 1705335600.0,
}


class KilledError(Exception):
    """The process ended here."""


class Fragile:
    """A store whose process is killed after so many endpoints were added."""

    def __init__(self, store, *, after):
        self._store = store
        self._left = after

    async def get(self, endpoint_id):
        return await self._store.get(endpoint_id)

    async def add(self, endpoint):
        if not self._left:
            raise KilledError
        self._left -= 1
        return await self._store.add(endpoint)


@pytest.fixture
def connix(tmp_path):
    with Database(tmp_path / "connix.db", migrations=MIGRATIONS) as database:
        database.migrate()
        yield database


@pytest.fixture
def endpoints(tmp_path):
    with Database(tmp_path / "failwell.db", migrations=SHARED) as database:
        database.migrate()
        yield SqlEndpointStore(database)


async def keep(connix, *rows):
    await connix.write(lambda connection: connection.execute(insert(webhooks), list(rows)) and None)


async def left(connix):
    count = select(func.count()).select_from(webhooks)
    return await connix.read(lambda connection: connection.execute(count).scalar_one())


def checkpoint(database):
    with contextlib.closing(sqlite3.connect(database.path)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def move(connix, endpoints):
    await WebhookMove(connix, endpoints, sealer=VAULT, clock=FakeClock(NOW)).start()


async def test_a_webhook_is_moved_as_it_is(connix, endpoints):
    """Id, owner, address, filters and secret stay; the page's shape of bodies, too."""
    await keep(connix, ROW)

    await move(connix, endpoints)

    (endpoint,) = endpoints.known
    assert (endpoint.id, endpoint.api, endpoint.tenant) == (
        "whk_1234567890abcdef",
        "connix",
        "org_1234567890abcdef",
    )
    assert (endpoint.url, endpoint.events) == (ROW["url"], ("error.occurred",))
    assert endpoint.filters == {"severity": ("high", "critical")}
    assert (endpoint.shape, endpoint.state) == ("connix", "active")
    assert endpoint.created_at == 1705335600.0
    assert signing_keys(endpoint, VAULT, now=NOW) == (parse_secret(SECRET),)
    assert await left(connix) == 0


async def test_no_readable_secret_is_left_in_either_file(connix, endpoints, tmp_path):
    """Deleted rows are overwritten, and what is stored instead is sealed."""
    await keep(connix, ROW)
    checkpoint(connix)
    assert SECRET.encode() in (tmp_path / "connix.db").read_bytes()

    await move(connix, endpoints)
    checkpoint(connix)

    files = [path for path in tmp_path.iterdir() if not path.name.endswith("-shm")]
    assert {"connix.db", "failwell.db"} <= {path.name for path in files}
    for path in files:
        assert SECRET[6:].encode() not in path.read_bytes()


@pytest.mark.parametrize("after", [0, 1, 2])
async def test_a_move_that_was_cut_off_is_finished_at_the_next_start(connix, endpoints, after):
    """Wherever the process was killed, in the end each webhook is there once."""
    await keep(connix, *({**ROW, "id": f"whk_{number}"} for number in range(3)))

    with pytest.raises(KilledError):
        await move(connix, Fragile(endpoints, after=after))
    assert await left(connix) == 3
    await move(connix, endpoints)

    assert sorted(each.id for each in endpoints.known) == ["whk_0", "whk_1", "whk_2"]
    assert await left(connix) == 0


async def test_a_second_start_moves_nothing(connix, endpoints):
    """A webhook that its owner has deleted since does not come back."""
    await keep(connix, ROW)
    await move(connix, endpoints)
    await endpoints.remove(ROW["id"], now=NOW)

    await move(connix, endpoints)

    assert endpoints.known == ()
