"""Housekeeping: what ended long ago goes, what may still be asked for stays."""

import asyncio

import pytest

from failwell.stores.accounts import AccountStore
from failwell.stores.credentials_sql import SqlCredentialStore
from failwell.stores.housekeeping import Housekeeping
from failwell.testing import FakeClock

DAY = 86_400.0


@pytest.fixture
def clock():
    """A clock that the test moves."""
    return FakeClock()


@pytest.fixture
async def credentials(shared, clock):
    """A credential store with one tenant in it."""
    await AccountStore(shared, clock=clock).ensure_tenant("T", api="library", tenant_id="t_1")
    return SqlCredentialStore(shared, clock=clock)


async def issue(credentials, number, *, expires_at):
    await credentials.issue(
        f"secret-{number}",
        credential_id=f"key_{number}",
        api="library",
        kind="api-key",
        tenant_id="t_1",
        expires_at=expires_at,
    )


async def test_what_ended_a_week_ago_is_forgotten(credentials, clock):
    """Credentials without an end, and those that ended lately, are still known."""
    await issue(credentials, 1, expires_at=None)
    await issue(credentials, 2, expires_at=clock.now() + DAY)
    await issue(credentials, 3, expires_at=clock.now() + 7 * DAY)
    await credentials.revoke("key_1")
    clock.advance(8 * DAY + 1)

    assert await Housekeeping(credentials, clock=clock).run_once() == 1

    known = await credentials.list(api="library", revoked=True)
    assert [each.id for each in known] == ["key_1", "key_3"]
    assert await credentials.find_by_secret("secret-2", api="library") is None


async def test_many_go_in_portions(clock):
    """Thousands do not hold up the writer at once."""
    asked = []

    class Store:
        left = 1_200

        async def purge(self, *, before, limit):
            asked.append(limit)
            gone = min(self.left, limit)
            self.left -= gone
            return gone

    assert await Housekeeping(Store(), clock=clock).run_once() == 1_200
    assert asked == [500, 500, 500, 500]


async def test_a_failure_is_logged_and_tried_again(clock, caplog):
    """A file that cannot be written today is tried again later, and nobody else notices."""
    calls = []
    done = asyncio.Event()

    class Store:
        async def purge(self, *, before, limit):
            calls.append(before)
            if len(calls) == 1:
                raise OSError("disk is full")
            done.set()
            return 0

    housekeeping = Housekeeping(Store(), clock=clock, every=0.01)
    await housekeeping.start()
    await asyncio.wait_for(done.wait(), 5)
    await housekeeping.close()

    assert "could not be purged" in caplog.text
