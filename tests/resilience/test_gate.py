"""Rate gate: one refusal is enough for all, and nobody comes back in a crowd."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.resilience.gate import RateGate, RateGates
from failwell.testing import FakeClock


def most_at_once(times, moment=0.05):
    """The largest number of times within any such moment."""
    times = sorted(times)
    first = most = 0
    for last, time in enumerate(times):
        while time - times[first] > moment:
            first += 1
        most = max(most, last - first + 1)
    return most


@pytest.fixture
def clock():
    return FakeClock()


def test_an_open_gate_holds_nobody(clock):
    """Without a refusal there is no wait."""
    assert RateGate(monotonic=clock.monotonic).wait(random.random) == 0.0


def test_one_refusal_makes_all_others_wait(clock):
    """Calls that were not refused themselves wait until the server said (N34)."""
    gate = RateGate(monotonic=clock.monotonic)

    gate.close_for(5.0)
    clock.advance(2.0)

    assert 3.0 <= gate.wait(lambda: 0.0) <= 3.0 + 1.0
    clock.advance(3.0)
    assert gate.wait(lambda: 0.0) == 0.0


def test_the_first_waiter_comes_as_early_as_allowed(clock):
    """A single caller is not held longer for the sake of a crowd that is not there."""
    gate = RateGate(monotonic=clock.monotonic)

    gate.close_for(5.0)

    assert gate.wait(lambda: 1.0) == pytest.approx(5.0, abs=0.011)


def test_each_place_lies_in_the_widest_gap(clock):
    """The second comes half a spread later, the next ones between, and so on."""
    gate = RateGate(monotonic=clock.monotonic)

    gate.close_for(2.0)
    waits = [gate.wait(lambda: 0.0) for _ in range(8)]

    slots = [0, 4, 2, 6, 1, 5, 3, 7]
    assert waits == pytest.approx([2.0 + 0.5 * slot / 8 for slot in slots])


def test_a_shorter_wait_does_not_open_it_earlier(clock):
    """The longest wish counts."""
    gate = RateGate(monotonic=clock.monotonic)

    gate.close_for(5.0)
    gate.close_for(1.0)

    assert gate.wait(lambda: 0.0) >= 5.0


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
def test_no_wait_closes_nothing(clock, seconds):
    """Zero, negative and NaN are no wish."""
    gate = RateGate(monotonic=clock.monotonic)

    gate.close_for(seconds)

    assert gate.wait(lambda: 0.0) == 0.0


@pytest.mark.parametrize("seconds", [3600.0, 1e10, float("inf")])
def test_one_odd_answer_blocks_nobody_for_long(clock, seconds):
    """It stays closed for a minute at most; then one call asks again."""
    gate = RateGate(monotonic=clock.monotonic)

    gate.close_for(seconds)

    assert gate.wait(lambda: 0.0) == pytest.approx(60.0)


@given(
    waiters=st.integers(2, 400),
    seconds=st.floats(0.05, 60.0),
    seed=st.integers(0, 2**32),
    lasting=st.floats(0, 1),
)
def test_waiters_are_spread(waiters, seconds, seed, lasting):
    """However many wait, at most half of them come within any 50 ms (N35)."""
    clock, dice = FakeClock(), random.Random(seed)
    gate = RateGate(monotonic=clock.monotonic)
    gate.close_for(seconds)

    back = []
    for _ in range(waiters):
        clock.advance(dice.random() * lasting * seconds * 0.9 / waiters)
        back.append(clock.monotonic() + gate.wait(dice.random))

    assert min(back) >= seconds - 1e-6
    assert max(back) <= seconds + max(0.1 * seconds, 1.0)
    assert most_at_once(back) <= waiters / 2


def test_callers_that_were_all_refused_are_spread_too(clock):
    """Each closes the gate by its own answer and waits in its own place (N35)."""
    gate, back = RateGate(monotonic=clock.monotonic), []
    for _ in range(20):
        clock.advance(0.001)
        gate.close_for(2.0)
        back.append(clock.monotonic() + gate.wait(random.random))

    assert most_at_once(back) <= 10
    assert len(set(back)) == 20


def test_threads_never_share_a_place(clock):
    """64 threads that wait together get 64 different times."""
    gate = RateGate(monotonic=clock.monotonic)
    gate.close_for(1.0)

    with ThreadPoolExecutor(64) as pool:
        waits = list(pool.map(lambda _: gate.wait(lambda: 0.0), range(64)))

    assert len(set(waits)) == 64


def test_a_new_closing_starts_with_the_first_place_again(clock):
    """Waiters of an hour ago do not push back those of now."""
    gate = RateGate(monotonic=clock.monotonic)
    gate.close_for(1.0)
    for _ in range(100):
        gate.wait(lambda: 0.0)
    clock.advance(10.0)

    gate.close_for(1.0)

    assert gate.wait(lambda: 0.0) == pytest.approx(1.0)


def test_origins_have_gates_of_their_own(clock):
    """A limit of one server holds nobody who calls another."""
    gates = RateGates(monotonic=clock.monotonic)

    gates.of("https://a.example").close_for(5.0)

    assert gates.of("https://a.example").wait(lambda: 0.0) >= 5.0
    assert gates.of("https://b.example").wait(lambda: 0.0) == 0.0
