"""``failwell maintenance`` opens, shows and closes windows."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

KEYS = ["id", "api", "starts_at", "ends_at", "message"]
START = ("maintenance", "start", "--api", "connix")


def soon(**later):
    """A moment that lies ahead, as it is typed and as it is printed."""
    return (datetime.now(UTC) + timedelta(**later)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_window_is_opened_listed_and_ended(failwell, data):
    """What start prints is what list shows, until end closes it."""
    at = ("--data", data, "--json")

    started = failwell("maintenance", "start", "--api", "connix", "--minutes", 30, *at).json
    listed = failwell("maintenance", "list", *at).json
    ended = failwell("maintenance", "end", "--api", "connix", *at).json
    left = failwell("maintenance", "list", *at).json

    assert list(started) == KEYS
    assert listed == [started]
    assert ended["id"] == started["id"]
    assert left == []


def test_the_end_is_the_minutes_after_the_start(failwell, data):
    """--minutes 1.5 is ninety seconds."""
    window = failwell(
        "maintenance", "start", "--api", "connix", "--minutes", 1.5, "--data", data, "--json"
    ).json

    start, end = (datetime.fromisoformat(window[key]) for key in ("starts_at", "ends_at"))
    assert abs(end - start - timedelta(seconds=90)) <= timedelta(seconds=1)


def test_an_open_end_is_null(failwell, data):
    """Without --minutes nobody promises an end."""
    window = failwell(
        "maintenance", "start", "--api", "connix", "--message", "Moving", "--data", data, "--json"
    ).json

    assert (window["ends_at"], window["message"]) == (None, "Moving")


def test_past_windows_are_kept(failwell, data):
    """--past shows what is over."""
    failwell("maintenance", "start", "--api", "connix", "--data", data)
    failwell("maintenance", "end", "--api", "connix", "--data", data)

    past = failwell("maintenance", "list", "--past", "--data", data, "--json").json

    assert len(past) == 1


def test_ending_what_is_not_open_is_told(failwell, data):
    """Exit code 1 and one line: there was nothing to end."""
    result = failwell("maintenance", "end", "--api", "connix", "--data", data)

    assert result.code == 1
    assert result.err == "failwell: connix is in no maintenance window; nothing was ended\n"


def test_people_get_sentences(failwell, data):
    """Without --json the answers are for reading."""
    started = failwell("maintenance", "start", "--api", "connix", "--data", data)
    listed = failwell("maintenance", "list", "--data", data)
    ended = failwell("maintenance", "end", "--api", "connix", "--data", data)
    nothing = failwell("maintenance", "list", "--data", data)

    assert "connix is in maintenance until it is ended" in started.out
    assert listed.out.startswith("id ")
    assert "connix is back" in ended.out
    assert nothing.out == "no maintenance window is open\n"


@pytest.mark.timeout(30)
def test_a_locked_database_is_told(failwell, data):
    """When another program holds the file, the command says so and gives up."""
    with sqlite3.connect(data / "failwell.db") as other:
        other.execute("BEGIN EXCLUSIVE")

        result = failwell("maintenance", "start", "--api", "connix", "--data", data)

    assert result.code == 1
    assert "database is locked; nothing was changed" in result.err


def test_a_broken_database_is_told(failwell, data):
    """A file that is no database gets one line, not a traceback."""
    (data / "failwell.db").write_bytes(b"this is no database" * 100)

    result = failwell("maintenance", "list", "--data", data)

    assert result.code == 1
    assert "file is not a database" in result.err


def test_a_window_is_announced_for_later(failwell, data):
    """What lies ahead is listed, says all that was asked for, and is no open window yet."""
    begin, end, told = soon(hours=1), soon(hours=2), soon(minutes=1)
    window = failwell(
        *(*START, "--starts-at", begin, "--ends-at", end, "--publish-at", told),
        *("--route", "/api/v1/projects/*", "--route", "/api/v1/hello", "--manual-end"),
        *("--zone", "Europe/Berlin", "--data", data, "--json"),
    ).json

    assert window == {
        "id": window["id"],
        "api": "connix",
        "starts_at": begin,
        "ends_at": end,
        "message": None,
        "routes": ["/api/v1/projects/*", "/api/v1/hello"],
        "publish_at": told,
        "manual_end": True,
        "zone": "Europe/Berlin",
    }
    assert failwell("maintenance", "list", "--data", data, "--json").json == [window]
    assert failwell("maintenance", "end", "--api", "connix", "--data", data).code == 1


def test_a_moment_is_meant_in_its_zone(failwell, data):
    """Without an offset --zone counts, and UTC without one; an offset is always believed."""
    noon = (datetime.now(UTC) + timedelta(days=30)).strftime("%Y-%m-%dT12:00")
    for text, zone, time in (
        (noon, (), "12:00"),
        (noon, ("--zone", "Asia/Kolkata"), "06:30"),
        (f"{noon}+02:00", ("--zone", "Asia/Kolkata"), "10:00"),
    ):
        window = failwell(*START, "--starts-at", text, *zone, "--data", data, "--json").json
        assert window["starts_at"][11:16] == time


def test_a_window_is_extended_and_cut_short(failwell, data):
    """change says when it ends now; what it does not name stays."""
    at = ("--data", data, "--json")
    started = failwell(*START, "--minutes", 60, "--message", "Disks", *at).json

    shorter = failwell("maintenance", "change", started["id"], "--minutes", 10, *at).json
    end = soon(hours=5)
    longer = failwell(
        "maintenance", "change", started["id"], "--ends-at", end, "--message", "Tapes", *at
    ).json

    assert list(shorter) == KEYS
    assert started["starts_at"] == shorter["starts_at"]
    assert shorter["ends_at"] < started["ends_at"]
    assert shorter["message"] == "Disks"
    assert (longer["ends_at"], longer["message"]) == (end, "Tapes")
    assert failwell("maintenance", "list", *at).json == [longer]


def test_minutes_of_a_later_window_count_from_its_start(failwell, data):
    """Changing how long a window lasts that has not begun does not end it before."""
    begin = soon(hours=10)
    started = failwell(*START, "--starts-at", begin, "--data", data, "--json").json

    changed = failwell(
        "maintenance", "change", started["id"], "--minutes", 30, "--data", data, "--json"
    ).json

    start, end = (datetime.fromisoformat(changed[key]) for key in ("starts_at", "ends_at"))
    assert end - start == timedelta(minutes=30)


def test_one_window_is_taken_back(failwell, data):
    """end --id ends what runs and takes back what lies ahead; the others stay."""
    ahead = failwell(*START, "--starts-at", soon(hours=1), "--data", data, "--json").json
    failwell(*START, "--data", data)

    told = failwell("maintenance", "end", "--id", ahead["id"], "--data", data)
    again = failwell("maintenance", "end", "--id", ahead["id"], "--data", data)

    assert "connix stays open" in told.out
    assert (again.code, again.out) == (1, "")
    assert "is over; start a new window; nothing was changed" in again.err
    left = failwell("maintenance", "list", "--data", data, "--json").json
    assert [window["id"] == ahead["id"] for window in left] == [False]


def test_every_open_window_is_ended(failwell, data):
    """A window of a route and one of all are ended together, a line of JSON for each."""
    failwell(*START, "--route", "/api/v1/hello", "--data", data)
    failwell(*START, "--data", data)

    ended = failwell("maintenance", "end", "--api", "connix", "--data", data, "--json")

    assert len(ended.out.splitlines()) == 2
    assert failwell("maintenance", "list", "--data", data, "--json").json == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--starts-at", "tomorrow"), "--starts-at 'tomorrow': expected a moment such as"),
        (("--starts-at", "2001-01-01T00:00Z"), "--starts-at: expected a moment that has not"),
        (("--ends-at", "2001-01-01T00:00Z"), "--ends-at: expected a moment after the start"),
        (("--minutes", "5", "--ends-at", "2001-01-01"), "give either --minutes or --ends-at"),
        (("--publish-at", "2999-01-01"), "--publish-at: expected a moment before the start"),
        (("--zone", "Mars/Olympus"), "--zone 'Mars/Olympus': no such time zone here"),
        (("--zone", "../../etc/passwd"), "no such time zone here"),
        (("--route", "projects"), "--route: 'projects': expected a path such as"),
        (("--route", "/a b"), "--route: '/a b': expected a path such as"),
        (("--message", "x" * 501), "--message: expected 1 to 500 characters"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value)[:40],
)
def test_a_window_that_makes_no_sense_is_refused(failwell, data, arguments, told):
    """One line that names the option and what was expected; nothing is stored."""
    result = failwell(*START, *arguments, "--data", data)

    assert (result.code, result.out) == (2, "")
    assert told in result.err
    assert failwell("maintenance", "list", "--past", "--data", data, "--json").json == []


def test_a_change_of_nothing_is_refused(failwell, data):
    """No option, no such window, an end that has passed: each is told."""
    window = failwell(*START, "--minutes", 5, "--data", data, "--json").json
    change = ("maintenance", "change", window["id"])

    assert "nothing to change" in failwell(*change, "--data", data).err
    past = failwell(*change, "--ends-at", "2001-01-01T00:00Z", "--data", data)
    assert "ends_at: expected a moment after the start, and after now" in past.err
    unknown = failwell("maintenance", "change", "mnt_x", "--minutes", 5, "--data", data)
    assert "'mnt_x': no such window" in unknown.err
    assert "give either --api or --id" in failwell("maintenance", "end", "--data", data).err


def test_hostile_words_do_nothing_to_a_terminal(failwell, data):
    """A message with escapes is shown as what it is."""
    message = "\x1b[31mred \u202egnp.exe"
    failwell(*START, "--message", message, "--data", data)

    shown = failwell("maintenance", "list", "--data", data).out

    assert "\\x1b[31mred \\u202egnp.exe" in shown
    assert not set("\x1b\u202e") & set(shown)


def test_a_route_that_the_server_does_not_have_is_refused(failwell, server):
    """Where a server runs, a mistyped route is told with the nearest one."""
    result = failwell(*START, "--route", "/api/v1/project", "--data", server.data)

    assert result.code == 2
    assert "connix has no route '/api/v1/project', did you mean '/api/v1/projects'?" in result.err
