"""Maintenance windows: begun and ended from outside, seen within a second."""

import asyncio
import time

import pytest

from failwell.stores.database import Database
from failwell.stores.maintenance import MaintenanceStore
from failwell.testing import FakeClock


@pytest.fixture
def clock():
    """A clock that stands still."""
    return FakeClock()


@pytest.fixture
def store(shared, clock):
    """The store under test."""
    return MaintenanceStore(shared, clock=clock)


async def test_window_covers_its_api_until_its_end(store, clock):
    """An API is away from the start to the planned end, and the others are not."""
    window = await store.start("connix", ends_at=clock.now() + 60, message="disks")

    assert await store.active("connix", clock.now()) == window
    assert await store.active("ixon", clock.now()) is None
    clock.advance(59)
    assert await store.active("connix", clock.now()) == window
    clock.advance(1)
    assert await store.active("connix", clock.now()) is None


async def test_window_without_an_end_lasts_until_it_is_ended(store, clock):
    """Nobody knows when it ends, so somebody has to say so."""
    window = await store.start("connix")
    clock.advance(1_000_000)
    assert await store.active("connix", clock.now()) == window

    ended = await store.end("connix")

    assert [entry.id for entry in ended] == [window.id]
    assert await store.active("connix", clock.now()) is None
    assert await store.end("connix") == ()


async def test_new_window_takes_the_place_of_the_running_one(store, clock):
    """There is one announced end at a time."""
    await store.start("connix", ends_at=clock.now() + 600)
    clock.advance(1)
    second = await store.start("connix", ends_at=clock.now() + 60)

    assert await store.active("connix", clock.now()) == second
    assert [entry.ended_at is None for entry in await store.list()] == [False, True]


async def test_list_keeps_the_past(store, clock):
    """Windows that are over stay in the list, narrowed to an API if wanted."""
    await store.start("connix")
    await store.end("connix")
    clock.advance(1)
    await store.start("ixon")

    assert [entry.api for entry in await store.list()] == ["connix", "ixon"]
    assert [entry.api for entry in await store.list(api="connix")] == ["connix"]


async def test_other_processes_are_heard_within_a_second(shared):
    """What the command line starts and ends, a busy server follows within a second."""
    server = MaintenanceStore(shared)
    assert await server.active("connix", time.time()) is None

    with Database(shared.path) as other:
        command = MaintenanceStore(other)
        for change, away in ((command.start, True), (command.end, False)):
            await change("connix")
            begun = time.monotonic()
            while (await server.active("connix", time.time()) is not None) != away:
                assert time.monotonic() - begun < 1.0
                await asyncio.sleep(0.01)


async def test_unreadable_file_keeps_the_last_known_state(shared, store, clock):
    """An API in maintenance stays so while nobody can look, until the planned end."""
    window = await store.start("connix", ends_at=clock.now() + 60)
    assert await store.active("connix", clock.now()) == window
    shared.write_now(
        lambda c: c.exec_driver_sql("ALTER TABLE maintenance_windows RENAME TO away").rowcount
    )

    clock.advance(30)
    assert await store.active("connix", clock.now()) == window

    clock.advance(30)
    assert await store.active("connix", clock.now()) is None


async def test_locked_file_does_not_hide_windows(shared, store, clock, held):
    """A held lock stops neither the look nor the answer."""
    await store.start("connix")

    with held(shared.path):
        clock.advance(10)
        assert await store.active("connix", clock.now()) is not None
