"""Checking before sending: the document decides, and what it does not say is let through."""

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from failwell.client import Client
from failwell.client.openapi import Precheck
from failwell.client.openapi_document import Routes
from failwell.core.contract import Contract
from failwell.core.exceptions import FailwellError, FaultError, ValidationError
from failwell.core.fault import Fault
from failwell.testing import ScriptedApi

PET = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "readOnly": True},
        "name": {"type": "string", "minLength": 1, "maxLength": 20},
        "tag": {"$ref": "#/components/schemas/Tag"},
        "parent": {"$ref": "#/components/schemas/Pet"},
        "site": {"type": "string", "format": "uri"},
    },
    "required": ["id", "name"],
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "servers": [{"url": "https://api.example.com/v2"}, {"url": "{base}/v3", "variables": {}}],
    "paths": {
        "/pets": {
            "parameters": [{"$ref": "#/components/parameters/Limit"}],
            "get": {
                "parameters": [
                    {
                        "name": "tags",
                        "in": "query",
                        "explode": False,
                        "schema": {"type": "array", "items": {"type": "integer"}},
                    },
                    {"name": "since", "in": "query", "schema": {"type": ["string", "null"]}},
                    {"name": "filter", "in": "query", "schema": {"type": "object"}},
                    {"name": "X-Tenant", "in": "header", "required": True, "schema": {}},
                    {"name": "Accept", "in": "header", "required": True, "schema": {}},
                ]
            },
            "post": {
                "requestBody": {
                    "content": {
                        "application/json; charset=utf-8": {
                            "schema": {"$ref": "#/components/schemas/Pet"}
                        }
                    }
                }
            },
        },
        "/pets/{id}": {
            "get": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
                ]
            }
        },
        "/pets/mine": {"get": {}},
        "/files/{name}.{kind}": {"get": {}},
        "/upload": {"post": {"requestBody": {"content": {"image/png": {}}}}},
    },
    "components": {
        "schemas": {"Pet": PET, "Tag": {"type": "string", "enum": ["cat", "dog"]}},
        "parameters": {
            "Limit": {
                "name": "limit",
                "in": "query",
                "schema": {"anyOf": [{"type": "integer", "maximum": 50}, {"type": "null"}]},
            }
        },
    },
}
TENANT = {"x-tenant": "t1"}
PETS = Precheck(DOCUMENT)


def places(fault: Fault | None) -> list[str]:
    return [each.location.dotted for each in fault.violations] if fault else []


def body(value: Any, precheck: Precheck = PETS) -> list[str]:
    return places(precheck.check("POST", "/v2/pets", [], {}, value))


def query(**values: str) -> list[str]:
    return places(PETS.check("GET", "/v2/pets", values.items(), TENANT))


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"name": "Rex"}, []),
        ({"name": "Rex", "tag": "dog", "parent": {"name": "Max"}, "more": 1}, []),
        ({}, ["name"]),
        ({"name": "", "tag": "cow"}, ["name", "tag"]),
        ({"name": "Rex", "parent": {"name": "Max", "parent": {}}}, ["parent.parent.name"]),
        ([], ["body"]),
        ({"name": ("a", "tuple")}, ["name"]),
        ({"name": object()}, []),
        (None, []),
    ],
)
def test_a_body_is_held_against_its_schema(value, found):
    """Faults at any depth; members that only answers have are not asked for."""
    assert body(value) == found


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({}, []),
        ({"limit": "50", "tags": "1,2", "since": "", "unknown": "x"}, []),
        ({"limit": "51"}, ["limit"]),
        ({"limit": "many"}, ["limit"]),
        ({"tags": "1,x"}, ["tags.1"]),
        ({"filter": "anything"}, []),
    ],
)
def test_a_query_is_read_as_it_is_declared(values, found):
    """Types behind alternatives, lists with commas, and nothing said about what is unreadable."""
    assert query(**values) == found


