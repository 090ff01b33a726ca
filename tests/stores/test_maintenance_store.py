"""Maintenance windows: begun and ended from outside, seen within a second."""

import asyncio
import shutil
import time
from pathlib import Path

import pytest

import failwell.stores.migrations
from failwell.core.exceptions import FailwellError
from failwell.stores.database import Database
from failwell.stores.maintenance import MaintenanceStore, WindowChanges, WindowOverError
from failwell.stores.tables import MIGRATIONS
from failwell.testing import FakeClock


@pytest.fixture
def clock():
    """A clock that stands still."""
    return FakeClock()


@pytest.fixture
def store(shared, clock):
    """The store under test."""
    return MaintenanceStore(shared, clock=clock)


@pytest.fixture
def older(tmp_path):
    """The scripts of an older version: those up to a revision."""

    def make(last):
        folder = tmp_path / "older"
        shutil.copytree(Path(failwell.stores.migrations.__file__).parent, folder)
        for script in (folder / "versions").glob("r[0-9]*.py"):
            if script.name[1:5] > last:
                script.unlink()
        return str(folder)

    return make


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


async def test_window_ahead_ends_nothing(store, clock):
    """What is announced for later leaves what is running alone, and begins in time."""
    running = await store.start("connix", ends_at=clock.now() + 60)
    ahead = await store.start("connix", starts_at=clock.now() + 600, ends_at=clock.now() + 900)

    assert await store.active("connix", clock.now()) == running
    clock.advance(60)
    assert await store.active("connix", clock.now()) is None
    clock.advance(540)
    assert await store.active("connix", clock.now()) == ahead


async def test_window_of_a_route_leaves_the_others_alone(store, clock):
    """Only the named routes are away; paths that no route matches are not."""
    window = await store.start("connix", routes=["/api/v1/projects/*"])

    assert await store.active("connix", clock.now(), "/api/v1/projects/{project_id}") == window
    assert await store.active("connix", clock.now(), "/api/v1/hello") is None
    assert await store.active("connix", clock.now()) is None


async def test_window_of_a_route_and_one_of_all_stand_side_by_side(store, clock):
    """A window takes the place of one for the same routes; of several the last end is told."""
    partly = await store.start("connix", ends_at=clock.now() + 900, routes=["/a"])
    whole = await store.start("connix", ends_at=clock.now() + 60)

    assert await store.active("connix", clock.now(), "/a") == partly
    assert await store.active("connix", clock.now(), "/b") == whole
    assert len(await store.end("connix")) == 2


async def test_change_is_in_force_at_once(store, clock):
    """Extended, cut short and worded anew, and nothing else changes."""
    window = await store.start("connix", ends_at=clock.now() + 60, message="Disks")
    clock.advance(30)

    longer = await store.change(window.id, WindowChanges(ends_at=clock.now() + 600))

    assert (longer.ends_at, longer.message) == (clock.now() + 600, "Disks")
    assert await store.active("connix", clock.now()) == longer
    shorter = await store.change(
        window.id, WindowChanges(ends_at=clock.now() + 5, message="Nearly there")
    )
    assert await store.list() == (shorter,)
    assert shorter.message == "Nearly there"
    clock.advance(5)
    assert await store.active("connix", clock.now()) is None


async def test_change_of_what_is_over_is_refused(store, clock):
    """A window that is over stays what it was; one that never was is none."""
    window = await store.start("connix", ends_at=clock.now() + 60)
    clock.advance(60)

    with pytest.raises(WindowOverError, match="is over; start a new window"):
        await store.change(window.id, WindowChanges(ends_at=clock.now() + 60))
    with pytest.raises(WindowOverError):
        await store.close(window.id)
    assert await store.change("mnt_none", WindowChanges(message="Disks")) is None
    assert await store.close("mnt_none") is None
    assert await store.list() == (window,)


async def test_change_that_makes_no_sense_is_refused(store, clock):
    """An end that has passed is no end: the window stays as it was."""
    window = await store.start("connix", ends_at=clock.now() + 60)

    with pytest.raises(FailwellError, match="ends_at: expected a moment after the start"):
        await store.change(window.id, WindowChanges(ends_at=clock.now() - 1))

    assert await store.active("connix", clock.now()) == window


async def test_window_that_is_ended_by_hand_outlasts_its_plan(store, clock):
    """With `manual_end` the API stays away until somebody says that it is back."""
    window = await store.start("connix", ends_at=clock.now() + 60, manual_end=True)
    clock.advance(3600)

    assert await store.active("connix", clock.now()) == window
    told = await store.change(window.id, WindowChanges(message="Later than we thought"))
    assert await store.active("connix", clock.now()) == told
    assert [entry.id for entry in await store.end("connix")] == [window.id]
    assert await store.active("connix", clock.now()) is None


async def test_close_takes_back_what_has_not_begun(store, clock):
    """One that lies ahead is cancelled, one that runs is ended, the others stay."""
    ahead = await store.start("connix", starts_at=clock.now() + 60)
    running = await store.start("connix")

    closed = [await store.close(window.id) for window in (ahead, running)]

    assert [window.state(clock.now()) for window in closed] == ["cancelled", "completed"]
    clock.advance(120)
    assert await store.active("connix", clock.now()) is None


async def test_published_is_what_the_public_may_know(store, clock):
    """By start, from the announcement on, and for thirty days after the end."""
    begun = clock.now()
    ahead = await store.start("connix", starts_at=begun + 600, publish_at=begun + 300)
    past = await store.start("ixon", ends_at=begun + 60)

    assert await store.published(clock.now()) == (past,)
    clock.advance(300)
    assert await store.published(clock.now()) == (past, ahead)
    await store.close(ahead.id)
    clock.advance(30 * 86_400 - 1)
    assert [window.id for window in await store.published(clock.now())] == [ahead.id]


async def test_since_leaves_out_what_was_over(store, clock):
    """A chart asks for windows that reach into its range."""
    await store.start("connix", ends_at=clock.now() + 60)
    manual = await store.start("ixon", ends_at=clock.now() + 60, manual_end=True)
    clock.advance(60)

    assert await store.list(since=clock.now()) == (manual,)


def test_windows_of_an_older_file_are_kept(tmp_path, older):
    """What was begun before windows had routes is a window of the whole API."""
    path = tmp_path / "older.db"
    with Database(path, migrations=older("0004")) as database:
        database.migrate()
        database.write_now(
            lambda connection: (
                connection.exec_driver_sql(
                    "INSERT INTO maintenance_windows"
                    " VALUES ('mnt_1', 'connix', 5.0, NULL, 'Disks', NULL)"
                ).rowcount
            )
        )
    with Database(path, migrations=MIGRATIONS) as database:
        database.migrate()
        (window,) = asyncio.run(MaintenanceStore(database).list())

    assert (window.id, window.routes, window.manual_end) == ("mnt_1", (), False)
    assert (window.created_at, window.updated_at) == (5.0, 5.0)
    assert window.covers(6.0)
