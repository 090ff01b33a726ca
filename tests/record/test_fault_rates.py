"""Roll-ups: exact sums by minute and hour, apart by what was asked for."""

import pytest

from failwell.stores.faults import Kind, Rate, RateQuery, RecordBatch

HOUR = 3600


@pytest.fixture
async def counted(faults):
    """Three kinds over two hours, in two batches."""
    missing = Kind("a", "/books/{id}", "not_found", 404, False)
    crash = Kind("a", "/books/{id}", "internal", 500, False)
    planned = Kind("b", "/", "maintenance", 503, True)
    await faults.append(
        RecordBatch(id="1", counts=((0, missing, 5), (60, missing, 1), (60, crash, 2)))
    )
    await faults.append(
        RecordBatch(id="2", counts=((60, missing, 10), (HOUR + 60, planned, 7), (HOUR, crash, 1)))
    )
    return faults


async def rates(faults, **query):
    query = {"since": 0, "until": 2 * HOUR} | query
    return [
        tuple(
            value
            for value in (rate.moment, rate.api, rate.code, rate.status, rate.planned, rate.count)
            if value is not None
        )
        for rate in await faults.rates(RateQuery(**query))
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [(0, 18), (HOUR, 8)]),
        ({"step": "minute"}, [(0, 5), (60, 13), (HOUR, 1), (HOUR + 60, 7)]),
        ({"by": ()}, [(26,)]),
        ({"by": ("code",)}, [("not_found", 16), ("maintenance", 7), ("internal", 3)]),
        ({"by": ("api",)}, [("a", 19), ("b", 7)]),
        ({"by": ("planned",)}, [(False, 19), (True, 7)]),
        ({"by": ("status", "api")}, [("a", 404, 16), ("b", 503, 7), ("a", 500, 3)]),
        (
            {"by": ("moment", "code")},
            [(0, "not_found", 16), (0, "internal", 2)]
            + [(HOUR, "maintenance", 7), (HOUR, "internal", 1)],
        ),
        ({"api": "b"}, [(HOUR, 7)]),
        ({"code": "internal"}, [(0, 2), (HOUR, 1)]),
        ({"planned": False}, [(0, 18), (HOUR, 1)]),
        ({"status_from": 500}, [(0, 2), (HOUR, 8)]),
        ({"status_from": 500, "planned": False}, [(0, 2), (HOUR, 1)]),
        ({"status_from": 404, "by": ()}, [(26,)]),
        ({"status": 404, "step": "minute", "since": 60}, [(60, 11)]),
        ({"until": HOUR}, [(0, 18)]),
        ({"until": 0}, []),
        ({"by": (), "until": 0}, []),
        ({"by": (), "api": "none"}, []),
        ({"by": ("code",), "limit": 1}, [("not_found", 16)]),
    ],
    ids=str,
)
async def test_adds_up_what_is_not_kept_apart(counted, query, expected):
    """Sums are exact whatever they are asked by, by moment and then the largest first."""
    assert await rates(counted, **query) == expected


async def test_what_was_not_asked_for_is_none(counted):
    """A sum over all codes claims no code."""
    found = await counted.rates(RateQuery(since=0, until=HOUR, by=("api",)))

    assert found == (Rate(count=18, api="a"),)


async def test_planned_is_a_truth_value(counted):
    """What comes from the database is what the type says, not 0 and 1."""
    found = await counted.rates(RateQuery(since=0, until=2 * HOUR, by=("planned",)))

    assert [rate.planned for rate in found] == [False, True]
    assert all(isinstance(rate.planned, bool) for rate in found)
