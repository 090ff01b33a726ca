"""The OpenAPI document is valid, complete, and says what the API really does."""

import jsonschema
import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from failwell.core.contract import BUNDLED, Contract
from failwell.core.exceptions import FailwellError
from failwell.core.situation import Situation
from failwell.server.openapi import describe
from failwell.server.openapi_errors import situations_of
from failwell.server.operation import Operation, Reply
from tests.server.library_api import (
    BOOK,
    CONNIX,
    JSON_TYPE,
    KEY,
    WRITER,
    call,
    library,
    operations,
    quota,
)


def document(contract: Contract = CONNIX, **options):
    options = {"prefix": "/api/v1", "limited": True, "quota_headers": True} | options
    return describe(operations(), contract, **options)


def resolved(whole, part):
    """Follow a reference inside the document."""
    if "$ref" not in part:
        return part
    found = whole
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


def check(whole, schema, body) -> None:
    """Hold a body against a schema of the document."""
    # References start at the root of the document, so the schema is put inside it.
    jsonschema.Draft202012Validator({"$ref": "#/it", "it": schema} | whole).validate(body)


@pytest.mark.parametrize("name", BUNDLED)
def test_the_document_is_valid_for_every_contract(name):
    """An independent validator accepts it, whatever the shape of the errors."""
    whole = document(Contract.bundled(name))

    assert list(OpenAPIV31SpecValidator(whole).iter_errors()) == []
    assert msgspec.json.decode(msgspec.json.encode(whole)) == whole


@pytest.mark.parametrize("name", BUNDLED)
def test_every_example_fits_its_schema(name):
    """Each golden body is valid under the response it illustrates."""
    whole = document(Contract.bundled(name))

    for response in whole["components"]["responses"].values():
        for content in response["content"].values():
            for example in content.get("examples", {}).values():
                check(whole, content["schema"], example["value"])


def test_each_status_lists_its_codes():
    """An operation names every status it can answer with, and every code of each."""
    added = document()["paths"]["/api/v1/books"]["post"]

    assert list(added["responses"]) == [
        "201", "400", "401", "403", "409", "429", "500", "503", "default",
    ]  # fmt: skip
    assert {"validation_error", "invalid_json", "resource_conflict"} <= set(added["x-errors"])


def test_a_response_has_one_example_for_each_code():
    """Bad input of Connix has two codes, each shown by its golden body."""
    whole = document()
    response = resolved(whole, whole["paths"]["/api/v1/books"]["post"]["responses"]["400"])
    content = response["content"]["application/json"]

    assert list(content["examples"]) == ["validation_error", "invalid_json"]
    assert len(content["schema"]["anyOf"]) == 2
    golden = msgspec.json.decode(CONNIX.golden("invalid_json").body)
    assert content["examples"]["invalid_json"]["value"] == golden


def test_header_fields_are_described():
    """Each response names the fields it carries."""
    responses = document()["components"]["responses"]

    assert "WWW-Authenticate" in responses["Error401"]["headers"]
    assert "Retry-After" in responses["Error429"]["headers"]
    assert "X-Request-ID" in responses["Error500"]["headers"]
    good = document()["paths"]["/api/v1/books"]["get"]["responses"]["200"]["headers"]
    assert list(good) == [
        "X-Request-ID", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset",
    ]  # fmt: skip


def test_what_is_asked_is_written_down():
    """Parameters, bodies, security and prefixes are those of the operations."""
    paths = document()["paths"]

    limit, sort = paths["/api/v1/books"]["get"]["parameters"]
    assert (limit["in"], limit["required"], limit["schema"]["default"]) == ("query", False, 20)
    assert sort["name"] == "sort"
    assert paths["/api/v1/books/{book_id}"]["get"]["parameters"][0]["required"]
    assert paths["/api/v1/books"]["post"]["security"] == [{"api_key": ["books:write"]}]
    form = paths["/oauth2/token"]["post"]
    assert form["security"] == []
    assert list(form["requestBody"]["content"]) == ["application/x-www-form-urlencoded"]


def test_titled_schemas_are_shared():
    """An object with a title is written once and referred to."""
    whole = document()

    assert whole["components"]["schemas"]["Book"] == BOOK
    good = whole["paths"]["/api/v1/books"]["post"]["responses"]["201"]
    assert good["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Book"}


async def test_what_happens_is_documented():
    """Every status met at an operation is one its page lists."""
    app = library(quota=quota(20), max_body=100)
    whole = (await call(app, "GET", "/openapi.json")).json
    tries = [
        ("GET", "/books", [], b"", b""),
        ("GET", "/books", [KEY], b"", b"limit=0"),
        ("GET", "/books", [KEY], b"", b"%"),
        ("POST", "/books", [KEY], b"", b""),
        ("POST", "/books", [WRITER], b"x", b""),
        ("POST", "/books", [WRITER, JSON_TYPE], b"x" * 200, b""),
        ("POST", "/books", [WRITER, JSON_TYPE], b'{"name":"taken"}', b""),
        *[("GET", "/books", [WRITER], b"", b"")] * 20,
    ]

    for method, path, headers, body, search in tries:
        answer = await call(app, method, f"/api/v1{path}", *headers, body=body, search=search)
        listed = whole["paths"][f"/api/v1{path}"][method.lower()]["responses"]
        assert str(answer.status) in listed
        for content in resolved(whole, listed[str(answer.status)]).get("content", {}).values():
            check(whole, content["schema"], answer.json)


def test_situations_follow_from_the_declaration():
    """What can happen is derived from what an operation declares."""

    async def done(_call) -> Reply:
        return Reply()

    public = Operation(method="GET", path="/", handler=done, id="x", summary="Do nothing.")

    assert Situation.NO_CREDENTIALS not in situations_of(public, limited=False)
    assert Situation.RATE_LIMITED in situations_of(public, limited=True)
    assert Situation.CRASH in situations_of(public, limited=False)
    assert Situation.NO_ROUTE not in situations_of(public, limited=True)


def test_local_definitions_move_to_the_components():
    """A reference inside a schema still leads somewhere in the document."""
    schema = {"$ref": "#/$defs/pair", "$defs": {"pair": {"type": "array", "maxItems": 2}}}
    first, *others = operations()
    changed = msgspec.structs.replace(first, query=None, returns=schema)

    whole = describe([changed, *others], CONNIX)

    assert whole["components"]["schemas"]["pair"] == {"type": "array", "maxItems": 2}
    assert list(OpenAPIV31SpecValidator(whole).iter_errors()) == []


def test_two_meanings_of_one_definition_are_refused():
    """Two schemas with one name in ``$defs`` would be confused, so building stops."""
    first, second, *_ = operations()
    one = {"$ref": "#/$defs/pair", "$defs": {"pair": {"maxItems": 2}}}
    other = {"$ref": "#/$defs/pair", "$defs": {"pair": {"maxItems": 3}}}

    with pytest.raises(FailwellError, match="rename one"):
        describe(
            [
                msgspec.structs.replace(first, returns=one),
                msgspec.structs.replace(second, returns=other),
            ],
            CONNIX,
        )
