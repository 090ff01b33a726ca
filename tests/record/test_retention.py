"""Retention: what is too old or too much goes, oldest first, and nothing else."""

import asyncio
import contextlib
import itertools
import shutil
import sqlite3

import msgspec
import pytest
from sqlalchemy import func, select

from failwell.stores.database import Database
from failwell.stores.fault_tables import fault_batches, fault_causes, fault_totals
from failwell.stores.fault_tables import faults as table
from failwell.stores.faults import Kind, RateQuery, RecordBatch, RecordQuery
from failwell.stores.faults_sql import SqlFaultStore
from failwell.stores.retention import Retention, RetentionPolicy

DAY = 86_400.0
KIND = Kind("library", "/", "not_found", 404, False)


@pytest.fixture
def retention(faults, clock):
    """Make a retention of some policy: ``retention(rows=10)``."""

    def make(deliveries=None, **policy):
        return Retention(faults, deliveries, policy=RetentionPolicy(**policy), clock=clock)

    return make


async def kept(faults):
    return [record.request_id for _, record in await faults.list(RecordQuery(limit=9999))]


def totals(database):
    """What is counted while writing, and what counting the rows says."""
    counted = select(func.count(), func.coalesce(func.sum(table.c.size), 0)).select_from(table)
    return database.read_now(
        lambda c: (
            tuple(c.execute(select(fault_totals.c.rows, fault_totals.c.size)).one()),
            tuple(c.execute(counted).one()),
        )
    )


async def test_old_records_go_and_their_causes_with_them(
    faults, record, retention, clock, failwell_db
):
    """After the days of the policy nothing of a record is left, newer ones stay."""
    old = [record(request_id=f"old_{n}", at=clock.now() - 31 * DAY, cause="x") for n in range(3)]
    new = record(request_id="new", at=clock.now() - 29 * DAY, cause="y")
    await faults.append(RecordBatch(id="b", records=(new, *old)))

    assert await retention(days=30).run_once() == 3

    assert await kept(faults) == ["new"]
    count = select(func.count()).select_from(fault_causes)
    assert failwell_db.read_now(lambda c: c.scalar(count)) == 1


async def test_the_oldest_of_too_many_go(faults, record, retention, clock):
    """Beyond the most rows, age decides, not the order of arrival."""
    moments = [5, 1, 4, 2, 3]
    records = (record(request_id=f"req_{n}", at=clock.now() - 100 + n) for n in moments)
    await faults.append(RecordBatch(id="b", records=tuple(records)))

    assert await retention(rows=2).run_once() == 3

    assert sorted(await kept(faults)) == ["req_4", "req_5"]


async def test_many_rows_go_in_portions(faults, record, retention):
    """A limit that was lowered is reached, also when much more than one portion is beyond it."""
    records = tuple(record(request_id=f"req_{n:04}") for n in range(1_300))
    await faults.append(RecordBatch(id="b", records=records))

    assert await retention(rows=100).run_once() == 1_200

    assert await kept(faults) == [f"req_{n:04}" for n in range(1_299, 1_199, -1)]


async def test_records_beyond_the_bytes_go(faults, record, retention, failwell_db):
    """A few large bodies count as much as many small ones."""
    large = (record(request_id=f"req_{n}", body="x" * 10_000) for n in range(10))
    await faults.append(RecordBatch(id="b", records=tuple(large)))

    await retention(size=35_000).run_once()

    assert await kept(faults) == ["req_9", "req_8", "req_7"]
    assert totals(failwell_db)[0][1] <= 35_000


async def test_totals_are_what_is_there(faults, record, retention, failwell_db):
    """The sums that spare counting stay true through writing and trimming."""
    records = tuple(record(request_id=f"req_{n}", body="ä" * n, cause="x" * n) for n in range(50))
    await faults.append(RecordBatch(id="b", records=records))
    await faults.append(RecordBatch(id="b", records=records))
    told, counted = totals(failwell_db)
    assert told == counted
    assert told[0] == 50

    await retention(rows=7).run_once()

    told, counted = totals(failwell_db)
    assert told == counted
    assert told[0] == 7


async def test_bytes_of_the_policy_are_about_those_of_the_file(faults, record, failwell_db):
    """The limit in bytes says how much disk records take, within a third."""
    for batch in range(5):
        records = tuple(
            record(
                request_id=f"req_{batch}{n:030}",
                tenant=f"ten_{n % 100:016}",
                user_id=f"usr_{n % 100:016}",
                headers=(("content-type", "application/json"), ("x-request-id", f"{n:032}")),
                body="b" * 250,
                message="m" * 60,
            )
            for n in range(1_000)
        )
        await faults.append(RecordBatch(id=str(batch), records=records))

    used = failwell_db.read_now(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar()) * 4096

    assert totals(failwell_db)[0][1] == pytest.approx(used, rel=0.33)


