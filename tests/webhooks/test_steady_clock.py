"""The steady clock: wall time that follows corrections forward and never goes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.webhooks.steady_clock import SteadyClock
from tests.webhooks.stepping_clock import SteppingClock

HAPPENINGS = st.lists(
    st.tuples(st.sampled_from(["advance", "step"]), st.integers(-10_000, 10_000)), max_size=20
)


@given(HAPPENINGS)
def test_webhooks_w14_the_steady_clock_never_steps_back(happenings):
    """Whatever happens to the wall clock, it goes on at least as fast as time passes."""
    clock = SteppingClock()
    steady = SteadyClock(clock)

    for kind, seconds in happenings:
        before, passed = steady.now(), 0
        if kind == "step":
            clock.step(seconds)
        else:
            passed = abs(seconds)
            clock.advance(passed)

        assert steady.now() >= before + passed
        assert steady.now() >= clock.now()


def test_webhooks_w14_the_steady_clock_follows_forward():
    """A wall clock that is put forward takes it along at once, so nothing due waits."""
    clock = SteppingClock(1_000.0)
    steady = SteadyClock(clock)

    clock.step(3_600)

    assert steady.now() == pytest.approx(4_600.0)


def test_webhooks_w14_the_steady_clock_outlives_a_step_back():
    """A wall clock that is put back an hour takes nothing away: time goes on from where it was."""
    clock = SteppingClock(10_000.0)
    steady = SteadyClock(clock)

    clock.step(-3_600)
    clock.advance(5)

    assert steady.now() == pytest.approx(10_005.0)
    assert steady.monotonic() == 5
