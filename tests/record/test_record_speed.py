"""The promises about looking things up, on a file with a month of records.

What counts is processor time, the best of some tries: the file is in memory, so that is how long
it takes on a machine that has nothing else to do.
"""

import os
import random
import time

import pytest

from failwell.stores.faults import RateQuery, RecordQuery
from failwell.stores.faults_sql import SqlFaultStore
from tests.record.many_records import END, MONTH, fill

DAY = 86_400
RECORDS = 2_000_000 if "SOAK_SECONDS" in os.environ else 200_000
"""Ten times as many with `make soak`."""


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    """A file with a month of records."""
    with fill(tmp_path_factory.mktemp("month") / "failwell.db", RECORDS) as database:
        yield database


@pytest.fixture
def ids(month):
    """Ids of records all over the month, ours and those that callers chose."""
    chosen = random.Random(1).sample(range(3, RECORDS, 3), 10)
    statement = "SELECT request_id, parent_id FROM faults WHERE seq = ?"
    return [month.read_now(lambda c, n=n: c.exec_driver_sql(statement, (n,)).one()) for n in chosen]


async def seconds(ask, tries=10):
    """Processor time of the fastest try."""
    times = []
    for _ in range(tries):
        began = time.process_time()
        await ask()
        times.append(time.process_time() - began)
    return min(times)


@pytest.mark.soak
async def test_looking_up_an_id_takes_at_most_20_ms(month, ids):
    """The id that somebody quotes, ours or the caller's own, is found at once, wherever it is."""
    store = SqlFaultStore(month)

    for request_id, parent_id in ids:
        for wanted in (request_id, parent_id):
            assert [record.request_id for record in await store.find(wanted)] == [request_id]
            assert await seconds(lambda wanted=wanted: store.find(wanted), tries=3) < 0.020


@pytest.mark.soak
async def test_an_unknown_id_takes_at_most_20_ms(month):
    """That there is nothing, and how far back that is known, is said as fast."""
    store = SqlFaultStore(month)

    assert await store.find("unknown") == ()
    assert await seconds(lambda: store.find("unknown")) < 0.020
    assert await seconds(store.oldest) < 0.020


RATES = {
    "errors over two days, by the minute": RateQuery(
        since=END - 2 * DAY, until=END, step="minute", by=("moment", "planned")
    ),
    "errors over a week, by hour and code": RateQuery(
        since=END - 7 * DAY, until=END, by=("moment", "code")
    ),
    "errors over a month, by hour": RateQuery(since=END - MONTH, until=END),
    "errors from a status on over a month, by hour": RateQuery(
        since=END - MONTH, until=END, planned=False, status_from=404
    ),
    "most frequent of a week": RateQuery(
        since=END - 7 * DAY,
        until=END,
        by=("api", "route", "code", "status"),
        planned=False,
        limit=10,
    ),
    "most frequent of a day": RateQuery(
        since=END - DAY, until=END, by=("api", "route", "code", "status"), limit=20
    ),
    "most frequent of a week in one API": RateQuery(
        since=END - 7 * DAY, until=END, by=("route", "code"), api="api_1", limit=20
    ),
}


@pytest.mark.parametrize("query", RATES.values(), ids=RATES)
async def test_what_a_dashboard_asks_takes_at_most_50_ms(month, query):
    """Sums for charts and tables come from roll-ups, so records do not make them slow."""
    store = SqlFaultStore(month)

    assert await store.rates(query)
    assert await seconds(lambda: store.rates(query)) < 0.050


LISTS = {
    "newest": RecordQuery(),
    "of an API": RecordQuery(api="api_1"),
    "of a rare kind": RecordQuery(route="/resource_59/{id}", code="code_9"),
    "critical, of which there are none": RecordQuery(severity="critical"),
    "of a tenant": RecordQuery(tenant="tenant_7"),
    "high ones of a tenant and code last week": RecordQuery(
        tenant="tenant_10", code="code_1", severity="high", since=END - 14 * DAY, until=END - DAY
    ),
    "a page in the middle": RecordQuery(api="api_2", before_seq=100_000),
}


@pytest.mark.soak
@pytest.mark.parametrize("query", LISTS.values(), ids=LISTS)
async def test_lists_take_at_most_50_ms(month, query):
    """Whatever is asked for, rare or frequent, a page of it is there at once."""
    store = SqlFaultStore(month)

    assert await seconds(lambda: store.list(query)) < 0.050