async def test_records_of_a_wrong_clock_go_by_the_number_of_rows(faults, record, retention, clock):
    """A record of the far future does not keep older ones, and is not kept for ever itself."""
    future = record(request_id="future", at=clock.now() + 9_999 * DAY)
    past = record(request_id="past", at=clock.now() - 31 * DAY)
    await faults.append(RecordBatch(id="b", records=(future, past)))

    await retention(days=30).run_once()
    assert await kept(faults) == ["future"]

    await retention(rows=0).run_once()
    assert await kept(faults) == []


async def test_minutes_and_hours_are_kept_by_their_own_rule(faults, retention, clock):
    """Minutes stay 48 hours and hours 13 months, however long records are kept."""
    now = int(clock.now()) // 3600 * 3600
    ages = {"fresh": 3600, "two days": 49 * 3600, "a year": 390 * 86_400, "old": 400 * 86_400}
    counts = tuple((now - age, KIND._replace(code=name), 1) for name, age in ages.items())
    await faults.append(RecordBatch(id="b", counts=counts))

    await retention(days=1).run_once()

    async def codes(step):
        query = RateQuery(since=0, until=now + 60, by=("moment", "code"), step=step)
        return [rate.code for rate in await faults.rates(query)]

    assert await codes("minute") == ["fresh"]
    assert await codes("hour") == ["a year", "two days", "fresh"]


async def test_many_minutes_go_in_portions(faults, retention, clock):
    """Thousands of roll-up rows are forgotten completely."""
    start = int(clock.now()) // 60 * 60 - 100 * 3600
    counts = tuple((start + 60 * n, KIND, 1) for n in range(1_200))
    await faults.append(RecordBatch(id="b", counts=counts))

    assert await retention().run_once() == 1_200


async def test_names_of_batches_are_kept_long_and_not_for_ever(faults, retention, failwell_db):
    """The latest 200,000 names stay known; what is beyond goes."""
    names = [{"seq": n, "id": f"b{n}"} for n in (*range(1, 701), 701, 200_700)]
    failwell_db.write_now(lambda c: c.execute(fault_batches.insert(), names))

    assert await retention().run_once() == 700

    reach = select(func.min(fault_batches.c.seq), func.max(fault_batches.c.seq))
    assert tuple(failwell_db.read_now(lambda c: c.execute(reach).one())) == (701, 200_700)


async def test_finished_deliveries_go_by_their_own_days(retention, clock):
    """The outbox is asked portion by portion until nothing is left."""
    asked = []

    class Outbox:
        left = 1_100

        async def trim(self, *, before, portion=500):
            asked.append(before)
            gone = min(self.left, portion)
            self.left -= gone
            return gone

    assert await retention(Outbox(), delivery_days=7).run_once() == 1_100
    assert asked == [clock.now() - 7 * DAY] * 12


async def test_a_failure_is_logged_and_tried_again(clock, caplog):
    """A file that cannot be written now is trimmed later, and nobody else notices."""
    done = asyncio.Event()

    class Store:
        calls = 0

        async def trim(self, **_limits):
            self.calls += 1
            if self.calls == 1:
                raise OSError("disk is full")
            done.set()
            return {}

    retention = Retention(Store(), clock=clock, every=0.01)

    await retention.start()
    await asyncio.wait_for(done.wait(), 5)
    await retention.close()

    assert "old records could not be forgotten" in caplog.text


async def test_nothing_to_trim_changes_nothing(faults, record, retention):
    """A store within its limits is only looked at."""
    full = record()
    await faults.append(RecordBatch(id="b", records=(full,)))

    assert await retention().run_once() == 0

    assert await faults.find("req_1") == (msgspec.structs.replace(full, cause=None),)


async def test_retention_makes_room_in_a_full_file(tmp_path, fresh_file, record, clock):
    """A file that may not grow any more takes records again once old ones are forgotten."""
    path = shutil.copy(fresh_file, tmp_path)
    with Database(path, max_pages=150) as database:
        faults = SqlFaultStore(database, clock=clock)
        numbers = itertools.count()

        async def append():
            number = next(numbers)
            large = record(request_id=f"req_{number}", body="x" * 8_000)
            await faults.append(RecordBatch(id=f"b{number}", records=(large,)))

        with contextlib.suppress(sqlite3.OperationalError):
            for _ in range(200):
                await append()
        before = len(await kept(faults))
        await Retention(faults, policy=RetentionPolicy(rows=10), clock=clock).run_once()
        for _ in range(10):
            await append()

        assert 10 < before < 200
        assert len(await kept(faults)) == 20
        assert totals(database)[0] == totals(database)[1]
