"""Decisions: one table of cases for every reader, each with its why."""

import json

import msgspec
import pytest

from failwell.resilience.decision import Decision, Failure, GiveUp, LogIn, Retry, decide
from failwell.resilience.policy import RetryPolicy
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
