"""Filters choose by values of a closed set, and say where a request has another."""

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.core.contract import Contract
from failwell.webhooks.filters import (
    EVENTS_SCHEMA,
    FILTER_KEYS,
    check_events,
    check_filters,
    filter_schema,
    matches,
    shown_filters,
    stored_filters,
)
from tests.webhooks.values import make_record

CONNIX = Contract.bundled("connix")
EVERY_KEY = {
    "severity": ["high", "critical"],
    "code": ["internal_error", "auth.*"],
    "status": [404, "5xx"],
    "api": ["connix"],
    "endpoint": ["/api/v1/projects/{project_id}", "_unmatched"],
    "environment": ["live"],
}
SCHEMA = jsonschema_rs.Draft202012Validator(filter_schema())

WRONG = [
    ({"severities": ["high"]}, "filters.severities", "did you mean 'severity'?"),
    ({"severity": ["hihg"]}, "filters.severity.0", "did you mean 'high'?"),
    ({"severity": ["high", "HIGH"]}, "filters.severity.1", "low, medium, high, critical"),
    ({"severity": []}, "filters.severity", "a list of 1 to 50 values"),
    ({"severity": "high"}, "filters.severity", "a list of 1 to 50 values"),
    ({"severity": None}, "filters.severity", "a list"),
    ({"severity": [None]}, "filters.severity.0", "one of low"),
    ({"code": ["not found"]}, "filters.code.0", "an error code"),
    ({"code": ["agent_*"]}, "filters.code.0", "the beginning of codes and .*"),
    ({"code": ["*"]}, "filters.code.0", "an error code"),
    ({"code": ["x" * 101]}, "filters.code.0", "an error code"),
    ({"code": ["ok\n"]}, "filters.code.0", "an error code"),
    ({"status": [200]}, "filters.status.0", "from 400 to 599"),
    ({"status": [404, "6xx"]}, "filters.status.1", "4xx or 5xx"),
    ({"status": [True]}, "filters.status.0", "from 400"),
    ({"status": [404.5]}, "filters.status.0", "from 400"),
    ({"status": ["0404"]}, "filters.status.0", "from 400"),
    ({"api": [""]}, "filters.api.0", "the name of an API"),
    ({"endpoint": ["projects"]}, "filters.endpoint.0", "a route template"),
    ({"environment": [{}]}, "filters.environment.0", "the name of an environment"),
    ({"status": [404] * 51}, "filters.status", "a list of 1 to 50 values"),
    ([], "filters", "an object of lists"),
    (None, "filters", "an object of lists"),
]


def stored(**filters):
    return stored_filters(filters)


@pytest.mark.parametrize(("given", "place", "words"), WRONG)
def test_webhooks_w20_what_is_wrong_with_filters_is_told_with_its_place(given, place, words):
    """An unknown key or value names its field and what was expected there."""
    (found,) = check_filters(given)

    assert found.location.dotted == place
    assert words in found.detail


@pytest.mark.parametrize(("given", "place", "words"), WRONG)
def test_webhooks_w20_the_schema_refuses_what_the_check_refuses(given, place, words):
    """Both ways to validate agree, so no face of the webhooks is laxer than another."""
    assert not SCHEMA.is_valid(given)


@pytest.mark.parametrize("key", FILTER_KEYS)
def test_webhooks_w20_every_key_is_accepted(key):
    """Each documented key takes documented values, alone and with all others."""
    for filters in ({key: EVERY_KEY[key]}, EVERY_KEY, {}):
        assert check_filters(filters) == ()
        assert SCHEMA.is_valid(filters)


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers(-1, 700) | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*FILTER_KEYS, "x"]), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_webhooks_w20_schema_and_check_agree_on_any_json(value):
    """Whatever JSON is sent, both validations say the same, and nothing else happens."""
    value = msgspec.json.decode(msgspec.json.encode(value))

    assert SCHEMA.is_valid(value) == (not check_filters(value))


