"""The store of fault records: all of a batch or nothing, found by id, listed, counted once."""

import random
import sqlite3

import msgspec
import pytest
from sqlalchemy.exc import OperationalError

from failwell.stores import fault_tables
from failwell.stores.faults import FaultRecord, Kind, Rate, RateQuery, RecordBatch, RecordQuery
from failwell.stores.faults_sql import SqlFaultStore

KIND = Kind("library", "/books/{id}", "not_found", 404, False)


def batch(*records, name="b1", **fields):
    return RecordBatch(id=name, records=records, **fields)


async def ids(faults, **query):
    return [record.request_id for _, record in await faults.list(RecordQuery(**query))]


async def test_a_record_comes_back_as_it_was(faults, record):
    """Nothing of a record is lost but the cause, which has to be asked for."""
    full = record(
        situation="crash",
        failure="database",
        message="Something broke.",
        parent_id="caller-1",
        tenant="t_1",
        user_id="u_1",
        credential_id="key_1",
        environment="live",
        affected=("book_1", "book_2"),
        headers=(("content-type", "application/json"), ("x-request-id", "req_1")),
        body='{"error": "ä\u0000"}',
        seconds=0.25,
        planned=True,
        cause="Traceback: secret",
    )

    await faults.append(batch(full))

    assert await faults.find("req_1") == (msgspec.structs.replace(full, cause=None),)
    assert await faults.cause("req_1") == "Traceback: secret"


async def test_the_least_record_comes_back_as_it_was(faults, record):
    """What a record does not have it does not get."""
    least = record()

    await faults.append(batch(least))

    assert await faults.find("req_1") == (least,)
    assert await faults.cause("req_1") is None


async def test_callers_own_id_finds_the_newest_first(faults, record):
    """Support is quoted either id; a caller may have used its own for several requests."""
    await faults.append(batch(*(record(request_id=f"req_{n}", parent_id="mine") for n in range(3))))

    found = await faults.find("mine")

    assert [each.request_id for each in found] == ["req_2", "req_1", "req_0"]


async def test_one_id_for_everything_finds_only_the_latest(faults, record):
    """A caller that names every request alike gets no answer without end."""
    await faults.append(
        batch(*(record(request_id=f"req_{n}", parent_id="same") for n in range(130)))
    )

    found = await faults.find("same")

    assert [each.request_id for each in found] == [f"req_{n}" for n in range(129, 29, -1)]


@pytest.mark.parametrize("wanted", ["", "req_", "REQ_1", "req_1 ", "' OR 1=1 --", "\ud800", "%"])
async def test_only_the_exact_id_finds(faults, record, wanted):
    """No pattern, no other case, no part of an id, and nothing that breaks the search."""
    await faults.append(batch(record()))

    assert await faults.find(wanted) == ()
    assert await faults.cause(wanted) is None


async def test_halves_of_surrogate_pairs_do_not_stop_a_batch(faults, record):
    """What no database can hold is replaced; the record and its neighbours are kept."""
    broken = record(
        request_id="req_2",
        parent_id="\ud800",
        body="\udfff",
        affected=("\ud800",),
        headers=(("x", "\ud800"),),
        cause="\ud800",
    )

    await faults.append(batch(record(), broken))

    assert [each.body for each in await faults.find("req_2")] == ["?"]
    assert (await faults.find("req_1")) != ()
    assert await faults.cause("req_2") == "?"


async def test_a_batch_counts_once(faults, record):
    """A batch that comes again from the spool changes nothing."""
    same = batch(record(), counts=((0, KIND, 5),), flooded=(("whk_1", 0, "not_found", 2),))

    await faults.append(same)
    await faults.append(same)

    assert await ids(faults) == ["req_1"]
    assert await faults.rates(RateQuery(since=0, until=60, by=())) == (Rate(count=5),)


async def test_nothing_of_a_batch_that_fails_is_kept(faults, record):
    """A batch is in as a whole or not at all, and may be given again."""
    unfit = record(request_id="req_2", seconds=float("nan"))

    with pytest.raises(Exception, match="NOT NULL"):
        await faults.append(batch(record(), unfit, counts=((0, KIND, 2),)))

    assert await ids(faults) == []
    await faults.append(batch(record(), counts=((0, KIND, 1),)))
    assert await ids(faults) == ["req_1"]
    assert await faults.rates(RateQuery(since=0, until=60, by=("code",))) == (
        Rate(count=1, code="not_found"),
    )


