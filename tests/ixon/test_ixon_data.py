"""Logged data, and statement 11 of the IXON page: a smaller request does not take too long."""

import statistics
import threading
import time
from itertools import pairwise

import pytest

from tests.conftest import UNLIMITED
from tests.ixon.ixon_client import Ixon, item
from tests.running_server import RunningServer

TIMEOUT = {
    "type": "Error",
    "data": [{"message": "Gateway Timeout"}],
    "moreAfter": None,
    "status": "error",
}
ALWAYS = "2000-01-01T00:00:00Z"
HOUR, DAY = 3600, 86_400


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory):
    """An IXON that gives a request one second."""
    folder = tmp_path_factory.mktemp("hasty")
    running = RunningServer(folder, settings=(*UNLIMITED, "ixon.deadline=1"))
    running.wait_until_ready()
    yield Ixon(running.credentials["ixon"], server=running)
    assert running.stop() == 0


@pytest.fixture(scope="module")
def logged(ixon: Ixon):
    """Every raw point of the first tag of a company of its own, and how to ask for more."""
    own = ixon.tenant("--tenant", "Logged")
    return Logged(own)


class Logged:
    """Asks for the data of one company."""

    def __init__(self, ixon: Ixon) -> None:
        self.ixon = ixon
        self.source, self.tags = ixon.source()
        self.raw = self.points(start=ALWAYS)

    def ask(self, *queries: dict, **members: object):
        tag = {"id": 1, **({"queries": list(queries)} if queries else {})}
        return self.ixon.post("/data", {"source": self.source, "tags": [tag], **members})

    def points(self, *queries: dict, **members: object) -> list:
        answer = self.ask(*queries, **members)
        assert answer.status == 200, answer.body
        return [(each["time"], each["values"]["temperature-1"]) for each in answer.data["points"]]


def everything(ixon: Ixon, **members: object) -> dict:
    """Ask for the raw points of all there is."""
    source, tags = ixon.source()
    return {"source": source, "tags": [{"slug": tag["slug"]} for tag in tags], **members}


