"""Query strings and forms become typed values, and never a crash."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.core.exceptions import BadRequestError
from failwell.core.parameters import Parameters
from failwell.core.situation import Situation
from failwell.server.query import parse_pairs
from tests.server.library_api import KEY, call, library

SCHEMA = {
    "type": "object",
    "properties": {
        "limit": {"type": "integer"},
        "share": {"type": ["number", "null"]},
        "all": {"type": "boolean"},
        "tag": {"type": "array", "items": {"type": "integer"}},
        "search": {"type": "string"},
    },
}


def read(text: bytes, schema=SCHEMA):
    return Parameters(schema).read(parse_pairs(text))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (b"limit=5", {"limit": 5}),
        (b"limit=-5", {"limit": -5}),
        (b"limit=5.0", {"limit": "5.0"}),
        (b"limit=five", {"limit": "five"}),
        (b"limit=", {"limit": ""}),
        (b"limit=1&limit=2", {"limit": ["1", "2"]}),
        (b"share=0.5", {"share": 0.5}),
        (b"share=1e400", {"share": "1e400"}),
        (b"share=nan", {"share": "nan"}),
        (b"all=true", {"all": True}),
        (b"all=1", {"all": "1"}),
        (b"tag=1", {"tag": [1]}),
        (b"tag=1&tag=x", {"tag": [1, "x"]}),
        (b"search=a+b%20c&unknown=1", {"search": "a b c"}),
        (b"search=%C3%A4%2B", {"search": "ä+"}),
        (b"", {}),
        (b"&&=&search", {"search": ""}),
        ("limit=٥".encode(), {"limit": "٥"}),
    ],
)
def test_texts_become_values_of_the_declared_type(text, values):
    """What does not look like its type stays text, for validation to say so."""
    assert read(text) == values


def test_a_number_too_long_to_be_one_stays_text():
    """Thousands of digits are neither converted nor a crash."""
    assert read(b"limit=" + b"9" * 5000) == {"limit": "9" * 5000}


def test_forbidden_strangers_are_kept_for_validation():
    """Unknown parameters are ignored unless the schema forbids them."""
    assert read(b"x=1", SCHEMA | {"additionalProperties": False}) == {"x": "1"}


@pytest.mark.parametrize("text", [b"a=%", b"a=%4", b"a=%zz", b"%FF=1", b"a=\xff", b"a=%C3"])
def test_what_cannot_be_read_is_a_bad_request(text):
    """Half an escape, or bytes that are no UTF-8, are refused as such."""
    with pytest.raises(BadRequestError) as caught:
        parse_pairs(text)

    assert caught.value.situation is Situation.BAD_REQUEST


@given(text=st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(text):
    """No query string makes the reader fail in another way."""
    try:
        values = read(text)
    except BadRequestError:
        return
    assert set(values) <= set(SCHEMA["properties"])


@pytest.mark.parametrize(
    ("search", "code", "field"),
    [
        (b"limit=500", "out_of_range", "limit"),
        (b"limit=" + b"9" * 300, "out_of_range", "limit"),
        (b"limit=x", "invalid_format", "limit"),
        (b"limit=1&limit=2", "invalid_format", "limit"),
        (b"sort=size", "invalid_choice", "sort"),
        (b"limit=%", "invalid_format", "request"),
    ],
)
async def test_a_wrong_parameter_is_answered_in_the_contract(search, code, field):
    """The fault of a parameter has the code its keyword stands for."""
    answer = await call(library(), "GET", "/api/v1/books", KEY, search=search)

    assert answer.status == 400
    assert [(item["code"], item["field"]) for item in answer.error["details"]] == [(code, field)]
