"""The overview behind the token: errors over time, with maintenance as marks and counted apart."""

import secrets

import pytest

from failwell.stores.faults import Kind, RecordBatch
from failwell.stores.faults_sql import SqlFaultStore
from tests.console.conftest import TOKEN, Page

HEADERS = {"Authorization": f"Bearer {TOKEN}"}
BOOKS = "/api/v1/books"


@pytest.fixture
def store(shared, clock):
    """Fault records."""
    return SqlFaultStore(shared, clock=clock)


@pytest.fixture
def counted(store, run, clock):
    """Store that errors happened, some seconds ago."""

    def note(count, *, status=500, code="internal_error", planned=False, ago=0.0, **members):
        kind = Kind(
            **{"api": "connix", "route": BOOKS} | members, code=code, status=status, planned=planned
        )
        minute = int((clock.now() - ago) // 60) * 60
        batch = RecordBatch(id=secrets.token_hex(8), counts=((minute, kind, count),))
        run(store.append(batch))

    return note


@pytest.fixture
def overview(console, store):
    """Read the overview."""

    def read(query="", rates=store.rates):
        answer = console(rates=rates).get(f"/{query}", headers=HEADERS)
        assert answer.status_code == 200
        return Page(answer.text)

    return read


def drawn(page, style):
    """Rectangles of a kind in the chart; those of its legend are one wide."""
    rectangles = [attributes for tag, attributes in page.elements if tag == "rect"]
    return [each for each in rectangles if each.get("class") == style and each["width"] != "1"]


def test_errors_are_bars_by_whose_fault_they_are(overview, counted):
    """Server errors and caller errors are told apart, and add up."""
    counted(7)
    counted(1200, status=404, code="resource_not_found", ago=7200)

    page = overview()

    assert (len(drawn(page, "s0")), len(drawn(page, "s1"))) == (1, 1)
    assert "server errors (5xx): 7" in page.text
    assert "caller errors (4xx): 1,200" in page.text
    assert "highest bar: 1,200" in page.text


def test_a_bar_is_as_high_as_its_count(overview, counted):
    """The highest stack fills the chart, the others are in proportion, and nothing leaves it."""
    counted(100)
    counted(50, ago=3600)
    counted(50, status=404, code="resource_not_found", ago=3600)

    page = overview()

    heights = {each["height"] for each in drawn(page, "s0")}
    assert heights == {"100.00", "50.00"}
    places = [(float(each["x"]), float(each["width"])) for each in drawn(page, "s0")]
    assert all(left >= 0 and left + width <= 1000 for left, width in places)


def test_status_s4_a_window_is_drawn_and_its_answers_are_counted_apart(
    overview, counted, windows, run, clock
):
    """Planned 503s are no errors of the server, and the chart shows why they came."""
    run(windows.start("connix", ends_at=clock.now() + 600))
    counted(40, status=503, code="service_unavailable", planned=True)
    counted(2, status=503, code="service_unavailable")
    clock.advance(1200)

    page = overview("?range=1h")

    assert "server errors (5xx): 2" in page.text
    assert "in maintenance: 40" in page.text
    (mark,) = drawn(page, "mark")
    assert float(mark["width"]) == pytest.approx(1000 * 600 / 3600, abs=0.1)
    assert "Maintenance of connix, 2023-11-14 22:13 to 2023-11-14 22:23 UTC" in page.text
    assert "service_unavailable" in page.text


def test_status_s4_windows_that_did_not_happen_are_not_drawn(overview, windows, run, clock):
    """What lies ahead, was taken back or is of another API leaves no mark."""
    run(windows.start("connix", starts_at=clock.now() + 600))
    run(windows.close(run(windows.start("connix", starts_at=clock.now() + 60)).id))
    run(windows.start("ixon", ends_at=clock.now() + 60))
    clock.advance(300)

    assert len(drawn(overview("?range=1h"), "mark")) == 1
    assert drawn(overview("?range=1h&api=connix"), "mark") == []


def test_the_chart_can_be_read_as_a_table(overview, counted):
    """Whoever does not see it reads the same numbers, without a script and by keyboard."""
    counted(7)
    counted(3, status=404, code="resource_not_found")

    page = overview()

    assert {"details", "summary", "table"} <= set(page.tags)
    (label,) = [a["aria-label"] for tag, a in page.elements if tag == "svg" and "role" in a]
    assert "server errors (5xx): 7" in label


@pytest.mark.parametrize(
    ("wanted", "ago", "seen"),
    [
        ("1h", 3000, True),
        ("1h", 4000, False),
        ("6h", 20_000, True),
        ("24h", 80_000, True),
        ("24h", 90_000, False),
        ("7d", 600_000, True),
        ("30d", 2_500_000, True),
        ("forever", 80_000, True),
        ("<script>", 90_000, False),
    ],
)
def test_the_range_is_a_choice(overview, counted, wanted, ago, seen):
    """How far back the chart looks is in the address; nonsense is a day."""
    counted(7, ago=ago)

    page = overview(f"?range={wanted}")

    assert ("server errors (5xx): 7" in page.text) is seen
    assert [a["href"] for tag, a in page.elements if a.get("aria-current")][-1].startswith("?")


def test_one_api_is_a_choice(overview, counted):
    """Errors of one API alone; a name that no API has shows all."""
    counted(7)
    counted(5, api="ixon", code="server_error")

    assert "server errors (5xx): 5" in overview("?api=ixon").text
    assert "server errors (5xx): 12" in overview("?api=nothing").text


def test_the_most_frequent_come_first(overview, counted):
    """Code, route and count of what happens most; maintenance is not among them."""
    counted(3, status=404, code="resource_not_found")
    counted(9, status=409, code="resource_conflict", route="/api/v1/{x}")
    counted(99, status=503, code="service_unavailable", planned=True)

    text = overview().text

    assert text.index("resource_conflict") < text.index("resource_not_found")
    assert "/api/v1/{x}" in text
    assert "service_unavailable" not in text


def test_the_most_frequent_of_a_month_are_those_of_a_week(overview, counted):
    """Adding up a month by kind would take long; the heading says what is seen instead."""
    counted(9, ago=86_400)
    counted(99, status=404, code="resource_not_found", ago=8 * 86_400)

    text = overview("?range=30d").text

    assert "Most frequent of the last 7 days" in text
    assert "internal_error" in text
    assert "resource_not_found" not in text
    assert "caller errors (4xx): 99" in text


def test_hostile_names_are_shown_as_what_they_are(overview, counted):
    """A code or route that holds HTML or escapes does nothing to the page."""
    counted(1, code="<b>\u202e", route="/\x1b[31m<script>")

    page = overview()

    assert "script" not in page.tags
    assert "b" not in page.tags
    assert "<b>\\u202e" in page.text
    assert "/\\x1b[31m<script>" in page.text


def test_counts_that_cannot_be_read_leave_the_rest(overview):
    """An operator in trouble still sees what runs."""

    async def broken(_query):
        raise OSError("secret path")

    page = overview(rates=broken)

    assert "The counts cannot be read at the moment." in page.text
    assert "secret path" not in page.text
    assert "IXON" in page.text


def test_no_errors_are_said_so(overview):
    """An empty chart is no riddle."""
    assert "There was none." in overview().text


def test_windows_not_announced_yet_are_for_operators(overview, console, windows, run, clock):
    """Behind the token everything that lies ahead is listed, in public only what is announced."""
    later = clock.now() + 600
    run(windows.start("connix", starts_at=later, publish_at=later, message="Quiet change"))

    assert "Quiet change" in overview().text
    assert "Quiet change" not in console().get("/status").text
