"""One window object closes routes, announces it and reopens them: S1 to S3 of the status kit."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from failwell.core.contract import Contract
from failwell.server.frameworks.starlette import build_api
from failwell.server.operation import Call, Operation, Reply
from failwell.stores.maintenance import WindowChanges
from tests.console.conftest import HOSTILE, Page
from tests.server.library_api import KEY, call, library

SUMMARY = "/status/api/v2/summary.json"
FEED = "/status/feed.atom"
ATOM = "{http://www.w3.org/2005/Atom}"


def iso(seconds):
    """A moment as documents write it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_status_s1_a_window_answers_in_the_words_of_the_api(windows, clock):
    """503 with the API's own code and sentence, the rounded-up wait, and kept by nobody."""
    app = library(maintenance=windows, clock=clock)
    await windows.start("connix", ends_at=clock.now() + 1799.2)

    answer = await call(app, "GET", "/api/v1/books")

    assert (answer.status, answer.error["code"]) == (503, "service_unavailable")
    resume = datetime.fromtimestamp(clock.now() + 1799.2, UTC)
    assert answer.error["details"] == (
        f"Scheduled maintenance in progress. Service will resume at {resume:%H:%M} UTC"
    )
    assert answer.headers["retry-after"] == "1800"
    assert answer.headers["cache-control"] == "no-store"


async def test_status_s1_the_wait_is_never_less_than_a_second(windows, clock):
    """In the last moment of a window callers are still asked to wait."""
    app = library(maintenance=windows, clock=clock)
    await windows.start("connix", ends_at=clock.now() + 60)
    clock.advance(59.9)

    assert (await call(app, "GET", "/api/v1/books")).headers["retry-after"] == "1"


async def test_status_s1_problem_details_name_the_moment(windows, clock):
    """A contract with a place for it gives `resume_at` in RFC 3339."""
    app = build_api((_hello(),), Contract.bundled("rfc9457"), maintenance=windows, clock=clock)
    await windows.start("rfc9457", ends_at=clock.now() + 60)

    answer = await call(app, "GET", "/hello")

    assert answer.status == 503
    assert answer.json["resume_at"] == iso(clock.now() + 60)


async def test_status_s1_other_routes_are_unaffected(windows, clock):
    """A window of one route closes every method of it, and nothing else."""
    app = library(maintenance=windows, clock=clock)
    await windows.start("connix", routes=["/api/v1/books/{id}"])

    found = {
        f"{method} {path}": (await call(app, method, path, KEY)).status
        for method, path in (
            ("GET", "/api/v1/books/book_1"),
            ("DELETE", "/api/v1/books/book_1"),
            ("GET", "/api/v1/books"),
            ("GET", "/api/v1/nowhere"),
            ("GET", "/healthz"),
        )
    }

    assert found == {
        "GET /api/v1/books/book_1": 503,
        "DELETE /api/v1/books/book_1": 503,
        "GET /api/v1/books": 200,
        "GET /api/v1/nowhere": 404,
        "GET /healthz": 200,
    }


async def test_status_s1_health_and_status_are_exempt(windows, clock, console):
    """Probes and the status page answer while everything else is away."""
    app = library(maintenance=windows, clock=clock)
    await windows.start("connix")

    for path in ("/healthz", "/readyz", "/openapi.json"):
        assert (await call(app, "GET", path)).status == 200
    assert (await call(app, "GET", "/api/v1/books")).status == 503
    for path in ("/status", SUMMARY, FEED, "/healthz", "/readyz"):
        assert console().get(path).status_code == 200


async def test_status_s1_a_window_begins_by_itself(windows, clock):
    """What was announced for later is in force from its first moment on."""
    app = library(maintenance=windows, clock=clock)
    await windows.start("connix", starts_at=clock.now() + 60, ends_at=clock.now() + 120)
    found = []
    for seconds in (59, 1, 59, 1):
        clock.advance(seconds)
        found.append((await call(app, "GET", "/api/v1/books", KEY)).status)

    assert found == [200, 503, 503, 200]