def test_webhooks_w20_unknown_events_are_refused():
    """An event type that is never sent is refused with its place and the nearest one."""
    schema = jsonschema_rs.Draft202012Validator(EVENTS_SCHEMA)

    (typo,) = check_events(["error.occurred", "error.ocurred"], code="invalid_choice")

    assert typo.location.dotted == "events.1"
    assert "did you mean 'error.occurred'?" in typo.detail
    assert typo.code == "invalid_choice"
    assert check_events(["error.occurred"]) == ()
    assert schema.is_valid(["error.occurred"])
    for nothing in ([], None, "error.occurred", {}, [["error.occurred"]], ["error.summary"]):
        assert len(check_events(nothing)) == 1
        assert not schema.is_valid(nothing)


def test_webhooks_w20_what_does_not_exist_is_refused():
    """Where codes, APIs and routes are known, a filter that nothing can pass is a mistake."""
    filters = {
        "code": ["intrenal_error", "internal_error", "nothing.*"],
        "api": ["conix"],
        "endpoint": ["/projects"],
    }

    found = check_filters(filters, codes=CONNIX.codes, apis=["connix"], routes=["/api/v1/projects"])

    assert [each.location.dotted for each in found] == [
        "filters.code.0",
        "filters.code.2",
        "filters.api.0",
        "filters.endpoint.0",
    ]
    assert "did you mean 'internal_error'?" in found[0].detail
    assert "did you mean 'connix'?" in found[2].detail
    assert "did you mean '/api/v1/projects'?" in found[3].detail


def test_webhooks_w20_a_face_may_offer_fewer_keys():
    """What a face does not offer is unknown there."""
    schema = jsonschema_rs.Draft202012Validator(filter_schema("severity"))

    assert check_filters({"api": ["connix"]}, keys=("severity",)) != ()
    assert not schema.is_valid({"api": ["connix"]})
    assert schema.is_valid({"severity": ["low"]})


def test_webhooks_w20_nothing_submitted_is_repeated():
    """A violation names places and what is known, never the value that was sent."""
    canary = "canary_7f3a"

    for value in ({canary: ["high"]}, *({key: [canary, {}]} for key in FILTER_KEYS), canary):
        for each in check_filters(value, codes=CONNIX.codes, apis=["connix"]):
            assert canary not in each.detail


@pytest.mark.parametrize(
    ("filters", "fits"),
    [
        ({}, True),
        ({"severity": ["high"]}, True),
        ({"severity": ["low", "medium"]}, False),
        ({"severity": ["low", "high"]}, True),
        ({"code": ["internal_error"]}, True),
        ({"code": ["internal"]}, False),
        ({"code": ["internal.*"]}, False),
        ({"status": [500]}, True),
        ({"status": [404, "5xx"]}, True),
        ({"status": ["5XX"]}, True),
        ({"status": ["4xx", 503]}, False),
        ({"api": ["ixon", "connix"]}, True),
        ({"api": ["ixon"]}, False),
        ({"endpoint": ["/api/v1/projects/{project_id}"]}, True),
        ({"endpoint": ["/projects"]}, False),
        ({"environment": ["live"]}, False),
        ({"severity": ["high"], "status": ["5xx"]}, True),
        ({"severity": ["high"], "status": ["4xx"]}, False),
        ({"severity": ["high"], "unheard": ["of"]}, False),
    ],
)
def test_webhooks_w21_or_within_a_list_and_between_keys(filters, fits):
    """One value of every list that is there has to fit; no list, no condition."""
    assert matches(stored(**filters), make_record()) is fits


def test_webhooks_w21_a_prefix_ends_at_a_dot():
    """``auth.*`` is every code below ``auth``, and no other word that begins like it."""
    below, beside = make_record(code="auth.expired.token"), make_record(code="authority.lost")

    assert matches(stored(code=["auth.*"]), below)
    assert matches(stored(code=["auth.expired.*"]), below)
    assert not matches(stored(code=["auth.*"]), beside)
    assert not matches(stored(code=["auth.*"]), make_record(code="auth"))


def test_webhooks_w21_environments_are_told_apart():
    """A fault of another environment, or of none, does not pass."""
    wanted = stored(environment=["live"])

    assert matches(wanted, make_record(environment="live"))
    assert not matches(wanted, make_record(environment="test"))


def test_filters_come_back_as_they_were_given():
    """What is stored as text is shown as the JSON it was, in lower case."""
    assert shown_filters(stored_filters(EVERY_KEY)) == EVERY_KEY
    assert shown_filters(stored(status=[404.0, "4XX", "503"])) == {"status": [404, "4xx", 503]}
