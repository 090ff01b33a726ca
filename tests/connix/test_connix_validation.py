"""Statements 15 to 23 and 36 of the Connix page: what is wrong with a request."""

from typing import Any

import pytest

from tests.connix.connix_client import Connix

VALIDATION_ERROR = """
{
"error": {
"code": "validation_error",
"message": "One or more request parameters are invalid",
"details": [
{
"field": "name",
"message": "Name is required and cannot be empty",
"code": "required"
},
{
"field": "config.temperature",
"message": "Temperature must be between 0 and 2",
"code": "out_of_range",
"min": 0,
"max": 2,
"provided": 3.5
}
],
"request_id": "req_1234567890abcdef",
"timestamp": "2024-01-15T16:20:00Z"
}
}
"""


def _items(connix: Connix, method: str, path: str, body: Any = None, **how: Any) -> list[Any]:
    answer = connix.call(method, path, body, **how)
    assert (answer.status, answer.code) == (400, "validation_error"), answer.body
    return answer.details


@pytest.fixture
def agents(connix: Connix) -> str:
    """Where the agents of the demo project are made."""
    return f"/projects/{connix.known['project_id']}/agents"


def test_connix_s15_two_faults_are_told_together(connix: Connix, agents: str):
    """An empty name and a temperature of 3.5 give both items of the page, in body order."""
    answer = connix.post(agents, {"name": "", "config": {"temperature": 3.5}})

    answer.assert_page(400, VALIDATION_ERROR)


def test_connix_s15_items_come_in_the_order_of_the_body(connix: Connix, agents: str):
    """The caller who writes config first reads of config first."""
    items = _items(connix, "POST", agents, {"config": {"temperature": 3.5}, "name": ""})

    assert [item["field"] for item in items] == ["config.temperature", "name"]


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "   "}, {"name": None}])
def test_connix_s16_missing_and_empty_are_required(connix: Connix, body: Any):
    """A field that is absent, empty, blank or null is told as required."""
    assert _items(connix, "POST", "/projects", body) == [
        {"field": "name", "message": "Name is required and cannot be empty", "code": "required"}
    ]


def test_connix_s17_texts_have_lengths(connix: Connix):
    """A name of two characters is too short, one of 51 too long."""
    short = _items(connix, "POST", "/projects", {"name": "ab"})
    long = _items(connix, "POST", "/projects", {"name": "a" * 51})

    assert short == [
        {
            "field": "name",
            "message": "Name must be at least 3 characters",
            "code": "too_short",
        }
    ]
    assert long == [
        {"field": "name", "message": "Name must be at most 50 characters", "code": "too_long"}
    ]


@pytest.mark.parametrize(
    ("query", "field", "most", "provided"),
    [("limit=500", "limit", 100, 500), ("page=0", "page", 1_000_000, 0)],
)
def test_connix_s18_numbers_have_ranges(
    connix: Connix, query: str, field: str, most: int, provided: int
):
    """A number outside its range is told with the range and itself, as numbers."""
    assert _items(connix, "GET", f"/projects?{query}") == [
        {
            "field": field,
            "message": f"{field.capitalize()} must be between 1 and {most}",
            "code": "out_of_range",
            "min": 1,
            "max": most,
            "provided": provided,
        }
    ]


def test_connix_s19_forms_are_checked(connix: Connix):
    """What is no URL is told as such, by the words of the page."""
    items = _items(connix, "POST", "/webhooks", {"url": "not a url", "events": ["error.occurred"]})

    assert items == [
        {"field": "url", "message": "Url must be a valid URL", "code": "invalid_format"}
    ]


def test_connix_s19_types_are_checked(connix: Connix, agents: str):
    """A value of another type has an invalid format."""
    items = _items(connix, "POST", agents, {"name": 5, "config": {"max_tokens": "many"}})

    assert [(item["field"], item["code"]) for item in items] == [
        ("name", "invalid_format"),
        ("config.max_tokens", "invalid_format"),
    ]


def test_connix_s20_choices_are_listed(connix: Connix, agents: str):
    """A value that is not on the list is told with the list."""
    body = {"name": "Agent", "config": {"model": "parrot-1"}}

    [item] = _items(connix, "POST", agents, body)

    assert (item["field"], item["code"]) == ("config.model", "invalid_choice")
    assert item["message"].startswith("Model must be one of: gpt-4, ")
    assert list(item) == ["field", "message", "code"]


def test_connix_s20_choices_inside_lists(connix: Connix):
    """A list of choices names the item that is not one."""
    body = {"url": "https://example.com/", "events": ["error.occurred", "sunrise"]}

    [item] = _items(connix, "POST", "/webhooks", body)

    assert (item["field"], item["code"]) == ("events.1", "invalid_choice")


def test_connix_s21_nested_fields_have_dotted_paths(connix: Connix, agents: str):
    """A field inside another is named by the way to it."""
    body = {"name": "Agent", "config": {"temperature": -1, "tools": ["hammer"]}}

    fields = [item["field"] for item in _items(connix, "POST", agents, body)]

    assert fields == ["config.temperature", "config.tools.0"]


@pytest.mark.parametrize(
    ("body", "details"),
    [
        (b'{"name":"My Project","description":"Words",}', "Unexpected token '}' at position 43"),
        (b'{"name": "My Project" "x": 1}', "Unexpected token '\"' at position 22"),
        ('{"name": "Grüße",}'.encode(), "Unexpected token '}' at position 17"),
        (b'{"name": "My Pro', "Unexpected end of input at position 16"),
        (b"{'name': 1}", "Unexpected token ''' at position 1"),
    ],
)
def test_connix_s22_syntax_errors_have_a_place(connix: Connix, body: bytes, details: str):
    """The offending character is named in single quotes with its offset, counted from 0."""
    answer = connix.call(
        "POST", "/projects", raw=body, headers={"Content-Type": "application/json"}
    )

    page = """{"error": {"code": "invalid_json", "message": "Request body contains invalid JSON",
        "details": "", "request_id": "", "timestamp": ""}}"""
    answer.assert_page(400, page.replace('"details": ""', f'"details": {_quoted(details)}'))


def test_connix_s22_the_example_of_the_page(connix: Connix):
    """A stray brace at offset 45 gives the very sentence of the page."""
    body = b'{"name": "A project of mine", "description": }'
    assert body[45:46] == b"}"

    answer = connix.call(
        "POST", "/projects", raw=body, headers={"Content-Type": "application/json"}
    )

    assert answer.details == "Unexpected token '}' at position 45"


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "nonsense"])
def test_connix_s23_other_media_types_are_invalid_json(connix: Connix, media: str):
    """A body that does not say it is JSON is answered as invalid JSON."""
    answer = connix.call(
        "POST", "/projects", raw=b'{"name": "My Project"}', headers={"Content-Type": media}
    )

    assert (answer.status, answer.code) == (400, "invalid_json")
    assert answer.details == "Expected content type application/json"


def test_connix_s36_a_get_may_name_a_content_type(connix: Connix):
    """The JavaScript sample sends Content-Type with a GET, which is fine."""
    assert connix.get("/projects", headers={"Content-Type": "application/json"}).status == 200


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'