def test_header_fields_are_found_whatever_their_case():
    """A required field is missed, unless a log-in will add it; those of the media are not ours."""
    check = PETS.check

    assert places(check("GET", "/v2/pets", [], {})) == ["X-Tenant"]
    assert check("GET", "/v2/pets", [], {}, headers_follow=True) is None
    assert check("GET", "/v2/pets", [], {"X-TENANT": "t1"}) is None


def test_what_the_document_does_not_speak_of_is_let_through():
    """Unknown paths, methods and media types are the server's business."""
    for method, path in (
        ("GET", "/v1/pets"),
        ("DELETE", "/v2/pets"),
        ("GET", "/v2/pets/"),
        ("POST", "/v2/upload"),
        ("GET", ""),
    ):
        assert PETS.check(method, path, [("limit", "x")], {}, {}) is None


def test_a_path_finds_its_operation():
    """Literal segments win, placeholders may be a part of a segment, prefixes come from servers."""
    routes = Routes(DOCUMENT)

    def found(path: str, method: str = "GET") -> Any:
        operation = routes.find(method, path)
        return operation and (operation[0].template, operation[1])

    assert found("/v2/pets/mine") == ("/pets/mine", {})
    assert found("/v3/pets/a%2Fb") == ("/pets/{id}", {"id": "a/b"})
    assert found("/v2/pets/7", "HEAD") == ("/pets/{id}", {"id": "7"})
    assert found("/v2/files/a.tar.gz") == ("/files/{name}.{kind}", {"name": "a", "kind": "tar.gz"})
    assert found("/v2/pets//") is None


def test_a_value_of_the_path_is_checked_too():
    """A violation says that it is the path's."""
    fault = PETS.check("GET", "/v2/pets/x", [], {})

    assert fault is not None
    assert fault.violations is not None
    assert fault.violations[0].location is not None
    assert fault.violations[0].location.part == "path"


def test_without_a_contract_the_fault_speaks_for_itself():
    """The message says what is wrong and where; the class is that of the server's refusal."""
    error = FaultError.of(PETS.check("POST", "/v2/pets", [], {}, {"tag": 5}))

    assert isinstance(error, ValidationError)
    assert error.outcome == "not_sent"
    assert error.message == "body name: must be given (and 1 more)"
    assert [each.code for each in error.violations] == ["required", "type"]


def test_with_a_contract_it_is_what_its_server_would_say():
    """Code, status, message and violations are the contract's; no request id was made."""
    precheck = Precheck(DOCUMENT, Contract.bundled("connix"))

    fault = precheck.check("POST", "/v2/pets", [], {}, {"name": ""})

    assert fault is not None
    assert fault.violations is not None
    assert (fault.code, fault.status, fault.outcome) == ("validation_error", 400, "not_sent")
    assert fault.violations[0].detail == "Name is required and cannot be empty"
    assert fault.request_id is None


def test_another_api_may_mean_any_uri():
    """Only documents of Failwell servers mean `http` by `uri`: those servers say so."""
    urn = {"name": "Rex", "site": "urn:isbn:0451450523"}
    ours = json.loads(json.dumps(DOCUMENT))
    ours["paths"]["/pets"]["post"]["x-errors"] = ["validation_error"]

    assert body(urn) == []
    assert body(urn | {"site": "no uri"}) == ["site"]
    assert body(urn, Precheck(ours)) == ["site"]


def test_openapi_3_0_is_read_as_it_was_meant():
    """`nullable`, limits as flags, and nothing beside a reference."""
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": "integer", "nullable": True, "minimum": 0, "exclusiveMinimum": True},
            "b": {"$ref": "#/components/schemas/B", "maxLength": 1},
            "c": {"allOf": [{"$ref": "#/components/schemas/B"}], "nullable": True},
        },
    }
    operation = {"requestBody": {"content": {"application/json": {"schema": schema}}}}
    document = {
        "openapi": "3.0.3",
        "paths": {"/pets": {"post": operation}},
        "servers": [{"url": "/v2"}],
        "components": {"schemas": {"B": {"type": "string"}}},
    }
    precheck = Precheck(document)

    assert body({"a": None, "b": "long", "c": None}, precheck) == []
    assert body({"a": 0, "b": None, "c": 5}, precheck) == ["a", "b", "c"]


