"""Batches that the database cannot take: a full disk, a broken value, a process that was killed."""

import asyncio
import contextlib

import pytest

from failwell.server.fault_recorder import FaultRecorder
from failwell.server.safe_append import SafeAppend
from failwell.server.spool import Spool
from failwell.stores.database import Database
from failwell.stores.faults import Kind, RateQuery, RecordBatch
from failwell.stores.faults_sql import SqlFaultStore
from failwell.stores.tables import MIGRATIONS
from tests.record.answering import Shelf, api, ask

KIND = Kind("library", "/books/{id}", "not_found", 404, False)


@pytest.fixture
def spool(tmp_path):
    """An empty spool."""
    return Spool(tmp_path / "spool.jsonl")


@contextlib.asynccontextmanager
async def opened(path, **limits):
    """Open ``failwell.db`` for a while."""
    database = Database(path, migrations=MIGRATIONS, **limits)
    try:
        database.migrate()
        yield database
    finally:
        await database.close()


def pages(database):
    return database.read_now(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar_one())


def batch(name, *, count=1):
    return RecordBatch(id=name, counts=((60, KIND, count),))


async def crash(_exchange, _scope):
    raise RuntimeError("a bug")


async def test_a_full_failwell_db_costs_no_answer_and_no_record(tmp_path, spool):
    """Every caller is answered, and once there is room again nothing is missing."""
    path = tmp_path / "failwell.db"
    async with opened(path) as database:
        size = pages(database)
    async with opened(path, max_pages=size) as database:
        recorder = FaultRecorder(SqlFaultStore(database), spool=spool)
        app = api(crash, recorder)
        asked = [await ask(app) for _ in range(12)]
        await recorder.close()
        was_full = not spool.is_empty

    async with opened(path) as database:
        store = SqlFaultStore(database)
        recorder = FaultRecorder(store, spool=spool)
        await recorder.start()
        await recorder.close()

        assert was_full
        assert spool.is_empty
        assert [answer.status for answer in asked] == [500] * 12
        found = [await store.find(answer.request_id) for answer in asked]
        assert all(len(records) == 1 for records in found)
        rates = await store.rates(RateQuery(since=0, until=4e9, by=("code",)))
        assert [(rate.code, rate.count) for rate in rates] == [("internal_error", 12)]


async def test_a_batch_that_is_loaded_twice_counts_once(tmp_path, spool):
    """A process killed between the commit and the emptying of the file repeats nothing."""
    async with opened(tmp_path / "failwell.db") as database:
        store = SqlFaultStore(database)
        spool.add(batch("b1", count=3))
        left = spool.path.read_bytes()
        await SafeAppend(store, spool=spool).load()
        spool.path.write_bytes(left)

        await SafeAppend(store, spool=spool).load()

        rates = await store.rates(RateQuery(since=0, until=4e9, by=("code",)))
        assert [rate.count for rate in rates] == [3]


async def test_a_torn_line_of_a_killed_process_is_skipped(spool):
    """What was whole is loaded, and the file is empty afterwards."""
    spool.add(batch("b1"))
    spool.add(batch("b2"))
    spool.path.write_bytes(spool.path.read_bytes()[:-20])
    shelf = Shelf()

    loaded = await SafeAppend(shelf, spool=spool).load()

    assert loaded
    assert list(shelf.batches) == ["b1"]
    assert spool.is_empty


async def test_a_batch_that_can_never_be_stored_is_in_nobodys_way(spool):
    """It is put beside the spool for people to look at, and what comes after it is loaded."""

    class Picky(Shelf):
        async def append(self, batch):
            if batch.id == "bad":
                raise TypeError
            await super().append(batch)

    shelf = Picky()
    for name in ("b1", "bad", "b2"):
        spool.add(batch(name))

    loaded = await SafeAppend(shelf, spool=spool).load()

    rejected = spool.path.with_name("spool.rejected.jsonl").read_text("utf-8")
    assert loaded
    assert list(shelf.batches) == ["b1", "b2"]
    assert '"id":"bad"' in rejected


async def test_a_store_that_does_not_answer_is_not_waited_for_for_ever(spool):
    """After its patience the batch waits in the file; stored twice it still counts once."""
    shelf = Shelf()
    shelf.gate.clear()
    append = SafeAppend(shelf, spool=spool, patience=0.01)

    await append(batch("b1"))

    assert not spool.is_empty
    shelf.gate.set()
    await append.close()
    assert list(shelf.batches) == ["b1"]
    assert spool.is_empty


async def test_a_disk_that_takes_no_spool_leaves_the_batch_in_memory(tmp_path):
    """A full disk is full for the file as well; what waits is stored when there is room."""
    shelf = Shelf()
    shelf.refusal = OSError(28, "full")
    append = SafeAppend(shelf, spool=Spool(tmp_path / "nowhere" / "spool.jsonl"))
    await append(batch("b1"))
    await append(batch("b2"))

    shelf.refusal = None
    loaded = await append.load()

    assert loaded
    assert list(shelf.batches) == ["b1", "b2"]


async def test_a_spool_that_somebody_took_away_is_begun_anew(spool):
    """An operator may move the file: what comes later is found all the same."""

    class Tired(Shelf):
        async def append(self, batch):
            if len(self.batches) == 2:
                self.refusal = OSError(28, "full")
            await super().append(batch)

    shelf = Tired()
    for name in ("b1", "b2", "b3"):
        spool.add(batch(name))
    append = SafeAppend(shelf, spool=spool)
    loaded_at_first = await append.load()
    spool.path.unlink()
    spool.add(batch("b4"))
    shelf.batches.clear()
    shelf.refusal = None

    loaded = await append.load()

    assert (loaded_at_first, loaded) == (False, True)
    assert list(shelf.batches) == ["b4"]


async def test_loading_and_adding_at_the_same_time_lose_nothing(spool):
    """A batch that comes while the file is read is loaded in the next round."""
    shelf = Shelf()
    spool.add(batch("b1"))
    append = SafeAppend(shelf, spool=spool)
    shelf.gate.clear()
    loading = asyncio.create_task(append.load())
    await asyncio.sleep(0)
    await asyncio.to_thread(spool.add, batch("b2"))
    shelf.gate.set()
    await loading

    await append.load()

    assert list(shelf.batches) == ["b1", "b2"]
    assert spool.is_empty