async def test_a_locked_file_fails_the_append_and_not_the_reading(faults, record, failwell_db):
    """While another process holds the file, the batch is refused and old records are found."""
    await faults.append(batch(record()))
    other = sqlite3.connect(failwell_db.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises(OperationalError, match="locked"):
        await faults.append(batch(record(request_id="req_2"), name="b2"))
    assert await ids(faults) == ["req_1"]

    other.execute("ROLLBACK")
    other.close()
    await faults.append(batch(record(request_id="req_2"), name="b2"))
    assert await ids(faults) == ["req_2", "req_1"]


async def test_two_stores_of_one_file_agree_on_kinds(faults, record, failwell_db):
    """Whichever process met a kind first, both count it as one."""
    other = SqlFaultStore(failwell_db)

    for number, store in enumerate((faults, other, faults)):
        await store.append(batch(name=f"b{number}", counts=((60, KIND, 1),)))

    assert await faults.rates(RateQuery(since=0, until=3600, by=("code",))) == (
        Rate(count=3, code="not_found"),
    )


LISTED = {
    "req_0": {"api": "a", "code": "x", "status": 404, "tenant": "t1", "severity": "low"},
    "req_1": {"api": "a", "code": "y", "status": 404, "tenant": "t2", "severity": "low"},
    "req_2": {"api": "b", "code": "x", "status": 404, "tenant": "t1", "severity": "low"},
    "req_3": {"api": "a", "code": "x", "status": 500, "tenant": None, "severity": "high"},
    "req_4": {"api": "a", "code": "x", "status": 404, "tenant": "t1", "route": "/r"},
}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "43210"),
        ({"api": "a"}, "4310"),
        ({"code": "x"}, "4320"),
        ({"status": 500}, "3"),
        ({"route": "/r"}, "4"),
        ({"severity": "high"}, "3"),
        ({"tenant": "t1"}, "420"),
        ({"api": "a", "tenant": "t1"}, "40"),
        ({"api": "a", "code": "x", "severity": "low"}, "40"),
        ({"since": 1002}, "432"),
        ({"until": 1002}, "10"),
        ({"since": 1001, "until": 1004, "api": "a"}, "31"),
        ({"since": 9999}, ""),
        ({"api": "none"}, ""),
        ({"tenant": "\ud800"}, ""),
        ({"limit": 2}, "43"),
        ({"code": "x", "limit": 2}, "43"),
    ],
    ids=str,
)
async def test_lists_what_fits_newest_first(faults, record, query, expected):
    """Every condition holds, several hold together, and the newest come first."""
    records = (
        record(request_id=name, at=1000.0 + number, **{"severity": "low", **fields})
        for number, (name, fields) in enumerate(LISTED.items())
    )
    await faults.append(batch(*records))

    assert await ids(faults, **query) == [f"req_{number}" for number in expected]


async def test_pages_follow_each_other_without_gap(faults, record):
    """The number of the last record of a page begins the next one, also within one kind."""
    await faults.append(
        batch(*(record(request_id=f"req_{n}", code=f"c{n % 2}") for n in range(10)))
    )

    first = await faults.list(RecordQuery(limit=4))
    second = await faults.list(RecordQuery(limit=4, before_seq=first[-1][0]))
    of_kind = await faults.list(RecordQuery(limit=4, before_seq=first[-1][0], code="c0"))

    assert [each.request_id for _, each in second] == ["req_5", "req_4", "req_3", "req_2"]
    assert [each.request_id for _, each in of_kind] == ["req_4", "req_2", "req_0"]


async def test_tells_how_far_back_records_reach(faults, record):
    """The oldest record says since when an id can be found; without records nothing does."""
    assert await faults.oldest() is None

    await faults.append(batch(record(at=50.0), record(at=20.0)))

    assert await faults.oldest() == 20.0


def test_a_record_is_all_in_columns():
    """A field that is added to the record needs a column, or reading it back loses it."""
    tables = (fault_tables.faults, fault_tables.fault_kinds, fault_tables.fault_causes)
    columns = {column.name for table in tables for column in table.c}

    assert set(FaultRecord.__struct_fields__) <= columns


async def test_lists_are_what_looking_at_every_record_gives(faults, record):
    """The quick way to a list finds the same as the slow one, whatever is asked for."""
    dice = random.Random(5)
    values = {
        "api": "ab",
        "route": ("/", "/x"),
        "code": "cd",
        "status": (404,) * 30 + (500,),
        "severity": ("low",) * 20 + ("high",),
        "tenant": (None,) * 20 + ("t1",) * 10 + ("t2",),
        "at": range(1000, 1040),
    }
    records = tuple(
        record(request_id=f"req_{n}", **{name: dice.choice(of) for name, of in values.items()})
        for n in range(1_200)
    )
    await faults.append(batch(*records))
    numbered = sorted(enumerate(records, start=1), key=lambda each: (each[1].at, each[0]))[::-1]

    for _ in range(100):
        names = [name for name in values if name != "at" and dice.random() < 0.3]
        wanted = {name: dice.choice((values[name][0], values[name][-1])) for name in names}
        since, until = dice.choice((None, 1010)), dice.choice((None, 1025))
        before = dice.choice((None, dice.randrange(1, 1_200)))
        place = (9999, 0) if before is None else (records[before - 1].at, before)
        expected = [
            each.request_id
            for number, each in numbered
            if all(value in (None, getattr(each, name)) for name, value in wanted.items())
            and (since or 0) <= each.at < (until or 9999)
            and (each.at, number) < place
        ]
        limit = dice.choice((1, 3, 8, 700))

        query = {**wanted, "since": since, "until": until, "before_seq": before, "limit": limit}
        assert await ids(faults, **query) == expected[:limit], query
