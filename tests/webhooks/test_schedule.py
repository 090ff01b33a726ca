"""Schedules: the wait before each attempt, how operators write it, and how jitter adds to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.core.exceptions import FailwellError
from failwell.webhooks.schedule import (
    USUAL_SCHEDULE,
    longest_wait,
    parse_schedule,
    wait_before,
)

SHARES = st.floats(0, 1, exclude_max=True)
SCHEDULES = st.lists(st.floats(0, 604_800), min_size=1, max_size=30).map(tuple)


def test_webhooks_w12_ten_attempts_take_75_hours():
    """The usual schedule has ten attempts, the last one 75 h 35 m 05 s after the first failure."""
    waits = (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)

    assert waits == USUAL_SCHEDULE
    assert sum(USUAL_SCHEDULE) == 75 * 3_600 + 35 * 60 + 5


@given(SCHEDULES, st.integers(0, 40), SHARES)
def test_webhooks_w12_jitter_is_only_added(schedule, tries, share):
    """An attempt is never earlier than its schedule says, and at most a tenth of the wait later."""
    wait = wait_before(schedule, tries, random=lambda: share)

    if tries >= len(schedule):
        assert wait is None
    else:
        assert schedule[tries] <= wait <= schedule[tries] * 1.1
        assert wait <= longest_wait(schedule)


@pytest.mark.parametrize(
    ("text", "schedule"),
    [
        ("0", (0,)),
        ("0,5,300", (0, 5, 300)),
        (" 0s , 5s,5m ,2h,1d", (0, 5, 300, 7_200, 86_400)),
        ("0,0.25", (0, 0.25)),
    ],
)
def test_operators_write_waits_with_units(text, schedule):
    """A schedule is written as waits with commas between them, in seconds or with a unit."""
    assert parse_schedule(text) == schedule


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "no wait"),
        ("0,", "no wait"),
        ("0,soon", "'soon'"),
        ("0,-5", "'-5'"),
        ("0,1e3", "'1e3'"),
        ("0,8d", "7d"),
        ("5,10", "begins with 0"),
        (",".join(["0"] * 31), "at most 30"),
    ],
)
def test_a_schedule_that_makes_no_sense_says_why(text, word):
    """What cannot be a schedule is refused, with what was found and what to write."""
    with pytest.raises(FailwellError, match=word):
        parse_schedule(text)


@given(st.text(max_size=60))
def test_reading_a_schedule_never_breaks(text):
    """Any text is either a schedule that begins with 0 or a plain refusal."""
    try:
        schedule = parse_schedule(text)
    except FailwellError:
        return

    assert schedule[0] == 0
    assert all(0 <= wait <= 604_800 for wait in schedule)
