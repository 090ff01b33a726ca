"""Everything wrong with a value is told at once, in the caller's order and the API's words."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.core.contract import Contract
from failwell.core.exceptions import FailwellError
from failwell.core.harmless import LARGEST
from failwell.core.schema_check import MOST_VIOLATIONS, bounded
from failwell.core.strict_json import parse
from failwell.server.validation import Validators
from tests.server.library_api import CONNIX

VALIDATORS = Validators(CONNIX.violations)
APINIZER = Contract.bundled("apinizer")

AGENT = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 10, "pattern": r"\S"},
        "url": {"type": "string", "format": "uri", "pattern": "^https?://"},
        "mail": {"type": "string", "format": "email", "title": "E-mail"},
        "config": {
            "type": "object",
            "properties": {
                "model": {"type": "string", "enum": ["gpt-4", "gpt-5"]},
                "temperature": {"type": "number", "minimum": 0, "maximum": 2},
                "max_tokens": {"type": "integer", "minimum": 1},
                "tools": {"type": "array", "items": {"$ref": "#/$defs/tool"}, "maxItems": 3},
            },
        },
        "key": {"anyOf": [{"type": "string", "minLength": 3}, {"type": "null"}]},
    },
    "required": ["name"],
    "$defs": {"tool": {"type": "string", "enum": ["search", "code"]}},
}


def faults(text: str, schema=AGENT) -> list[tuple[str, str]]:
    found = VALIDATORS.compile(schema).check(parse(text.encode()))
    return [(each.location.dotted, each.code) for each in found]


def messages(text: str, schema=AGENT) -> list[str]:
    return [each.detail for each in VALIDATORS.compile(schema).check(parse(text.encode()))]


@pytest.mark.parametrize("start", ['{"name": "", ', "{"])
def test_the_pair_on_the_page(start):
    """A blank or absent name and a temperature out of range give the page's two items."""
    name, temperature = VALIDATORS.compile(AGENT).check(
        parse(f'{start}"config": {{"temperature": 3.5}}}}'.encode())
    )

    assert (name.code, name.detail) == ("required", "Name is required and cannot be empty")
    assert temperature.detail == "Temperature must be between 0 and 2"
    assert temperature.params == {"min": 0, "max": 2, "provided": 3.5}
    assert temperature.location.dotted == "config.temperature"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"name": null}', ("name", "required")),
        ('{"name": "   "}', ("name", "required")),
        ('{"name": 5}', ("name", "invalid_format")),
        ('{"name": "0123456789A"}', ("name", "too_long")),
        ('{"name": "A", "url": "not a url"}', ("url", "invalid_format")),
        ('{"name": "A", "url": "ftp://example.com"}', ("url", "invalid_format")),
        ('{"name": "A", "config": {"model": "gpt-9"}}', ("config.model", "invalid_choice")),
        ('{"name": "A", "config": {"model": 9}}', ("config.model", "invalid_format")),
        ('{"name": "A", "config": {"max_tokens": 0}}', ("config.max_tokens", "out_of_range")),
        ('{"name": "A", "config": {"tools": ["x"]}}', ("config.tools.0", "invalid_choice")),
        ('{"name": "A", "config": []}', ("config", "invalid_format")),
        ('{"name": "A", "key": "a"}', ("key", "too_short")),
        ("[]", ("body", "invalid_format")),
        ("null", ("body", "required")),
    ],
)
def test_a_broken_keyword_has_the_code_of_the_contract(text, fault):
    """``violations.for`` turns each keyword of a schema into the API's own code."""
    assert faults(text) == [fault]


def test_faults_come_in_the_order_of_the_caller():
    """Members are told as the caller wrote them, not as the schema lists them."""
    text = '{"config": {"max_tokens": 0, "temperature": 9}, "url": "x", "name": ""}'

    assert [field for field, _ in faults(text)] == [
        "config.max_tokens",
        "config.temperature",
        "url",
        "name",
    ]