def ago(seconds: float) -> str:
    """A moment as requests write it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - seconds))


def test_ixon_s11_a_huge_range_takes_too_long(hasty: Ixon):
    """All points of all tags do not fit into the second; the answer comes when it is over."""
    began = time.monotonic()

    answer = hasty.post("/data", everything(hasty, start=ALWAYS))

    assert (answer.status, answer.json) == (504, TIMEOUT)
    assert 1.0 <= time.monotonic() - began < 3.0


def test_ixon_s11_a_smaller_scope_succeeds(hasty: Ixon):
    """The same request for an hour, or for one tag, is answered."""
    whole = everything(hasty, start=ALWAYS)

    hour = hasty.post("/data", {**whole, "start": ago(HOUR)})
    one = hasty.post("/data", {**whole, "tags": whole["tags"][:1]})

    assert hour.status == one.status == 200
    assert 40 <= len(hour.data["points"]) <= 61
    assert set(hour.data["points"][0]["values"]) == {tag["slug"] for tag in whole["tags"]}
    assert len(one.data["points"]) == 5000


def test_ixon_s11_the_work_really_stops(hasty: Ixon):
    """After the deadline the server is idle again: nobody works for a caller who was told off."""
    body = [everything(hasty, start=ALWAYS)] * 5
    assert hasty.post("/data", body).status == 504
    time.sleep(0.3)
    before = hasty.server.cpu_seconds

    time.sleep(1.5)

    assert hasty.server.cpu_seconds - before < 0.5


def test_ixon_others_are_not_held_up(hasty: Ixon):
    """While large requests are worked on, small ones are answered quickly."""
    body = everything(hasty, start=ALWAYS)
    busy = [threading.Thread(target=hasty.post, args=("/data", body)) for _ in range(4)]
    for each in busy:
        each.start()
    took = []
    while any(each.is_alive() for each in busy):
        began = time.monotonic()
        assert hasty.get("/users/me").status == 200
        took.append(time.monotonic() - began)

    assert len(took) > 10
    assert statistics.median(took) < 0.2


def test_ixon_more_than_can_wait(hasty: Ixon):
    """When many large requests wait already, one more is told to come back."""
    body, answers = everything(hasty, start=ALWAYS), []

    def ask() -> None:
        answers.append(hasty.post("/data", body))

    threads = [threading.Thread(target=ask) for _ in range(30)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    statuses = {answer.status for answer in answers}
    assert statuses == {503, 504}
    busy = next(answer for answer in answers if answer.status == 503)
    busy.assert_refused(503, "Service Unavailable")
    assert int(busy.headers["Retry-After"]) >= 1
    assert hasty.post("/data", {**body, "start": ago(HOUR)}).status == 200


def test_ixon_raw_points(logged: Logged):
    """As they were logged, oldest first, a minute apart, up to the present."""
    assert len(logged.raw) == 500
    assert logged.raw == sorted(logged.raw)
    answer = logged.ask(start=ago(600))
    assert (answer.json["type"], answer.json["status"]) == ("DataList", "success")
    assert set(answer.data) == {"start", "end", "timeZone", "source", "points"}
    assert answer.data["source"] == logged.source
    assert 8 <= len(answer.data["points"]) <= 10


def test_ixon_newest_first(logged: Logged):
    """The other order is the same list, turned round."""
    assert logged.points({"order": "desc"}, start=ALWAYS) == logged.raw[::-1]


def test_ixon_limit_and_offset(logged: Logged):
    """A part of the points, from either end."""
    assert logged.points({"limit": 3}, start=ALWAYS) == logged.raw[:3]
    assert logged.points({"limit": 3, "offset": 10}, start=ALWAYS) == logged.raw[10:13]
    newest = logged.points({"limit": 2, "order": "desc"}, start=ALWAYS)
    assert newest == logged.raw[:-3:-1]


@pytest.mark.parametrize(
    ("name", "reckon"),
    [
        ("count", len),
        ("mean", statistics.fmean),
        ("median", statistics.median),
        ("mode", statistics.mode),
        ("sum", sum),
        ("min", min),
        ("max", max),
        ("spread", lambda values: max(values) - min(values)),
        ("first", lambda values: values[0]),
        ("last", lambda values: values[-1]),
    ],
)
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_ixon_aggregates(logged: Logged, name: str, reckon, order: str):
    """A whole range becomes one point, at its start, the same in either order."""
    start = logged.raw[0][0]

    points = logged.points({"postAggr": name, "order": order}, start=start)

    values = [value for _, value in logged.raw]
    assert points == [(start, pytest.approx(reckon(values)))]


def test_ixon_steps(logged: Logged):
    """Ten minutes become one point, counted from the start of the range."""
    start = logged.raw[0][0]

    points = logged.points({"postAggr": "max", "step": 600}, start=start)

    tens = [logged.raw[at : at + 10] for at in range(0, 500, 10)]
    assert points == [(ten[0][0], max(value for _, value in ten)) for ten in tens]


def test_ixon_differences_factors_decimals(logged: Logged):
    """What comes out can be reckoned with."""
    values = [value for _, value in logged.raw[:4]]
    start, query = logged.raw[0][0], {"limit": 3}

    differences = logged.points({**query, "postTransform": "difference"}, start=start)
    doubled = logged.points({**query, "factor": "2"}, start=start)
    shifted = logged.points({**query, "factor": "1.5", "operator": "-"}, start=start)
    nothing = logged.points({**query, "factor": "0", "operator": "/"}, start=start)
    rounded = logged.points({**query, "decimals": 0}, start=start)

    assert [value for _, value in differences] == pytest.approx(
        [later - earlier for earlier, later in pairwise(values)]
    )
    assert [value for _, value in doubled] == pytest.approx([2 * value for value in values[:3]])
    assert [value for _, value in shifted] == pytest.approx([v - 1.5 for v in values[:3]])
    assert [value for _, value in nothing] == [None] * 3
    assert [value for _, value in rounded] == [round(value) for value in values[:3]]


def test_ixon_several_queries_at_once(logged: Logged):
    """Points of one time stand together, each value under the name it was asked for."""
    queries = [{"ref": "low", "postAggr": "min"}, {"ref": "high", "postAggr": "max"}]
    body = {
        "source": logged.source,
        "start": logged.raw[0][0],
        "tags": [{"id": 1, "queries": queries}, {"slug": "pressure-1", "queries": queries[:1]}],
    }

    (point,) = logged.ixon.post("/data", body).data["points"]

    assert set(point["values"]) == {"low", "high"}


def test_ixon_a_list_of_requests(logged: Logged):
    """Each is answered, in order."""
    body = {"source": logged.source, "tags": [{"id": 1, "queries": [{"limit": 1}]}]}

    answer = logged.ixon.post("/data", [{**body, "start": ALWAYS}, body])

    assert answer.json["moreAfter"] is None
    assert [len(each["points"]) for each in answer.data] == [1, 1]


def test_ixon_time_zones(logged: Logged):
    """Moments are written in the zone that was asked for."""
    answer = logged.ask({"limit": 1}, start="2026-01-01T00:00:00Z", timeZone="Asia/Kolkata")

    assert answer.data["timeZone"] == "Asia/Kolkata"
    assert answer.data["start"] == "2026-01-01T05:30:00+05:30"
    logged.ask(timeZone="Mars/Olympus").assert_refused(400, "Invalid value", "timeZone")


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2030-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
        ("0001-01-01T00:00:00+23:59", "0001-01-02T00:00:00Z"),
        ("9999-12-31T23:59:59-23:59", "9999-12-31T23:59:60Z"),
    ],
)
def test_ixon_ranges_without_points(logged: Logged, start: str, end: str):
    """A range that is empty, long ago or far away has no points, and breaks nothing."""
    assert logged.points(start=start, end=end) == []


def test_ixon_sources_and_tags_that_are_not_there(ixon: Ixon, logged: Logged):
    """Unknown and foreign ones are not found, and the answer says which."""
    own, foreign = logged.ixon, ixon.source()[0]
    good = {"source": logged.source, "tags": [{"id": 1}]}

    for source in ({"publicId": "000000000000"}, foreign):
        own.post("/data", {**good, "source": source}).assert_refused(
            404, "Resource not found", "source.publicId"
        )
    for tag in ({"id": 99}, {"slug": "no-such"}, {"id": 1, "slug": "pressure-1"}):
        own.post("/data", [good, {**good, "tags": [{"id": 2}, tag]}]).assert_refused(
            404, "Resource not found", "tags.1", 1
        )


@pytest.mark.parametrize(
    ("change", "items"),
    [
        ({"source": None}, [item("Invalid value", "source")]),
        ({"source": {}}, [item("Required property", "source.publicId")]),
        ({"tags": []}, [item("Value is too short", "tags")]),
        ({"tags": [{}]}, [item("Invalid value", "tags.0")]),
        ({"tags": [{"id": -1}]}, [item("Invalid value", "tags.0.id")]),
        (
            {"tags": [{"slug": "not a slug"}]},
            [item("Value does not match regex expression", "tags.0.slug")],
        ),
        ({"tags": [{"slug": "x" * 65}]}, [item("Value is too long", "tags.0.slug")]),
        ({"start": "yesterday"}, [item("Value does not match regex expression", "start")]),
        (
            {"tags": [{"id": 1, "queries": [{"limit": 5001, "decimals": 8, "order": "up"}]}]},
            [
                item("Invalid value", "tags.0.queries.0.limit"),
                item("Invalid value", "tags.0.queries.0.decimals"),
                item("Invalid value", "tags.0.queries.0.order"),
            ],
        ),
        (
            {"tags": [{"id": 1, "queries": [{"postAggr": "guess"}]}]},
            [item("Invalid value", "tags.0.queries.0.postAggr")],
        ),
        (
            {"tags": [{"id": 1, "queries": [{"factor": "1e999"}]}]},
            [item("Value does not match regex expression", "tags.0.queries.0.factor")],
        ),
    ],
)
def test_ixon_data_requests_that_do_not_fit(logged: Logged, change: dict, items: list):
    """Each fault has the path of its field; in a list the place of its item too."""
    body = {"source": logged.source, "tags": [{"id": 1}], **change}

    logged.ixon.post("/data", body).assert_items(400, *items)
    indexed = [each | {"listIndex": 1} for each in items]
    logged.ixon.post("/data", [{**body, "source": logged.source, "tags": [{"id": 1}],
        "start": ALWAYS}, body]).assert_items(400, *indexed)  # fmt: skip
