"""What operators are told comes from closed lists, whatever was raised."""

from typing import get_args

import pytest

from failwell.core.contract import BUNDLED, Contract
from failwell.core.exceptions import FaultError
from failwell.core.situation import Situation
from failwell.server.failure import Failure
from failwell.webhooks.sentences import BY_FAILURE, BY_SITUATION, sentence
from tests.webhooks.values import make_record

EXPECTED = {
    Situation.CRASH: "high",
    Situation.UNAVAILABLE: "high",
    Situation.BAD_GATEWAY: "medium",
    Situation.GATEWAY_TIMEOUT: "medium",
    Situation.RATE_LIMITED: "medium",
}


def test_a_broken_database_is_told_as_the_page_tells_it():
    """The sentence of the Connix page belongs to failures of the database."""
    assert sentence(make_record(failure="database")) == "Database connection failed"


def test_every_class_of_failure_has_its_sentence():
    """What the server may find to be broken can be told, and nothing else is in the list."""
    assert set(BY_FAILURE) == set(get_args(Failure))


def test_every_situation_has_its_sentence():
    """The list is complete, and no two sentences need an exception's words."""
    assert set(BY_SITUATION) == set(Situation)

    for situation in Situation:
        record = make_record(failure=None, situation=situation.value, message="secret of somebody")
        assert sentence(record) == BY_SITUATION[situation]


def test_nothing_but_closed_lists_is_looked_at():
    """Unknown classes of failure and situations end at a general sentence."""
    odd = {"failure": "Traceback", "situation": "odd", "message": "x", "cause": "y"}

    assert sentence(make_record(**odd)) == "Server could not answer the request"
    assert sentence(make_record(status=404, **odd)) == "Request was refused"


def test_maintenance_is_told_as_such():
    """A planned answer is no failure of anything."""
    assert sentence(make_record(planned=True)) == "Service was closed for maintenance"


def test_sentences_read_like_the_page():
    """One line, no full stop, a capital letter at the beginning."""
    for text in (*BY_FAILURE.values(), *BY_SITUATION.values()):
        assert text[0].isupper()
        assert not text.endswith(".")
        assert text.isprintable()


@pytest.mark.parametrize("name", BUNDLED)
def test_severity_follows_what_happened(name):
    """Crash and absence high, upstream and quota medium, all else low, in every contract."""
    contract = Contract.bundled(name)

    # What a contract has no answer for ends as a crash, and is one.
    for situation in contract.answers:
        fault = contract.resolve(FaultError(situation=situation).fault)
        assert fault.severity == EXPECTED.get(situation, "low"), situation
    raised = FaultError(situation=Situation.CONFLICT, severity="critical")
    assert contract.resolve(raised.fault).severity == "critical"
