"""``failwell maintenance`` opens, shows and closes windows."""

import sqlite3
from datetime import datetime, timedelta

import pytest

KEYS = ["id", "api", "starts_at", "ends_at", "message"]


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
