"""Decisions: one table of cases for every reader, each with its why."""

import json
import timeit
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.core.call_history import Phase, Suppression
from failwell.core.catalogue import Retry as RetryClass
from failwell.core.fault import Outcome
from failwell.resilience.decision import Decision, Failure, GiveUp, LogIn, Retry, decide
from failwell.resilience.delay import ServerWait
from failwell.resilience.policy import RETRY_STATUSES, RetryPolicy
from tests.source_tree import ROOT

CASES = json.loads((ROOT / "tests" / "vectors" / "decisions.json").read_text("utf-8"))
KINDS = {"retry": Retry, "give_up": GiveUp, "log_in": LogIn}
BACKOFF = 0.25
"""What our own backoff would be in every case that does not say."""


def decided(case) -> Decision:
    """Decide a case of the table."""
    return decide(
        msgspec.convert(case["failure"], Failure),
        policy=msgspec.convert(case.get("policy", {}), RetryPolicy),
        attempt=case.get("attempt", 1),
        remaining=case.get("remaining", 90.0),
        backoff=case.get("backoff", BACKOFF),
        may_log_in=case.get("may_log_in", True),
        allowed=lambda: case.get("allowed", True),
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_a_case_is_decided_as_the_table_says(case):
    """The decision, its wait, its source and what kept it from a retry are those of the table."""
    expected = {
        key: case[key]
        for key in ("after", "source", "free", "fresh_connection", "suppressed", "because")
        if key in case
    }

    decision = decided(case)

    assert type(decision) is KINDS[case["decision"]], decision
    assert {key: getattr(decision, key) for key in expected} == expected
    assert decision.because


def test_every_case_has_a_why_of_its_own():
    """No two cases give the same reason, so each row is there for something."""
    whys = [case["why"] for case in CASES]

    assert len(whys) == len(set(whys))


def test_the_table_names_what_kept_a_retry_away():
    """Every reason of ours to suppress a retry has a case; the rest are the client's."""
    named = {case["suppressed"] for case in CASES if case.get("suppressed")}

    assert named == set(get_args(Suppression)) - {"circuit", "gate"}


def test_the_statuses_that_pass_are_those_of_the_page():
    """N16, word for word."""
    never = {400, 401, 403, 404, 405, 409, 410, 412, 422, 423, 428, 501, 505, 511, 421, 425}

    assert {408, 429, 500, 502, 503, 504, *range(520, 525), 529} == RETRY_STATUSES
    assert not never & RETRY_STATUSES


def one_of(literal):
    return st.sampled_from(get_args(literal))


WAITS = st.builds(ServerWait, st.floats(0, 1e10), st.just("Retry-After (seconds)"))
FAILURES = st.builds(
    Failure,
    status=st.none() | st.integers(100, 599) | st.sampled_from(sorted(RETRY_STATUSES)),
    code=st.none() | st.text(),
    retry=st.none() | one_of(RetryClass),
    own=st.booleans(),
    directive=st.none() | st.booleans(),
    outcome=one_of(Outcome),
    phase=st.none() | one_of(Phase),
    wait=st.none() | WAITS,
    idempotent=st.booleans(),
    replayable=st.booleans(),
    rate_limited=st.booleans(),
    stale=st.booleans(),
    fresh_once=st.booleans(),
)


class Taken:
    """A budget that counts how often it is asked."""

    def __init__(self, *, granted):
        self.granted = granted
        self.asked = 0

    def __call__(self):
        self.asked += 1
        return self.granted


@given(
    failure=FAILURES,
    attempt=st.integers(1, 5),
    remaining=st.floats(0, 100) | st.just(float("inf")),
    backoff=st.floats(0, 20),
    may_log_in=st.booleans(),
    granted=st.booleans(),
)
def test_no_decision_does_harm(failure, attempt, remaining, backoff, may_log_in, granted):
    """Laws that hold for every failure there can be."""
    policy, budget = RetryPolicy(), Taken(granted=granted)

    decision = decide(
        failure,
        policy=policy,
        attempt=attempt,
        remaining=remaining,
        backoff=backoff,
        may_log_in=may_log_in,
        allowed=budget,
    )

    assert decision.because.isprintable()
    assert len(decision.because) < 200
    if isinstance(decision, GiveUp):
        assert budget.asked == (decision.suppressed == "budget")
        return
    assert failure.replayable, "a body that is gone is never sent again"
    assert remaining >= policy.floor, "nothing is begun without time for it"
    assert failure.idempotent or failure.outcome in ("not_sent", "not_processed")
    if isinstance(decision, LogIn):
        assert failure.retry == "after_login"
        assert may_log_in
        assert budget.asked == 0
    elif decision.free:
        assert failure.stale
        assert decision.fresh_connection
        assert budget.asked == 0
    else:
        assert failure.retry != "never"
        assert attempt < policy.attempts
        assert (budget.asked, granted) == (1, True)
        assert decision.after + policy.floor <= remaining
        if failure.wait is not None:
            assert failure.wait.seconds <= decision.after
            assert failure.wait.seconds <= policy.max_wait or failure.status == 503


def test_a_decision_takes_no_time():
    """Less than 3 us; a busy machine gets more tries to show it."""
    failure = Failure(status=503, code="busy", idempotent=True, wait=ServerWait(2.0, "Retry-After"))
    policy = RetryPolicy()

    def decide_once():
        decide(failure, policy=policy, attempt=1, remaining=90.0, backoff=0.1)

    best = (min(timeit.repeat(decide_once, number=100, repeat=200)) / 100 for _ in range(20))
    assert any(seconds < 3e-6 for seconds in best)