def test_missing_members_stand_where_the_schema_has_them():
    """An absent member is told before the first present one that the schema has after it."""
    schema = {
        "properties": {name: {"type": "integer"} for name in ("a", "b", "c", "d")},
        "required": ["a", "b", "c", "d"],
    }

    assert [field for field, _ in faults('{"d": "", "b": ""}', schema)] == ["a", "c", "d", "b"]


def test_one_fault_for_each_place():
    """The most basic fault speaks: a value of the wrong type is not out of range as well."""
    schema = {
        "properties": {"n": {"type": "string", "minLength": 5, "pattern": "^a", "enum": ["a"]}}
    }

    assert faults('{"n": "b"}', schema) == [("n", "invalid_choice")]
    assert faults('{"n": 1}', schema) == [("n", "invalid_format")]


def test_labels_are_titles_or_smoothed_names():
    """A message calls a value by the title of its schema, else by its name."""
    text = '{"name": "A", "mail": "x", "config": {"max_tokens": 0, "tools": [1, "code", 2, 3]}}'

    assert messages(text) == [
        "E-mail must be a valid email address",
        "Max tokens must be at least 1",
        "Tools must have at most 3 items",
        "Tools must be of type string",
        "Tools must be of type string",
        "Tools must be of type string",
    ]


def test_a_keyword_may_have_other_words_for_one_format():
    """A property with a format is worded by it, also where the member is absent."""
    schema = {
        "properties": {
            "currency": {"enum": ["EUR"], "format": "currency"},
            "things": {"type": "array", "minItems": 1, "format": "list"},
        },
        "required": ["currency", "things"],
    }
    checker = Validators(Contract.bundled("connxt").violations).compile(schema)

    found = [
        [each.detail for each in checker.check(value)]
        for value in ({}, {"currency": "X", "things": []}, {"currency": "EUR", "things": None})
    ]

    assert found == [
        ["Currency is required", "Things are required"],
        ["Currency must be an ISO 4217 code", "Things are required"],
        ["Things are required"],
    ]


def test_a_forbidden_member_is_told_by_its_name():
    """Each member too many is a violation of its own; a name is cut to 100 characters."""
    schema = {"type": "object", "properties": {}, "additionalProperties": False}

    assert faults('{"a": 1, "b": 2}', schema) == [("a", "invalid_format"), ("b", "invalid_format")]
    assert len(faults(f'{{"{"k" * 500}": 1}}', schema)[0][0]) == 100


@given(canary=st.text("abcdefghij", min_size=12, max_size=40))
def test_a_submitted_text_is_never_repeated(canary):
    """Whatever text is refused, no part of the answer holds it."""
    body = {"name": [canary], "url": canary, "mail": canary, "config": {"model": canary}}

    found = VALIDATORS.compile(AGENT).check(body)

    assert len(found) == 4
    assert canary not in repr(found)


@given(value=st.one_of(st.integers(), st.floats(), st.booleans(), st.text()))
def test_only_finite_numbers_are_provided(value):
    """A param that repeats the value does so for numbers that JSON can say, and nothing else."""
    for each in VALIDATORS.compile(AGENT).check({"name": "A", "config": {"temperature": value}}):
        provided = each.params.get("provided")
        assert provided is None or (type(provided) in (int, float) and abs(provided) <= LARGEST)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("FOO", "Invalid value 'FOO' for parameter 'kind'"),
        (3, "Invalid value '3' for parameter 'kind'"),
        ("two words", "Invalid value for parameter 'kind'"),
        ("<b>", "Invalid value for parameter 'kind'"),
        ("key_0123", "Invalid value for parameter 'kind'"),
        ("A" * 51, "Invalid value for parameter 'kind'"),
        ("A\n", "Invalid value for parameter 'kind'"),
        (None, "Kind is required"),
    ],
)
def test_a_mistyped_choice_is_repeated_if_it_is_a_plain_word(value, told):
    """A contract may show which word was not among the allowed ones; nothing else comes back."""
    schema = {"type": "object", "properties": {"kind": {"enum": ["REST", "SOAP"]}}}
    schema["properties"]["kind"] |= {"type": ["string", "integer"]}

    (found,) = Validators(APINIZER.violations).compile(schema).check({"kind": value})

    assert found.detail == told