def test_a_document_may_be_text_or_a_file(tmp_path):
    """JSON text, JSON bytes, and files of JSON or YAML mean the same as a dict."""
    text = json.dumps(DOCUMENT)
    (tmp_path / "api.json").write_text(text)
    (tmp_path / "api.yaml").write_text("openapi: 3.1.0\npaths:\n  /pets:\n    get: {}\n")

    for source in (text, text.encode(), tmp_path / "api.json", str(tmp_path / "api.json")):
        assert body({}, Precheck(source)) == ["name"]
    assert Precheck(tmp_path / "api.yaml").check("GET", "/pets", [], {}) is None


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("nowhere.json", "cannot be read"),
        ("{", "in JSON"),
        ("[1]", "cannot be read"),
        ({"openapi": "3.1.0"}, "`paths`"),
        ({"swagger": "2.0", "paths": {}}, "OpenAPI 3.x"),
        (
            {"openapi": "3.1.0", "paths": {"/a": {"post": {"requestBody": {"content": {
                "application/json": {"schema": {"type": "no type"}}}}}}}},
            "POST /a: expected a JSON Schema",
        ),
    ],
)  # fmt: skip
def test_a_document_that_cannot_be_used_says_why(source, text):
    """A mistake of the person who gives it, told when the client is made."""
    with pytest.raises(FailwellError, match=text):
        Precheck(source)


def test_without_the_library_it_says_what_to_install(monkeypatch):
    """jsonschema-rs is an extra; its absence is told in words."""
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)

    with pytest.raises(FailwellError, match=r"pip install 'failwell\[openapi\]'"):
        Precheck(DOCUMENT)


def test_a_good_request_costs_less_than_fifty_microseconds():
    """Schemas are compiled when the check is made, never for a request."""
    pet = {"name": "Rex", "tag": "dog", "parent": {"name": "Max"}}

    def took() -> float:
        begun = time.perf_counter()
        for _ in range(200):
            assert PETS.check("POST", "/v2/pets", [("limit", "5")], TENANT, pet) is None
        return (time.perf_counter() - begun) / 200

    assert min(took() for _ in range(10)) < 50e-6


JUNK = st.sampled_from([None, True, 5, "text", "", [], {}, [None], {"$ref": "#/paths"}, {"a": 1}])


def _places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items: Any = enumerate(node) if isinstance(node, list) else ()
    for key, value in node.items() if isinstance(node, dict) else items:
        yield from _places(value, (*path, key))


@given(place=st.sampled_from([each for each in _places(DOCUMENT) if each]), junk=JUNK)
def test_a_broken_document_is_refused_or_used(place, junk):
    """Whatever stands in one of its places: a clear error when it is read, none at a call."""
    document = json.loads(json.dumps(DOCUMENT))
    node = document
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = junk

    try:
        precheck = Precheck(document)
    except FailwellError:
        return

    precheck.check("GET", "/v2/pets", [("limit", "x"), ("tags", "1,2")], TENANT)
    precheck.check("GET", "/v2/pets/7", [], {})
    precheck.check("POST", "/v2/pets", [], {}, {"name": 5, "parent": {}})


def test_the_client_checks_what_it_would_send():
    """Path as it is encoded, query from both places, a JSON body; nothing of it is sent."""
    api = ScriptedApi("connix", {"id": 7})
    client = Client("https://api.example.com/v2", transport=api, openapi=DOCUMENT)
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "pets", {"json": {"tag": "dog"}}),
        ("GET", "pets?limit=many", {"headers": TENANT}),
        ("GET", "pets", {"params": {"limit": 51}, "headers": TENANT}),
        ("GET", "pets/a%2Fb", {}),
    ]

    for method, url, options in calls:
        with pytest.raises(ValidationError) as caught:
            client.request(method, url, **options)
        error = caught.value
        assert (error.outcome, error.attempts, error.method) == ("not_sent", (), method)
        assert error.url_template in ("/v2/pets", "/v2/pets/{id}")
        assert error.to_fault().violations is None

    assert api.requests == []
    assert client.get("pets/7").json() == {"id": 7}
