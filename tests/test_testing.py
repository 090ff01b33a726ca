"""``failwell.testing``: what users need in tests of their own."""

import pytest

from failwell import Fault, Situation
from failwell.testing import FakeClock, make_fault


def test_the_clock_stands_still_until_it_is_told():
    """Time passes by `advance` alone, on both of its faces."""
    clock = FakeClock(1000.0)

    first = (clock.now(), clock.monotonic())
    clock.advance(2.5)

    assert first == (1000.0, 0.0)
    assert (clock.now(), clock.monotonic()) == (1002.5, 2.5)


def test_the_clock_does_not_run_backwards():
    """A negative step is a mistake in the test."""
    with pytest.raises(ValueError, match="backwards"):
        FakeClock().advance(-1)


def test_a_fault_has_the_status_of_its_situation():
    """Unless the test says another."""
    assert make_fault("not_found").status == 404
    assert make_fault(Situation.NOT_FOUND, status=410, code="gone") == Fault(
        situation=Situation.NOT_FOUND, status=410, code="gone"
    )


def test_an_unknown_situation_is_refused():
    """The list of situations is closed."""
    with pytest.raises(ValueError, match="sold_out"):
        make_fault("sold_out")