async def test_status_s2_a_change_is_in_the_next_answer_and_on_the_page(windows, clock, console):
    """Extended, then cut short: the API's answer and the page follow at once."""
    app, page = library(maintenance=windows, clock=clock), console()
    window = await windows.start("connix", ends_at=clock.now() + 600)

    for seconds in (3600, 60):
        ends_at = clock.now() + seconds
        await windows.change(window.id, WindowChanges(ends_at=ends_at))
        answer = await call(app, "GET", "/api/v1/books")
        assert answer.headers["retry-after"] == str(seconds)
        (told,) = page.get(SUMMARY).json()["scheduled_maintenances"]
        assert told["scheduled_until"] == iso(ends_at)
        assert f"{datetime.fromtimestamp(ends_at, UTC):%H:%M} UTC" in page.get("/status").text


async def test_status_s2_after_its_end_the_api_answers(windows, clock, console):
    """Nobody has to do anything."""
    app, page = library(maintenance=windows, clock=clock), console()
    await windows.start("connix", ends_at=clock.now() + 60)
    clock.advance(60)

    assert (await call(app, "GET", "/api/v1/books", KEY)).status == 200
    assert "Everything is operational." in page.get("/status").text


async def test_status_s2_a_manual_end_keeps_it_closed(windows, clock, console):
    """Past the planned end callers look again in a minute, and the page says what is going on."""
    app, page = library(maintenance=windows, clock=clock), console()
    await windows.start("connix", ends_at=clock.now() + 60, manual_end=True)
    clock.advance(61)

    answer = await call(app, "GET", "/api/v1/books")
    assert (answer.status, answer.headers["retry-after"]) == (503, "60")
    assert answer.error["details"] == "Scheduled maintenance in progress"
    assert "and still in progress" in page.get("/status").text
    await windows.end("connix")
    assert (await call(app, "GET", "/api/v1/books", KEY)).status == 200


@pytest.mark.parametrize(
    ("after", "heading"),
    [(0, None), (60, "Upcoming"), (120, "In progress"), (180, "Completed")],
)
def test_status_s3_the_page_tells_a_window_in_its_time(
    windows, clock, console, run, after, heading
):
    """Announced from its moment on, then upcoming, in progress and completed."""
    run(
        windows.start(
            "connix",
            publish_at=clock.now() + 60,
            starts_at=clock.now() + 120,
            ends_at=clock.now() + 180,
            message="Disks are changed",
        )
    )
    clock.advance(after)

    text = Page(console().get("/status").text).text

    headings = [word for word in ("Upcoming", "In progress", "Completed") if word in text]
    assert headings == ([heading] if heading else [])
    assert ("Disks are changed" in text) is (heading is not None)


def test_status_s3_a_window_that_was_taken_back_is_said_so(windows, clock, console, run):
    """Who had read the announcement learns that it does not happen."""
    window = run(windows.start("connix", starts_at=clock.now() + 600))
    run(windows.close(window.id))

    assert "Cancelled" in Page(console().get("/status").text).text
    assert console().get(SUMMARY).json()["scheduled_maintenances"] == []


def test_status_s3_times_are_utc_and_of_the_zone(windows, console, run):
    """UTC is shown always, and the operators' own zone beside it with its name."""
    run(
        windows.start(
            "connix",
            starts_at=1_700_000_000.0 + 3600,
            ends_at=1_700_000_000.0 + 7200,
            zone="Europe/Berlin",
        )
    )

    text = Page(console().get("/status").text).text

    assert "2023-11-14 23:13 - 2023-11-15 00:13 UTC" in text
    assert "2023-11-15 00:13 - 01:13 Europe/Berlin" in text


def test_status_s3_the_page_needs_neither_log_in_nor_scripts(windows, console, run):
    """One GET without anything shows all there is."""
    run(windows.start("connix", message="Disks are changed", routes=["/api/v1/books"]))

    answer = console().get("/status", headers={"Accept": "text/html"})

    page = Page(answer.text)
    assert answer.status_code == 200
    assert "script" not in page.tags
    for words in ("1 of 2 in maintenance.", "partly in maintenance", "Disks are changed"):
        assert words in page.text
    assert "/api/v1/books" in page.text


