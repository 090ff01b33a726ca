"""Circuit breaker: opens on a rate of failures, closes after exactly so many trials."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.resilience.breaker import (
    CircuitBreaker,
    CircuitBreakers,
    CircuitPolicy,
    Permit,
    verdict,
)
from failwell.testing import FakeClock

POLICY = CircuitPolicy(failure_rate=0.5, minimum_calls=10, window=10.0, open_for=5.0, trials=3)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def breaker(clock):
    return CircuitBreaker(POLICY, monotonic=clock.monotonic)


def calls(breaker, *results):
    """Make calls with these results, one after another."""
    for result in results:
        breaker.record(breaker.admit(), result)


def opened(breaker):
    calls(breaker, *["failed"] * POLICY.minimum_calls)
    assert breaker.state == "open"


def test_a_healthy_circuit_lets_everything_through(breaker):
    """Successes never open it."""
    calls(breaker, *["ok"] * 1000)

    assert breaker.state == "closed"


def test_few_calls_never_open_it(breaker):
    """Below the minimum throughput even failures alone mean nothing (N33)."""
    calls(breaker, *["failed"] * 9)
    assert breaker.state == "closed"

    calls(breaker, "failed")
    assert breaker.state == "open"


def test_the_rate_opens_it_not_the_number(breaker):
    """Hundreds of failures among more successes are below the rate (N33)."""
    calls(breaker, *["ok", "ok", "failed"] * 300)

    assert breaker.state == "closed"


def test_half_of_the_calls_failing_opens_it(breaker):
    """The rate itself is enough."""
    calls(breaker, *["ok"] * 5, *["failed"] * 5)

    assert breaker.state == "open"


def test_old_failures_are_forgotten(breaker, clock):
    """Only the last seconds count."""
    calls(breaker, *["failed"] * 9)
    clock.advance(11.0)

    calls(breaker, *["failed"] * 9)

    assert breaker.state == "closed"


def test_what_is_forgotten_leaves_no_trace(breaker, clock):
    """After a busy time and a rest, the next calls are judged as if they were the first."""
    for _ in range(200):
        calls(breaker, "ok")
        clock.advance(0.3)
    clock.advance(11.0)

    calls(breaker, *["failed"] * 9)
    assert breaker.state == "closed"
    calls(breaker, "failed")
    assert breaker.state == "open"


@pytest.mark.parametrize("window", [0.5, 2.0, 60.0])
def test_the_window_is_as_long_as_the_policy_says(clock, window):
    """A failure counts within the window and no longer than a slice beyond it."""
    policy = CircuitPolicy(minimum_calls=10, window=window, open_for=100.0)
    within, beyond = (CircuitBreaker(policy, monotonic=clock.monotonic) for _ in range(2))
    calls(within, *["failed"] * 9)
    calls(beyond, *["failed"] * 9)

    clock.advance(window * 0.8)
    calls(within, "failed")
    clock.advance(window * 0.4)
    calls(beyond, "failed")

    assert (within.state, beyond.state) == ("open", "closed")


def test_one_trial_and_one_call_may_be_enough():
    """The smallest policy there can be."""
    policy = CircuitPolicy(trials=1, minimum_calls=1, failure_rate=1.0)

    assert (policy.trials, policy.minimum_calls) == (1, 1)


def test_what_tells_nothing_is_not_counted(breaker):
    """Cancelled calls, full pools and mistakes of our own neither open nor dilute (N33)."""
    calls(breaker, *["ignored"] * 1000, *["failed"] * 10)

    assert breaker.state == "open"


def test_an_open_circuit_says_how_long(breaker, clock):
    """Whoever is refused learns after which time it is worth asking."""
    opened(breaker)
    clock.advance(2.0)

    assert breaker.admit() == pytest.approx(3.0)


def test_exactly_so_many_trials_are_let_through(breaker, clock):
    """Half open, three calls go and the fourth waits (N33)."""
    opened(breaker)
    clock.advance(5.0)

    admitted = [breaker.admit() for _ in range(10)]

    assert [isinstance(each, Permit) for each in admitted] == [True] * 3 + [False] * 7
    assert all(0 < each <= 5.0 for each in admitted[3:])
    assert breaker.state == "half_open"


def test_threads_get_exactly_so_many_trials(clock):
    """64 threads that ask in the same moment get three permits between them (N33)."""
    breaker = CircuitBreaker(POLICY, monotonic=clock.monotonic)
    opened(breaker)
    clock.advance(5.0)
    together = threading.Barrier(64)

    def ask(_):
        together.wait()
        return [breaker.admit() for _ in range(20)]

    with ThreadPoolExecutor(64) as pool:
        admitted = [each for found in pool.map(ask, range(64)) for each in found]

    assert sum(isinstance(each, Permit) for each in admitted) == 3


def test_it_closes_when_all_trials_succeed(breaker, clock):
    """Two good trials are not enough, the third closes it, and nothing old is counted."""
    opened(breaker)
    clock.advance(5.0)
    trials = [breaker.admit() for _ in range(3)]

    for trial in trials[:2]:
        breaker.record(trial, "ok")
    assert breaker.state == "half_open"
    breaker.record(trials[2], "ok")

    assert breaker.state == "closed"
    calls(breaker, *["failed"] * 9)
    assert breaker.state == "closed"


def test_one_failed_trial_opens_it_for_longer(breaker, clock):
    """The open time doubles while trials fail, up to the longest."""
    opened(breaker)
    waits = []
    for _ in range(9):
        clock.advance(breaker.admit())
        calls(breaker, "failed")
        waits.append(breaker.admit())

    assert waits == pytest.approx([10, 20, 40, 80, 160, 300, 300, 300, 300])


def test_after_closing_the_first_open_time_is_short_again(breaker, clock):
    """Past troubles are forgotten with the first recovery."""
    opened(breaker)
    clock.advance(breaker.admit())
    calls(breaker, "failed")
    clock.advance(breaker.admit())
    calls(breaker, "ok", "ok", "ok")

    opened(breaker)

    assert breaker.admit() == pytest.approx(5.0)


def test_a_trial_that_tells_nothing_is_given_to_another_call(breaker, clock):
    """A cancelled trial frees its place."""
    opened(breaker)
    clock.advance(5.0)
    trials = [breaker.admit() for _ in range(3)]

    breaker.record(trials[0], "ignored")

    assert isinstance(breaker.admit(), Permit)
    assert not isinstance(breaker.admit(), Permit)


def test_trials_that_never_report_do_not_block_for_ever(breaker, clock):
    """A lost trial is forgotten after a while; its late result counts nowhere."""
    opened(breaker)
    clock.advance(5.0)
    lost = [breaker.admit() for _ in range(3)]
    clock.advance(POLICY.trial_timeout)

    again = breaker.admit()
    for each in lost:
        breaker.record(each, "failed")

    assert isinstance(again, Permit)
    assert breaker.state == "half_open"


def test_results_of_calls_from_before_do_not_count_as_trials(breaker, clock):
    """A slow call that began before the circuit opened says nothing about now."""
    old = [breaker.admit() for _ in range(6)]
    opened(breaker)
    clock.advance(5.0)
    trial = breaker.admit()

    for each in old[:3]:
        breaker.record(each, "ok")
    assert breaker.state == "half_open"
    breaker.record(old[3], "failed")
    assert breaker.state == "half_open"

    breaker.record(trial, "failed")
    assert breaker.state == "open"


def test_a_wait_the_server_asks_for_extends_the_open_time(breaker, clock):
    """Retry-After of a 503 or 429 keeps it open as long, within reason (N33)."""
    calls(breaker, *["failed"] * 9)
    breaker.record(breaker.admit(), "failed", retry_after=30.0)
    assert breaker.admit() == pytest.approx(30.0)

    late = breaker.admit()
    breaker.record(late, "failed", retry_after=1e10)
    assert breaker.admit() == pytest.approx(POLICY.longest)


def test_a_wait_does_not_open_a_closed_circuit(breaker):
    """A rate limit is for the gate; the server is well."""
    breaker.record(breaker.admit(), "ignored", retry_after=30.0)

    assert isinstance(breaker.admit(), Permit)


def test_origins_have_circuits_of_their_own():
    """One dead server does not shut out the others of the same client."""
    breakers = CircuitBreakers(POLICY, monotonic=lambda: 0.0)

    opened(breakers.of("https://a.example"))

    assert breakers.of("https://a.example").state == "open"
    assert breakers.of("https://b.example").state == "closed"


@pytest.mark.parametrize(
    ("status", "phase", "expected"),
    [(status, None, "ok") for status in (200, 204, 304, 400, 401, 403, 404, 409, 422, 501)]
    + [(status, None, "failed") for status in (500, 502, 503, 504, 520, 529)]
    + [(status, None, "ignored") for status in (408, 429)]
    + [(None, phase, "failed") for phase in ("dns", "connect", "tls", "write", "read_headers")]
    + [(None, "pool", "ignored"), (None, "refresh", "ignored"), (None, None, "failed")]
    + [(200, "read_body", "failed"), (200, "decode", "ok"), (500, "read_body", "failed")],
)
def test_what_a_call_tells_about_the_server(status, phase, expected):
    """A refusal comes from a healthy server; a full pool is our own load (N33)."""
    assert verdict(status, phase) == expected


@pytest.mark.parametrize(
    "wrong", [{"failure_rate": 0.0}, {"failure_rate": 1.5}, {"trials": 0}, {"minimum_calls": 0}]
)
def test_a_policy_that_cannot_be_meant_is_refused(wrong):
    """A rate is a share, and without trials it could never close."""
    with pytest.raises(ValueError, match="at least 1|share"):
        CircuitPolicy(**wrong)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ok", "failed", "ignored", "lost"]),
        st.floats(0, 20),
        st.integers(0, 5),
        st.none() | st.floats(0, 1e6),
    ),
    max_size=150,
)


@given(STEPS)
def test_whatever_happens_it_lets_someone_through_in_the_end(steps):
    """Waits are positive and bounded, trials never exceed their number, and it always reopens."""
    clock = FakeClock()
    breaker = CircuitBreaker(POLICY, monotonic=clock.monotonic)
    out = []

    for result, seconds, late, retry_after in steps:
        clock.advance(seconds)
        found = breaker.admit()
        if not isinstance(found, Permit):
            assert 0 < found <= POLICY.longest
        elif result != "lost":
            out.append((found, result))
        for _ in range(min(late, len(out))):
            permit, said = out.pop(0)
            breaker.record(permit, said, retry_after=retry_after)

    clock.advance(POLICY.longest + POLICY.trial_timeout)
    assert isinstance(breaker.admit(), Permit)


def test_its_memory_stays_small(clock):
    """Millions of calls leave a handful of counters."""
    breaker = CircuitBreaker(POLICY, monotonic=clock.monotonic)
    for _ in range(2000):
        clock.advance(0.37)
        calls(breaker, "ok")

    assert len(breaker._counts._slices) <= 11
