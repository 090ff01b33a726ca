"""Deadline: one moment that everything in a call has to respect."""

import math

from failwell.resilience.deadline import Deadline


def test_a_deadline_counts_down_to_nothing():
    """What is left shrinks with the clock and is never negative."""
    deadline = Deadline.after(10.0, now=100.0)

    assert [deadline.remaining(now) for now in (100.0, 109.5, 110.0, 500.0)] == [
        10.0,
        0.5,
        0.0,
        0.0,
    ]


def test_a_wait_that_ends_at_the_deadline_still_fits():
    """Exactly what is left is allowed, more is not."""
    deadline = Deadline(110.0)

    assert deadline.allows(10.0, now=100.0)
    assert not deadline.allows(10.1, now=100.0)
    assert not deadline.allows(0.0, now=111.0)


def test_an_attempt_gets_its_timeout_or_what_is_left():
    """The smaller of the two (N30); without a timeout of its own, all of it."""
    deadline = Deadline(110.0)

    assert deadline.timeout(5.0, now=100.0) == 5.0
    assert deadline.timeout(30.0, now=100.0) == 10.0
    assert deadline.timeout(None, now=104.0) == 6.0


def test_no_deadline_is_infinite():
    """A call without a limit has always time left."""
    deadline = Deadline.after(None, now=100.0)

    assert deadline.remaining(1e12) == math.inf
    assert deadline.allows(1e12, now=0.0)


def test_the_earlier_of_two_counts():
    """A part of a call cannot outlast the whole."""
    assert Deadline(5.0).earlier(Deadline(3.0)) == Deadline(3.0)
    assert Deadline(5.0).earlier(Deadline()) == Deadline(5.0)