def test_status_s3_summary_has_the_shape_of_statuspage(windows, clock, console, run):
    """Members, states and indicators are those that clients of Statuspage know."""
    begun = clock.now()
    current = run(windows.start("connix", ends_at=begun + 600, message="Disks"))
    ahead = run(windows.start("ixon", starts_at=begun + 60, ends_at=begun + 120))

    found = console().get(SUMMARY).json()

    assert list(found) == [*("page", "components", "incidents", "scheduled_maintenances", "status")]
    assert list(found["page"]) == ["id", "name", "url", "time_zone", "updated_at"]
    assert found["page"]["url"] == "http://testserver/status"
    assert found["status"] == {
        "indicator": "maintenance",
        "description": "Service Under Maintenance",
    }
    states = {each["name"]: each["status"] for each in found["components"]}
    assert states == {"Connix <API>": "under_maintenance", "IXON": "operational"}
    assert found["incidents"] == []
    first, second = found["scheduled_maintenances"]
    assert (first["id"], first["status"]) == (current.id, "in_progress")
    assert (second["id"], second["status"]) == (ahead.id, "scheduled")
    assert (first["scheduled_for"], first["scheduled_until"]) == (iso(begun), iso(begun + 600))
    assert first["impact"] == "maintenance"
    assert [each["id"] for each in first["components"]] == ["connix"]
    updates = first["incident_updates"]
    assert [each["status"] for each in updates] == ["in_progress", "scheduled"]
    assert updates[0]["body"] == "Disks"


def test_status_s3_summary_is_quiet_when_all_is_well(windows, console, run):
    """Windows that are over are no news."""
    run(windows.start("connix"))
    run(windows.end("connix"))

    found = console().get(SUMMARY).json()

    assert found["status"] == {"indicator": "none", "description": "All Systems Operational"}
    assert found["scheduled_maintenances"] == []


def test_status_s3_the_feed_tells_each_change(windows, clock, console, run):
    """One entry for each window; its moment moves with every change, its name never."""
    window = run(windows.start("connix", starts_at=clock.now() + 60, message=HOSTILE))
    entries = []
    for seconds in (0, 60, 60):
        clock.advance(seconds)
        if seconds and entries[-1][0].startswith("In progress"):
            run(windows.close(window.id))
        answer = console().get(FEED)
        root = ElementTree.fromstring(answer.content)
        (entry,) = root.findall(f"{ATOM}entry")
        entries.append([entry.findtext(f"{ATOM}{name}") for name in ("title", "updated", "id")])

    titles, moments, names = zip(*entries, strict=True)
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert [title.split(":")[0] for title in titles] == ["Upcoming", "In progress", "Completed"]
    assert list(moments) == sorted(set(moments))
    assert len(set(names)) == 1
    assert root.findtext(f"{ATOM}updated") == moments[-1]
    assert {link.get("href") for link in root.findall(f"{ATOM}link")} == {
        "http://testserver/status",
        "http://testserver/status/feed.atom",
    }


@pytest.mark.parametrize("path", ["/status", FEED, SUMMARY])
def test_status_s3_what_is_known_is_not_sent_again(windows, console, run, path):
    """An ETag is 304 until something changes; a changed state has another one."""
    client = console()
    first = client.get(path)
    tag = first.headers["etag"]

    again = client.get(path, headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert first.headers["cache-control"] == "no-cache"
    assert client.head(path).headers["etag"] == tag
    run(windows.start("connix"))
    changed = client.get(path, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


def test_status_s3_programs_of_other_pages_may_read_it(console):
    """What everybody may see, a dashboard in a browser may fetch."""
    for path in (SUMMARY, FEED):
        assert console().get(path).headers["access-control-allow-origin"] == "*"


def _hello() -> Operation:
    async def hello(_call: Call) -> Reply:
        return Reply(body={"message": "Hello"})

    return Operation(method="GET", path="/hello", handler=hello, id="hello", summary="Greet.")