@pytest.mark.parametrize(
    "body",
    [
        {"name": "A", "config": {"tools": [0] * 300_000}},
        {"name": "A", "config": {"tools": ["code"] * 300_000 + [0]}},
        {"name": "A", "config": {"tools": [[[0] * 1000] * 100]}},
    ],
)
def test_a_flood_of_faults_is_cut_and_cheap(body):
    """A megabyte of wrong items costs no more than a moment, and the answer stays small."""
    checker = VALIDATORS.compile(AGENT)
    started = time.perf_counter()

    found = checker.check(body)

    assert 1 <= len(found) <= MOST_VIOLATIONS
    assert time.perf_counter() - started < 2


def test_a_list_of_violations_is_bounded_by_size_too():
    """Long names do not make a long answer."""
    schema = {"type": "object", "additionalProperties": {"type": "integer"}}
    body = {f"{index:03}{'k' * 97}": "x" for index in range(150)}
    found = VALIDATORS.compile(schema).check(body)

    kept = bounded(found * 10)

    assert len(found) == MOST_VIOLATIONS
    assert 1 < len(kept) <= MOST_VIOLATIONS
    assert sum(len(each.location.dotted) + len(each.detail) for each in kept) < 48_000


def test_equal_schemas_are_compiled_once():
    """Operations that declare the same schema share one checker."""
    assert VALIDATORS.compile(dict(AGENT)) is VALIDATORS.compile(AGENT)
    assert VALIDATORS.compile(AGENT, part="query") is not VALIDATORS.compile(AGENT)


@pytest.mark.parametrize("schema", [{"type": "number?"}, {"$ref": "#/nowhere"}, {"pattern": "("}])
def test_a_broken_schema_is_a_mistake_of_the_programmer(schema):
    """It is refused when the API is built, never while a request waits."""
    with pytest.raises(FailwellError, match="expected a JSON Schema"):
        VALIDATORS.compile(schema)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("uri", "https://example.com:8080/a?b#c", "https://"),
        ("uri", "http://[::1]/", "http://example.com:99999"),
        ("uri", "http://localhost", "javascript:alert(1)"),
        ("uri", "https://u@example.com", "https://exa mple.com"),
        ("email", "ann@example.com", "Ann <ann@example.com>"),
        ("email", "a.b+c@example.co", "ann@"),
        ("date-time", "2026-01-31T10:00:00+02:00", "2026-01-31T10:00:00"),
        ("date-time", "2026-01-31T10:00:00Z", "2026-02-31T10:00:00Z"),
        ("uuid", "0b9c1e9e-7d5e-4c57-9d0f-0f6a3f1f8f11", "0b9c1e9e"),
        ("hostname", "api.example.com", "-example.com"),
        ("ipv4", "192.0.2.1", "192.0.2.256"),
        ("ipv6", "2001:db8::1", "2001:db8::g"),
    ],
)
def test_formats_are_checked(name, good, bad):
    """A declared format is a rule, not a remark."""
    checker = VALIDATORS.compile({"type": "string", "format": name})

    assert checker.check(good) == ()
    assert [each.code for each in checker.check(bad)] == ["invalid_format"]


def test_a_contract_without_codes_still_names_the_place():
    """Where no code is declared the violation says where and that it is not valid."""
    (found,) = Validators({}).compile(AGENT).check({"name": 1})

    assert (found.code, found.detail, found.location.dotted) == (None, "Name is not valid", "name")
